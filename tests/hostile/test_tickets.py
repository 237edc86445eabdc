"""BH12 and BH18: tickets that are forged, old or somebody else's, and guesses."""

import secrets
import time
from typing import Final

from rooms.ids import MemberId, RoomSlug
from rooms.limits import ACTION_BURST
from rooms.roles import Role
from server.tickets import Invite, OperatorPass, SeatTicket, TicketOffice
from tests.hostile.beside import Beside
from tests.hostile.line import Line

TALK: Final = RoomSlug("talk")


async def joins(beside: Beside, invite: str, headers: str = "") -> dict[str, object]:
    """Somebody comes with this link; return the answer, without what is drawn by chance."""
    line = await Line.switched(beside.port, headers=headers)
    line.say('40{"protocol":1}')
    await line.text()
    answer = await line.ask("join", room="talk", name=f"Kim {secrets.token_hex(4)}", invite=invite)
    line.close()
    return dict(answer)


async def test_bh12_a_ticket_of_no_use_is_refused_and_no_cookie_helps(beside: Beside) -> None:
    office = TicketOffice.open(beside.server.data_dir)
    now_ms = int(time.time() * 1_000)  # noqa: TID251 - the server's clock
    member = await Line.seated(beside.port)
    good = office.issue_invite(TALK, 1, now_ms)
    seat = SeatTicket(room=TALK, member_id=MemberId(beside.voice_id), name="Guest 1", role=Role.MEMBER)
    tickets = [
        member.ticket,  # of a seat: no link
        office.write(Invite(room=TALK, role=Role.HOST, until_ms=now_ms - 1_000)),
        office.issue_invite(RoomSlug("elsewhere"), 1, now_ms),
        office.write(OperatorPass(until_ms=now_ms + 60_000)),
        good[:-1],
        good[:40] + ("A" if good[40] != "A" else "B") + good[41:],
        good.lower(),
        "gAAAAA" + "A" * 200,
        "x" * 1_024,
        TicketOffice(b"A" * 43 + b"=").issue_invite(TALK, 1, now_ms),
    ]
    async with beside.trial("BH12", "stranger") as trial:
        answers = [await joins(beside, ticket) for ticket in tickets]
        assert {str(answer.get("code")) for answer in answers} == {"ticket_unusable"}
        assert all(answer == answers[0] for answer in answers)  # none says why
        cookies = "Cookie: __Host-lamplit=x; lamplit-local=x\r\nAuthorization: Bearer x\r\n"
        assert (await joins(beside, member.ticket, cookies)).get("code") == "ticket_unusable"
        await trial.counted("refusals", "ticket_unusable", at_least=len(tickets))
    async with beside.trial("BH12", "member", "resume") as trial:
        old = office.write(seat)  # it ended at once
        stolen = [good, old, member.ticket[:-1], TicketOffice(b"A" * 43 + b"=").issue_seat(seat, now_ms)]
        for ticket in stolen:
            line = await Line.connected(beside.port)
            assert (await line.ask("resume", ticket=ticket, epoch=0, seq=0))["code"] == "ticket_unusable"
            line.close()
        await trial.counted("refusals", "ticket_unusable", at_least=len(stolen))
    member.close()


async def test_bh18_guesses_are_all_answered_alike_and_soon_not_at_all(beside: Beside) -> None:
    async with beside.trial("BH18", "stranger") as trial:
        answers: list[dict[str, object]] = []
        for _ in range(3):
            line = await Line.connected(beside.port)
            for _ in range(ACTION_BURST + 10):
                invite = secrets.token_urlsafe(24)
                answers.append(await line.ask("join", room="talk", name="Kim", invite=invite))
            line.close()
        codes = [str(answer["code"]) for answer in answers]
        assert set(codes) == {"ticket_unusable", "too_fast"}
        wrong = [answer for answer in answers if answer["code"] == "ticket_unusable"]
        assert all(answer == wrong[0] for answer in wrong)
        assert len(wrong) <= 3 * (ACTION_BURST + 5)
        await trial.counted("refusals", "too_fast", at_least=15)
