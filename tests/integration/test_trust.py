# ruff: noqa: ANN401 - what comes out of JSON has no type here
"""Unwanted words in a real server: asked for first, held for a host, reported, and never left lying about."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from rooms.ids import RoomSlug
from server.clock import SystemClock
from server.lifecycle import RunningServer, running_server
from server.reports import ReportSeal
from server.store.sql_store import open_store
from server.tickets import TicketOffice
from tests.server.gateway.house import Browser
from tests.server.nodes import node_config

ROOM = RoomSlug("talk")
NUMBER = "call me at 0151 2345 6789"
CANARY = "canary-7c1f"


class Place:
    """A server, and the people in its room."""

    def __init__(self, server: RunningServer, session: ClientSession) -> None:
        self.server = server
        self._session = session
        self._seats = 0

    async def enter(self, name: str, invite: str = "") -> "Person":
        """Somebody nobody knows, on a device of their own."""
        self._seats += 1
        origin = self.server.url.rstrip("/")
        url = f"{origin}/socket.io/?EIO=4&transport=websocket"
        browser = await Browser(await self._session.ws_connect(url, headers={"Origin": origin})).connect()
        answer = await browser.ask("join", room=ROOM, name=name, invite=invite, device=f"{self._seats:022}")
        assert answer["type"] == "joined", answer
        browser.member_id = answer["member_id"]
        browser.revision = (answer["sync"]["revision"]["epoch"], answer["sync"]["revision"]["seq"])
        return Person(browser)

    async def host(self, name: str, **rules: object) -> "Person":
        """A host who has settled the room's rules."""
        office = TicketOffice.open(self.server.config.server.data_path)
        host = await self.enter(name, office.issue_invite(ROOM, 1, SystemClock().wall_ms()))
        room = self.server.node.rooms.open_room(ROOM)
        assert room is not None
        await host.do("set_rules", rules=rules)
        return host


class Person:
    """One seat, and everything that was sent to it."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.member_id = browser.member_id
        self.n = 0

    async def ask(self, event: str, **payload: Any) -> Any:
        self.n += 1
        return await self.browser.ask(event, n=self.n, **payload)

    async def do(self, event: str, **payload: Any) -> None:
        answer = await self.ask(event, **payload)
        assert answer["type"] == "accepted", answer

    async def privately(self, event: str, **payload: Any) -> str:
        """Say something about private words; return the refusal's code, or ""."""
        return str((await self.browser.ask(event, **payload)).get("code", ""))

    async def report(self, about: "Person", words: str = "") -> None:
        await self.do("report_member", member_id=about.member_id, reason="unwanted", words=words)

    async def events(self) -> list[tuple[str, Any]]:
        """All that was sent so far and not waited for: the answer comes after it."""
        epoch, seq = self.browser.revision
        await self.browser.ask("catch_up", epoch=epoch, seq=seq)
        return self.browser.events


@asynccontextmanager
async def open_place(folder: Path) -> AsyncIterator[Place]:
    async with running_server(node_config(folder)) as server, ClientSession() as session:
        yield Place(server, session)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with open_place(tmp_path) as opened:
        yield opened


def files_with(folder: Path, word: str) -> list[str]:
    """The files below the folder that hold the word."""
    found = [path for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]
    return [path.name for path in found]


async def test_wanted_messages_only(place: Place) -> None:
    await place.host("Tom", has_private=True)
    newcomer, stranger = await place.enter("Newcomer"), await place.enter("Stranger")
    others = [await place.enter(name) for name in ("Ann", "Ben")]
    to_newcomer = {"member_id": newcomer.member_id}
    assert await stranger.privately("ask_private", **to_newcomer) == "not_reachable"
    for person in (newcomer, *others):
        assert await person.privately("set_reachable", on=True) == ""
        assert await stranger.privately("ask_private", member_id=person.member_id) == ""
        assert await person.browser.event("private_asked") == {"member_id": stranger.member_id}
    assert await stranger.privately("send_private", **to_newcomer, text="hello") == "not_agreed"
    for person in (newcomer, *others):
        await person.report(stranger)
    late = await place.enter("Late")
    await late.privately("set_reachable", on=True)
    assert await stranger.privately("ask_private", member_id=late.member_id) == "not_allowed"
    assert await newcomer.privately("answer_private", member_id=stranger.member_id, yes=False) == ""
    assert await newcomer.privately("ask_private", member_id=others[0].member_id) == ""
    await others[0].privately("answer_private", member_id=newcomer.member_id, yes=True)
    assert await newcomer.privately("send_private", member_id=others[0].member_id, text="thanks") == ""
    assert (await others[0].browser.event("private_line"))["text"] == "thanks"
    for person in (stranger, late):
        assert [name for name, _ in await person.events() if name.startswith("private")] == []


async def test_a_line_with_a_number_waits_for_a_host(place: Place) -> None:
    tom = await place.host("Tom", holds_contacts=True)
    ann, ben = await place.enter("Ann"), await place.enter("Ben")
    await ann.do("post_chat", text=NUMBER)
    held = await ann.browser.fact("line_held")
    assert (held["member_id"], held["n"]) == (ann.member_id, ann.n)
    seq = ann.browser.revision[1]
    assert (await tom.browser.fact("line_held"))["text"] == NUMBER
    assert NUMBER not in repr(await ben.events())
    late = await place.enter("Late")
    assert NUMBER not in repr(await late.events())
    assert (await ben.ask("release_line", seq=seq))["code"] == "not_allowed"
    await tom.do("release_line", seq=seq)
    posted = await ben.browser.fact("chat_posted")
    assert (posted["text"], posted["member_id"], posted["name"]) == (NUMBER, ann.member_id, "Ann")
    await ann.do("post_chat", text="https://example.org/")
    await tom.browser.fact("line_held")
    await tom.do("drop_line", seq=tom.browser.revision[1])
    assert (await ann.browser.fact("held_dropped"))["line_seq"] == tom.browser.revision[1]
    assert "example.org" not in repr(await ben.events())


async def test_a_report_reaches_the_host_and_the_operator_and_not_its_subject(tmp_path: Path) -> None:
    async with open_place(tmp_path) as place:
        tom = await place.host("Tom")
        ann, ben = await place.enter("Ann"), await place.enter(f"Ben {CANARY}")
        await ben.do("post_chat", text=f"go away {CANARY}")
        await ann.report(ben, f"he shouts {CANARY}")
        told = await tom.browser.event("commits")
        while told["commits"][0]["fact"]["type"] != "report_made":
            told = await tom.browser.event("commits")
        (commit,) = told["commits"]
        assert (commit["by"], commit["n"]) == (0, 0)
        assert commit["fact"]["report"]["words"] == f"he shouts {CANARY}"
        for person in (ann, ben):
            assert "report_made" not in repr(await person.events())
        report_id = commit["fact"]["report"]["report_id"]
        assert re.fullmatch("[0-9a-z]+", report_id), "no command takes it for an option"
    data = tmp_path / "data"
    async with open_store("", data) as store:
        (report,) = await store.reports.all()
    evidence = ReportSeal.open(data).open_report(report.sealed)
    assert (evidence.report_id, evidence.room, evidence.by) == (report_id, ROOM, ann.member_id)
    assert (evidence.member_id, evidence.name) == (ben.member_id, f"Ben {CANARY}")
    assert [line.text for line in evidence.chat] == [f"go away {CANARY}"]
    assert files_with(data, CANARY) == []


async def test_a_private_line_is_in_no_log_no_file_and_nobody_elses_hands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_place(tmp_path) as place:
        tom = await place.host("Tom", has_private=True)
        ann, ben, cat = [await place.enter(name) for name in ("Ann", "Ben", "Cat")]
        await ben.privately("set_reachable", on=True)
        await ann.privately("ask_private", member_id=ben.member_id)
        await ben.privately("answer_private", member_id=ann.member_id, yes=True)
        await cat.report(ann)  # what an operator is sent holds no private word
        assert await ann.privately("send_private", member_id=ben.member_id, text=CANARY) == ""
        assert (await ben.browser.event("private_line"))["text"] == CANARY
        await cat.report(ann)
        for other in (tom, ann, cat):
            assert CANARY not in repr(await other.events())
        late = await place.enter("Late")
        assert CANARY not in repr(await late.events())
        assert files_with(tmp_path, CANARY) == []
    assert files_with(tmp_path, CANARY) == []
    async with open_store("", tmp_path / "data") as store:
        reports = await store.reports.all()
    seal = ReportSeal.open(tmp_path / "data")
    assert len(reports) == 2
    assert CANARY not in repr([seal.open_report(report.sealed) for report in reports])
    captured = capsys.readouterr()
    assert "SendPrivate" in captured.out  # the log was on
    assert CANARY not in captured.out + captured.err
