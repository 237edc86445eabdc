"""End-to-end encryption: the server forwards frames that it cannot read."""

from pathlib import Path

from playwright.async_api import Route

from tests.browser.chrome import ChromeTab
from tests.browser.conftest import PAGES, OpenChrome
from tests.browser.polling import throughout, until
from tests.browser.served import ROOT, LamplitServer, Room
from tests.browser.sound import hears, listen

SOCKET_IO = ROOT / "web" / "node_modules" / "socket.io-client" / "dist" / "socket.io.esm.min.js"


async def enter(
    tab: ChromeTab, server: LamplitServer, room: Room, *, name: str, key: str, speaks: bool
) -> None:
    """Serve the test page at the server's own origin, and enter the room with it."""
    served: dict[str, Path] = {
        f"/{name}": PAGES / name for name in ("sealed.html", "sealed.js", "sealed-worker.js")
    } | {"/socket.io.js": SOCKET_IO}

    async def fulfil(route: Route) -> None:
        await route.fulfill(path=served[route.request.url.removeprefix(server.url)])

    # A document that the test hands over came from no address; the browser asks whether it may reach ours.
    await tab.context.grant_permissions(["microphone", "local-network-access"])
    for path in served:
        await tab.context.route(f"{server.url}{path}", fulfil)
    await tab.open(f"{server.url}/sealed.html")
    await tab.call(
        "(wanted) => { window.wanted = wanted }",
        {"room": room.slug, "name": name, "key": key, "speaks": speaks},
    )
    await tab.press("button", "Enter")

    async def has_entered() -> object:
        return await tab.call("() => window.entered")

    await until(has_entered, f"{name} is in the room")


async def test_frames_sealed_by_their_pages_are_heard_only_with_the_key(
    chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    low, high, stranger = await chrome(tone_hz=440), await chrome(tone_hz=1000), await chrome()
    await enter(low, server, room, name="Low", key="a lamp in the window", speaks=True)
    await enter(high, server, room, name="High", key="a lamp in the window", speaks=True)
    await enter(stranger, server, room, name="Stranger", key="", speaks=False)
    await hears(high, 440)
    await hears(low, 1000)

    async def gets_packets() -> bool:
        lines = await stranger.call("() => window.watch.stats('inbound-rtp')")
        assert isinstance(lines, list)
        return sum(int(line["packetsReceived"]) for line in lines) > 100

    await until(gets_packets, "the stranger gets both voices' packets")

    async def hears_neither() -> bool:
        return not (await listen(stranger, 440)).is_tone() and not (await listen(stranger, 1000)).is_tone()

    await throughout(hears_neither, "the stranger hears no tone", for_s=2)
    counts = await low.call("() => window.counts")
    assert isinstance(counts, dict)
    assert counts["sealed"] > 50
    assert counts["opened"] > 50
