"""Where each node has an address of its own, a page goes to the node where its room is."""

import re
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

import aiohttp
import pytest

from tests.browser.chrome import ChromeTab
from tests.browser.clustered import TALK
from tests.browser.conftest import OpenChrome
from tests.browser.person import JOIN, NAME_FIELD, WORDS, Person
from tests.browser.polling import until
from tests.browser.served import Room
from tests.browser.sound import hears
from tests.browser.test_coming_back import forgive_absence
from tests.integration.nodes import NodeProcess, running_cluster
from tests.integration.redis_server import free_port, running_redis

GIVES_UP_S: Final = 5.0  # it is 2 s, on a machine that does nothing else; any other connection gets 6

Someone = Person[ChromeTab]

pytestmark = pytest.mark.long


class Door:
    """One node as people reach it: by its own address."""

    def __init__(self, node: NodeProcess) -> None:
        self.node = node
        self.url = node.url

    async def host_link(self, room: Room) -> str:
        raise NotImplementedError(f"nobody leads {room.slug} here")

    @property
    def socket(self) -> str:
        """What a WebSocket's address begins with."""
        return f"ws{self.url.removeprefix('http')}/"


class Place(NamedTuple):
    """Two nodes with an address each; `away` is what the first one says of its own, if that is not so."""

    first: Door
    second: Door
    away: str


@pytest.fixture
async def place(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Place]:
    """Run them; a parameter says how the first node's public address is out of reach."""
    folder = tmp_path_factory.mktemp("place")
    with deaf_address() as deaf:
        away = {"silent": deaf, "refused": f"http://127.0.0.1:{free_port()}"}.get(
            getattr(request, "param", ""), ""
        )
        async with running_redis() as redis:
            one, two = nodes = [NodeProcess(folder, name, redis.url) for name in ("n1", "n2")]
            one.page_origins, two.page_origins = (two.url,), (one.url,)
            one.public_url = away or one.url
            async with running_cluster(folder, redis, nodes):
                await until(lambda: _names(two, one.public_url), "the second node knows the first")
                yield Place(Door(one), Door(two), away)


@contextmanager
def deaf_address() -> Iterator[str]:
    """An address that takes connections and never says a word, as where a route is lost."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"


async def _names(node: NodeProcess, other: str) -> bool:
    return f"ws{other.removeprefix('http')}" in await connectable(node)


async def connectable(node: NodeProcess) -> list[str]:
    """Return where the policy of a node's page lets it connect to."""
    async with aiohttp.ClientSession() as http, http.get(node.url) as answer:
        found = re.search(r"connect-src ([^;]*);", answer.headers["Content-Security-Policy"])
    assert found
    return found[1].split()


async def seat(chrome: OpenChrome, door: Door, name: str, **tab: object) -> Someone:
    person = Person(await chrome(**tab), door, TALK)
    await person.join(name)
    return person


async def sound_port(person: Someone) -> str:
    """Return the UDP port to which the page was told to send its sound."""
    sdp = str(await person.tab.call("() => window.watch.peer().remoteDescription.sdp"))
    (port,) = set(re.findall(r"a=candidate:.* (\d+) typ host", sdp))
    return str(port)


@pytest.mark.timeout(90)
async def test_a_page_follows_to_the_node_where_its_room_is(place: Place, chrome: OpenChrome) -> None:
    first, second = place.first, place.second
    ann = await seat(chrome, first, "Ann", tone_hz=440)
    await ann.turn_microphone_on()
    ben = await seat(chrome, second, "Ben", microphone=False)
    assert [answer["url"] for answer in ben.tab.wire.answers("elsewhere")] == [first.url]
    assert [url.startswith(first.socket) for url in ben.tab.wire.urls] == [False, True]
    assert await sound_port(ben) == str(first.node.udp_port)
    assert ben.tab.page.url.startswith(second.url)
    await hears(ben.tab, 440)
    assert sorted(await ann.people()) == sorted(await ben.people()) == ["Ann", "Ben"]

    # It may go to nodes of the place, and nowhere else.
    nodes = [door.socket.rstrip("/") for door in (first, second)]
    assert sorted(await connectable(second.node)) == sorted(["'self'", *nodes])
    assert await is_stopped(ben, f"ws://127.0.0.1:{free_port()}/")
    ben.tab.complaints[:] = [one for one in ben.tab.complaints if "violates" not in one]

    # Who comes back finds the room again, and the seat.
    member_id = ben.tab.wire.seat()
    await ben.tab.reload()
    await ben.until_seated()
    assert ben.tab.wire.seat() == member_id
    assert ben.tab.wire.urls[-1].startswith(first.socket)
    await hears(ben.tab, 440)


async def is_stopped(person: Someone, url: str) -> bool:
    """Whether the page's policy forbids a WebSocket."""
    script = """(url) => new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) =>
            resolve(event.effectiveDirective === 'connect-src'))
        try { new WebSocket(url).onerror = () => setTimeout(() => resolve(false), 500) } catch { }
    })"""
    return bool(await person.tab.call(script, url))


async def until_tries(person: Someone, count: int) -> None:
    """Wait until the page has tried so many connections."""

    async def are_there() -> bool:
        return len(person.tab.wire.urls) >= count

    await until(are_there, f"{person.name}'s page has tried {count} connections")


@pytest.mark.timeout(90)
@pytest.mark.parametrize("place", ["silent", "refused"], indirect=True)
async def test_a_node_that_is_not_reached_costs_seconds_and_no_error(
    place: Place, chrome: OpenChrome, request: pytest.FixtureRequest
) -> None:
    ann = await seat(chrome, place.first, "Ann", tone_hz=440)
    await ann.turn_microphone_on()
    ben = Person(await chrome(microphone=False), place.second, TALK)
    await ben.visit_lobby()
    await ben.choose_room()
    await ben.tab.fill(NAME_FIELD, "Ben")
    await ben.tab.press("button", JOIN)
    await until_tries(ben, 2)
    began = time.monotonic()
    if request.node.callspec.params["place"] == "silent":  # refused, it may be over before anybody looks
        await ben.tab.find("button", WORDS["join.joining"]).wait_for()
    await until_tries(ben, 3)
    assert time.monotonic() - began < GIVES_UP_S
    ben.name = "Ben"
    await ben.until_seated()
    asked = [url.startswith(f"ws{place.away.removeprefix('http')}/") for url in ben.tab.wire.urls]
    assert asked == [False, True, False]
    assert len(ben.tab.wire.answers("elsewhere")) == 1
    assert ben.tab.wire.answers("joined")
    assert await sound_port(ben) == str(place.second.node.udp_port)
    await hears(ben.tab, 440)
    forgive_absence(ben)
