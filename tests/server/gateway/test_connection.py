import asyncio
from typing import cast

import msgspec

from rooms.ids import MemberId, RoomSlug
from rooms.refusals import Refusal, RefusalCode
from server.gateway.connection import MAILBOX_EVENTS, Connection, Seat
from server.gateway.outbox import Outbox
from signaling.codec import Event
from signaling.session import Input, Phase
from signaling.to_browser import EndReason, MediaClosed
from tests.server.gateway.test_outbox import FakeTransport

SEAT = Seat(RoomSlug("talk"), MemberId(5))


class Line:
    """A connection on a transport that keeps everything."""

    def __init__(self) -> None:
        self.transport = FakeTransport()
        self.hung_up = 0
        outbox = Outbox(cast("asyncio.Transport", self.transport))
        self.connection = Connection(outbox, self.hang_up)

    def hang_up(self) -> None:
        self.hung_up += 1


def test_a_seat_is_taken_once_connected() -> None:
    line = Line()
    line.connection.step(Input.CONNECT)
    line.connection.take_seat(SEAT)
    assert line.connection.phase is Phase.SEATED
    assert line.connection.seat == SEAT


def test_an_end_is_said_once_and_closes() -> None:
    line = Line()
    line.connection.step(Input.CONNECT)
    line.connection.end(EndReason.REMOVED)
    line.connection.end(EndReason.FAULT)
    assert line.transport.buffer.count(b'"ended"') == 1
    told = {"reason": "removed", "retry_ms": 0, "why": "", "until_ms": 0}
    assert msgspec.json.decode(line.transport.buffer[4:]) == ["ended", told]
    assert line.hung_up == 1


def test_before_connect_an_end_has_no_words() -> None:
    line = Line()
    line.connection.end(EndReason.FAULT)
    assert (line.transport.buffer, line.hung_up) == (b"", 1)


def test_answers_and_events() -> None:
    line = Line()
    line.connection.answer(7, Refusal(code=RefusalCode.BUSY))
    line.connection.tell(MediaClosed(peer_id="p"))
    assert b'437[{"type":"refused"' in line.transport.buffer
    assert b'42["media_closed",{"peer_id":"p"}]' in line.transport.buffer


async def test_the_mailbox_is_bounded_and_worked_off_in_order() -> None:
    line = Line()
    for number in range(MAILBOX_EVENTS - 1):
        line.connection.mailbox.put_nowait(Event("leave", number, None))
    line.connection.mailbox.put_nowait(None)
    assert line.connection.mailbox.full()
    seen: list[int] = []

    async def carry_out(_: Connection, event: Event) -> None:
        seen.append(event.ack_id)

    await line.connection.work(carry_out)
    assert seen == list(range(MAILBOX_EVENTS - 1))
