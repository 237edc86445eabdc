"""Nothing that a person is or says is found in the most talkative log, in the metrics or on the disk."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.browser.chrome import ChromeTab
from tests.browser.conftest import OpenChrome
from tests.browser.person import WORDS, Person
from tests.browser.served import ROOMS, LamplitServer, running_server

# Words that occur nowhere but here.
NAMES = ("Quillonia", "Bramwellen", "Ostregard")
LINE = "zephyrine confession"

# Texts of a session description and of tickets, whatever their values are.
PATTERNS = (
    r"ice-ufrag",
    r"ice-pwd",
    r"a=fingerprint",
    r"(?:[0-9A-F]{2}:){15}",
    r"candidate:",
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
)


def secrets_of(tab: ChromeTab) -> set[str]:
    """Return every ticket, user fragment, password and fingerprint that went over this page's wire."""
    found: set[str] = set()
    for answer in tab.wire.answers("joined", "resumed"):
        found.add(answer["ticket"])
    for renewed in tab.wire.events("ticket_renewed"):
        found.add(renewed["ticket"])
    for answer in tab.wire.answers("joined", "offered"):
        sdp = answer["offer"]["sdp"]
        found |= set(re.findall(r"a=(?:ice-ufrag|ice-pwd):(\S+)", sdp))
        found |= set(re.findall(r"a=fingerprint:\S+ (\S+)", sdp))
    for answered in tab.wire.asked("answer_media"):
        found |= {one["value"] for one in answered["fingerprints"]}
    return found


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[LamplitServer]:
    # Browsers here come from another address than this: so theirs can be told from the server's own.
    async with running_server(tmp_path, "127.0.0.2") as running:
        yield running


@pytest.mark.timeout(90)
async def test_a_whole_session_leaves_no_trace_in_the_log(
    chrome: OpenChrome, own_server: LamplitServer
) -> None:
    room = ROOMS[0]
    host = Person(await chrome(tone_hz=440), own_server, room)
    ben = Person(await chrome(tone_hz=880), own_server, room)
    cleo = Person(await chrome(microphone=False), own_server, room)
    await host.join_as_host(NAMES[0])
    await ben.join(NAMES[1])
    await cleo.join(NAMES[2])
    for speaker in (host, ben):
        await speaker.turn_microphone_on()
    await ben.write(LINE)
    await host.until_reads(LINE)
    await ben.rename("Marrowick")
    await host.until_reads("Marrowick")
    await host.mute("Marrowick")
    await ben.until_microphone(on=False)
    await cleo.press_microphone()
    await host.remove(NAMES[2])
    await cleo.until_reads(WORDS["end.removed.title"])
    await ben.tab.reload()
    await ben.until_seated()
    await ben.leave()
    await host.leave()

    async with aiohttp.ClientSession() as http, http.get(f"{own_server.url}/metrics") as answer:
        assert answer.status == 200
        metrics = await answer.text()
    assert await own_server.stop() == 0
    log = own_server.log()
    assert '"answered"' in log, "there is nothing to search"
    kept = "".join(path.read_text("latin-1") for path in own_server.kept_files())

    secrets = set().union(*(secrets_of(person.tab) for person in (host, ben, cleo)))
    assert len(secrets) > 12
    said = {*NAMES, "Marrowick", *LINE.split(), *secrets}
    for where in (log, metrics, kept):
        assert traces(where, said, own_server.host) == []
    planted = f"joined {NAMES[1]} from 192.0.2.7 with {min(secrets)}"
    found = traces(planted, said, own_server.host)
    assert {NAMES[1], "192.0.2.7", min(secrets)} <= set(found), "the search finds nothing"


def traces(text: str, words: set[str], own_address: str) -> list[str]:
    """Return what this text should not hold."""
    shapes = (match for pattern in PATTERNS for match in re.findall(pattern, text))
    return [word for word in words if word in text] + [one for one in shapes if one != own_address]
