"""Members who come by any node are served by the one where their room is, and by any where that is gone."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
import pytest

from tests.bots.bot import Bot, BotOptions
from tests.bots.ground import Ground, open_ground
from tests.bots.link import ELSEWHERE_WITHIN_S
from tests.integration.nodes import Cluster, NodeProcess, running_nodes

ROOM_MAX = 3
ROAMS = BotOptions(roams=True)
ROAMS_UNHEARD = BotOptions(roams=True, with_media=False)


@asynccontextmanager
async def two_grounds(
    factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[Cluster, tuple[Ground, Ground]]]:
    async with running_nodes(factory.mktemp("nodes"), room_members_max=ROOM_MAX) as cluster:
        one, two = cluster.nodes
        async with open_ground(one.url) as first, open_ground(two.url) as second:
            yield cluster, (first, second)


def node_of(cluster: Cluster, bot: Bot) -> NodeProcess:
    """Return the node that a bot's connection leads to."""
    return cluster.node_at(f"http://{bot._site.netloc}")


def sent_on(nodes: Sequence[NodeProcess]) -> int:
    """Return how often somebody was told to go to another node."""
    return sum(node.log().count('"Elsewhere"') for node in nodes)


async def number(node: NodeProcess, name: str) -> float:
    """Return what a node shows at /metrics."""
    async with aiohttp.ClientSession() as http, http.get(f"{node.url}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


@pytest.mark.timeout(180)
async def test_a_room_is_on_one_node_until_that_is_full_and_comes_back_when_it_dies(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with two_grounds(tmp_path_factory) as (cluster, grounds):
        bots = [
            await Bot.enter(grounds[place % 2], "talk", f"Bot {place}", ROAMS) for place in range(ROOM_MAX)
        ]
        homes = {node_of(cluster, bot).name for bot in bots}
        assert len(homes) == 1  # some of them came by the other one
        assert sent_on(cluster.nodes) in {1, 2}
        home = node_of(cluster, bots[0])
        (other,) = (node for node in cluster.nodes if node is not home)
        home_ground, other_ground = sorted(grounds, key=lambda ground: ground.site.port != home.port)
        await bots[0].speak()
        await bots[1].hears(bots[0].member_id, 5)

        spilled = [await Bot.enter(home_ground, "talk", "Spilled", ROAMS)]
        assert node_of(cluster, spilled[0]) is other  # nobody else fits in
        spilled.append(await Bot.enter(other_ground, "talk", "Next", ROAMS))
        assert node_of(cluster, spilled[1]) is other
        for bot in (*bots, *spilled):
            await bot.until(lambda room: len(room.members) == ROOM_MAX + 2)
        members = [await number(node, "lamplit_members") for node in (home, other)]
        assert members == [ROOM_MAX, 2]
        assert [await number(node, "lamplit_node_seen") for node in cluster.nodes] == [1, 1]

        async with aiohttp.ClientSession() as http, http.get(home.url) as page:
            policy = page.headers["Content-Security-Policy"]
        assert all(f" ws://127.0.0.1:{node.port}" in policy for node in cluster.nodes)

        await home.kill()
        for bot in bots:
            await bot.link.ended.wait()
            await bot.come(other.url)  # sent back to the dead one for as long as its lease lasts
            assert node_of(cluster, bot) is other
        async with asyncio.timeout(10):
            while await number(other, "lamplit_members") < ROOM_MAX + 2:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        await bots[0].say("all here")
        await spilled[0].until(lambda room: bool(room.chat))


@pytest.mark.long
@pytest.mark.timeout(180)
async def test_a_node_that_is_silent_costs_two_seconds(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with two_grounds(tmp_path_factory) as (cluster, grounds):
        first = await Bot.enter(grounds[0], "talk", "First", ROAMS_UNHEARD)
        home = node_of(cluster, first)
        (other,) = (node for node in cluster.nodes if node is not home)
        (ground,) = (ground for ground in grounds if ground.site.port == other.port)
        before = sent_on([other])
        assert home.child is not None
        home.child.send_signal(signal.SIGSTOP)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        second = await Bot.enter(ground, "talk", "Second", ROAMS_UNHEARD)
        assert node_of(cluster, second) is other
        assert sent_on([other]) == before + 1
        assert ELSEWHERE_WITHIN_S <= loop.time() - began_s < ELSEWHERE_WITHIN_S + 2
