"""One socket of one member: its phase, its seat, its mailbox and its outbox."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from rooms.ids import MemberId, RoomSlug
from rooms.limits import (
    ACTION_BURST,
    ACTION_PER_S,
    ASK_BURST,
    ASK_PER_S,
    CAPTION_BURST,
    CAPTION_PER_S,
    CHAT_BURST,
    CHAT_PER_S,
    MEDIA_BURST,
    MEDIA_PER_S,
    REACTION_BURST,
    REACTION_PER_S,
    REPORT_BURST,
    REPORT_PER_S,
)
from rooms.model import Ban
from rooms.pace import Bucket, Pace
from server.gateway.outbox import Outbox
from signaling.codec import Event, write_answer, write_event
from signaling.session import Input, Phase, advance
from signaling.to_browser import Answer, Ended, EndReason, ToBrowser

MAILBOX_EVENTS: Final = 16  # then we stop reading this socket until one is answered
NO_MAX: Final = 20  # refusals for pace or schema in a row before the connection ends

CHAT_PACE: Final = Pace(CHAT_BURST, CHAT_PER_S)
ACTION_PACE: Final = Pace(ACTION_BURST, ACTION_PER_S)
MEDIA_PACE: Final = Pace(MEDIA_BURST, MEDIA_PER_S)
ASK_PACE: Final = Pace(ASK_BURST, ASK_PER_S)
CAPTION_PACE: Final = Pace(CAPTION_BURST, CAPTION_PER_S)
REACTION_PACE: Final = Pace(REACTION_BURST, REACTION_PER_S)
REPORT_PACE: Final = Pace(REPORT_BURST, REPORT_PER_S)


class Seat(NamedTuple):
    """Which member, or which guest, of which room this connection speaks for."""

    room: RoomSlug
    member_id: MemberId


class Paces:
    """How fast one member may act. It goes with the member from connection to connection."""

    __slots__ = ("action", "ask", "caption", "chat", "media", "reaction", "report")

    def __init__(self, chat: Pace = CHAT_PACE) -> None:
        """Start with every burst unused."""
        self.chat = Bucket(chat)
        self.action = Bucket(ACTION_PACE)
        self.media = Bucket(MEDIA_PACE)
        self.ask = Bucket(ASK_PACE)
        self.report = Bucket(REPORT_PACE)
        self.caption = Bucket(CAPTION_PACE)
        self.reaction = Bucket(REACTION_PACE)


class Connection:
    """Owned by the gateway; lives exactly as long as its WebSocket."""

    __slots__ = (
        "_hang_up",
        "goes_elsewhere",
        "is_moving",
        "mailbox",
        "noes",
        "outbox",
        "paces",
        "phase",
        "put_off_n",
        "seat",
    )

    def __init__(self, outbox: Outbox, hang_up: Callable[[], None], paces: Paces | None = None) -> None:
        """Take the way out and what closes the socket once it is written."""
        self.outbox = outbox
        self._hang_up = hang_up
        self.phase = Phase.OPENED
        self.seat: Seat | None = None
        self.mailbox: asyncio.Queue[Event | None] = asyncio.Queue(MAILBOX_EVENTS)
        self.paces = paces or Paces()
        self.noes = 0
        self.goes_elsewhere = False  # until it was sent to another node once
        self.put_off_n = 0  # the first command that was not carried out for now; 0: none
        self.is_moving = False  # asked to go to another node; ends by itself

    def step(self, step: Input) -> None:
        """Move to the next phase. The only place that sets it."""
        self.phase = advance(self.phase, step)

    def take_seat(self, seat: Seat) -> None:
        """Speak for a member from now on."""
        self.step(Input.SEAT)
        self.seat = seat

    async def work(self, carry_out: Callable[["Connection", Event], Awaitable[None]]) -> None:
        """Handle the mailbox in order until its end. What still waits when the connection ends is dropped."""
        while (event := await self.mailbox.get()) is not None:
            if self.phase is not Phase.CLOSED:
                await carry_out(self, event)

    def answer(self, ack_id: int, answer: Answer) -> None:
        """Answer one event."""
        self.outbox.answer(write_answer(ack_id, answer))

    def tell(self, event: ToBrowser) -> None:
        """Send an event to this connection alone."""
        self.outbox.answer(write_event(event))

    def end(self, reason: EndReason, retry_ms: int = 0, *, ban: Ban | None = None) -> None:
        """Say why, then close. A second end says nothing."""
        if self.phase is Phase.CLOSED:
            return
        if self.phase is not Phase.OPENED:
            why, until_ms = (ban.reason.value, ban.until_ms) if ban else ("", 0)
            self.tell(Ended(reason=reason, retry_ms=retry_ms, why=why, until_ms=until_ms))
        self.step(Input.CLOSE)
        self._hang_up()
