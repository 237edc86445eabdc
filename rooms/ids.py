"""Names for the numbers and texts that identify things, so that a checker can tell them apart."""

from typing import Final, NewType

RoomSlug = NewType("RoomSlug", str)
"""A room's lasting name in addresses: lower-case letters, digits and single hyphens."""

MeetingId = NewType("MeetingId", str)
"""One sitting of a room. Never used twice, so that a late teardown cannot hurt the next sitting."""

MemberId = NewType("MemberId", int)
"""A person in a meeting. The same 31-bit number is the member's voice: it travels as the CSRC
(RFC 3550 section 5.1) of every packet that carries that voice. Drawn by chance, never reused."""

MEMBER_ID_MAX: Final = 2**31 - 1

NO_MEMBER: Final = MemberId(0)
"""Stands where the server itself acted."""

SLUG_PATTERN: Final = "^[a-z0-9]+(?:-[a-z0-9]+)*$"
