"""Every number that bounds a room, with its unit and its reason."""

from typing import Final

SLUG_MAX_CHARS: Final = 64  # fits every file system and a line of a poster
NAME_MAX_CHARS: Final = 40  # two words and an initial; longer names break a phone's row
NAME_MAX_MARKS: Final = 2  # combining marks in a row; Vietnamese needs two, stacked text needs many
TITLE_MAX_CHARS: Final = 80
ABOUT_MAX_CHARS: Final = 280
CHAT_MAX_CHARS: Final = 2_000  # about a page of paper; guess
CHAT_WINDOW_LINES: Final = 200  # PRIVACY.md: what a late comer may scroll back
CHAT_WINDOW_MS: Final = 2 * 60 * 60 * 1_000  # PRIVACY.md: a round-the-clock room forgets after this
ROOM_MAX_MEMBERS: Final = 5_000  # snapshot of about 700 KiB; larger rooms need pages of members
SHARE_LIMIT_MS: Final = 180_000  # three minutes, the usual share
SHARE_LIMIT_MIN_MS: Final = 30_000
SHARE_LIMIT_MAX_MS: Final = 3_600_000  # a speaker's meeting
MINUTE_MS: Final = 60_000  # of the lane "one minute only"
ADD_TIME_MS: Final = 60_000  # what one press adds to a share
SHARE_TEXT_MAX_CHARS: Final = 8_000  # a share in writing: three minutes of fast typing, several times
HANDS_MAX: Final = 500  # a snapshot carries them all; nobody waits behind five hundred
SHARED_MAX: Final = 5_000  # turns remembered; a room round the clock forgets the oldest
SLOW_MAX_MS: Final = 300_000
GRACE_MS: Final = 120_000  # a phone that rides through a tunnel keeps its seat; guess
LOG_MAX_COMMITS: Final = 1_000  # kept for catch-up; older readers take a snapshot
LEDGER_MAX_ANSWERED: Final = 7_000  # everybody present and those gone of late, least recent first out
LEDGER_MAX_GONE: Final = 2_000  # removals and roles given, of one sitting; oldest forgotten first
COMMAND_NUMBER_MAX: Final = 2**53 - 1  # exact in every JSON reader

CHAT_BURST: Final = 10  # lines at once
CHAT_PER_S: Final = 1.0  # lines a second, sustained
ACTION_BURST: Final = 20  # names, microphone, moderation together
ACTION_PER_S: Final = 2.0
MEDIA_BURST: Final = 16  # offer and answer, at a restart after 0, 3, 7 and 15 s, twice
MEDIA_PER_S: Final = 1.0
