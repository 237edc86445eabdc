"""Who was banned stays out: by the same browser, ticket or invite, under any name, also after a kill."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from rooms.model import BanReason
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Role
from signaling.from_browser import FromBrowser, Join, Resume
from signaling.from_host import BanMember, ListInvites, MakeInvite
from signaling.to_browser import Accepted, Answer, Invited, Invites, Joined, Resumed
from tests.bots.link import Link
from tests.bots.served import CrowdServer, crowd_server
from tests.bots.targets import read_site

TRIES = 1_000
TRIES_AT_ONCE = 20
DEVICE = "d" * 22
OUT = {RefusalCode.BANNED, RefusalCode.WAS_REMOVED, RefusalCode.TICKET_UNUSABLE}


@pytest.fixture
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CrowdServer]:
    async with crowd_server(tmp_path_factory.mktemp("served")) as running:
        yield running


async def ask(server: CrowdServer, name: str, message: FromBrowser) -> Answer:
    """Ask one thing on a connection of its own."""
    link = await Link.open(read_site(server.url), lambda _: None)
    try:
        return await link.ask(name, message)
    finally:
        await link.close()


def tries(server: CrowdServer, ticket: str, invite: str, count: int) -> list[tuple[str, FromBrowser]]:
    """Every way back that somebody has who was here: names are always others."""
    other = "e" * 22
    ways: list[tuple[str, FromBrowser]] = []
    for number in range(count):
        name = f"Guest {number} {secrets.token_hex(2)}"
        ways.append(
            (
                ("join", Join(room="talk", name=name, device=DEVICE)),
                ("join", Join(room="talk", name=name, device=DEVICE, invite=invite)),
                ("join", Join(room="talk", name=name, device=other, invite=invite)),
                ("join", Join(room="talk", name=name, invite=invite, attempt=secrets.token_urlsafe(16))),
                ("resume", Resume(ticket=ticket, epoch=0, seq=0)),
            )[number % 5]
        )
    return ways


async def is_paused(host: Link) -> bool:
    """Whether the one invite that there is lets nobody in any more."""
    listed = await host.ask("list_invites", ListInvites())
    assert isinstance(listed, Invites)
    return all(invite.is_paused for invite in listed.invites)


async def seats_taken(server: CrowdServer, ways: list[tuple[str, FromBrowser]]) -> Counter[str]:
    """Try every way, some at once; return what came of it."""
    outcomes: Counter[str] = Counter()
    free = asyncio.Semaphore(TRIES_AT_ONCE)

    async def one(name: str, message: FromBrowser) -> None:
        async with free:
            answer = await ask(server, name, message)
            while isinstance(answer, Refusal) and answer.code is RefusalCode.BUSY:  # for now
                answer = await ask(server, name, message)
        is_out = isinstance(answer, Refusal) and answer.code in OUT
        outcomes["out" if is_out else str(answer)[:80]] += 1

    async with asyncio.TaskGroup() as group:
        for name, message in ways:
            group.create_task(one(name, message))
    return outcomes


@pytest.mark.timeout(180)
async def test_a_thousand_tries_after_a_ban_take_no_seat(server: CrowdServer) -> None:
    host = await Link.open(read_site(server.url), lambda _: None)
    seated = await host.ask("join", Join(room="talk", name="Tom", invite=server.host_invite()))
    assert isinstance(seated, Joined)
    invited = await host.ask("make_invite", MakeInvite(uses=50, hours=24, role=Role.MEMBER))
    assert isinstance(invited, Invited)
    sam = await Link.open(read_site(server.url), lambda _: None)
    came = await sam.ask("join", Join(room="talk", name="Sam", device=DEVICE, invite=invited.secret))
    assert isinstance(came, Joined)
    ban = BanMember(n=1, member_id=came.member_id, reason=BanReason.HATE, hours=24 * 7)
    assert isinstance(await host.ask("ban_member", ban), Accepted)
    async with asyncio.timeout(10):
        await sam.ended.wait()
        while not await is_paused(host):  # noqa: ASYNC110 - the store hears of it a moment later
            await asyncio.sleep(0.02)

    ways = tries(server, came.ticket, invited.secret, TRIES)
    assert await seats_taken(server, ways) == {"out": TRIES}

    # Whoever never did anything still comes in, and the host is as well off as before.
    assert isinstance(await ask(server, "join", Join(room="talk", name="Maya", device="m" * 22)), Joined)
    back = await ask(server, "resume", Resume(ticket=seated.ticket, epoch=0, seq=0))
    assert isinstance(back, Resumed)

    await server.kill()
    await server.start()
    ways = tries(server, came.ticket, invited.secret, 50)
    assert await seats_taken(server, ways) == {"out": 50}
    assert isinstance(await ask(server, "join", Join(room="talk", name="Maya B", device="m" * 22)), Joined)
