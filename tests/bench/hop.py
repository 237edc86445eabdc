"""What the way between nodes adds to a voice's delay: one listener beside the speaker, one on another node.

Two real node processes and a Redis on loopback. Each packet carries the time of its sending, and the kernel
stamps its arrival at each listener; what the listener on the other node has it later by is the hop: publish,
Redis, the other node's checks and its own selection.
"""

import argparse
import asyncio
import os
import platform
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from server.logs import set_up_logs
from tests.bots.bot import Bot
from tests.bots.ground import open_ground
from tests.integration.nodes import enter_at, running_nodes
from tests.integration.redis_server import missing_for_redis

SUMMARY = "added delay of a voice between two nodes"
WARM_UP_S: Final = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=20.0, metavar="S")


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    if missing_for_redis():
        raise SystemExit("hop: there is no redis-server; see tools/system_packages.sh")
    set_up_logs("error", "text")
    load_before = os.getloadavg()[0]
    near, far, missing = asyncio.run(_measure(arguments.seconds))
    added = [there - here for here, there in zip(near, far, strict=False)]
    return {
        "measurement": "hop",
        "python": platform.python_version(),
        "load_1min": round(load_before, 2),
        "packets": len(far),
        "missing": missing,
        "rows": [
            {"way": way, **_quantiles(delays)}
            for way, delays in (("same node", near), ("other node", far), ("added", added))
        ],
    }


def write_table(report: dict[str, Any]) -> str:
    lines = [
        f"hop: {report['packets']} packets, {report['missing']} missing, load {report['load_1min']}",
        "way            p50 ms   p90 ms   p99 ms   max ms",
    ]
    lines.extend(
        f"{row['way']:12}   {row['p50_ms']:6.2f}   {row['p90_ms']:6.2f}   {row['p99_ms']:6.2f}   "
        f"{row['max_ms']:6.2f}"
        for row in report["rows"]
    )
    return "\n".join(lines)


async def _measure(seconds: float) -> tuple[list[float], list[float], int]:
    """Return the delay of each packet in ms at both listeners, and how many were lost between the nodes."""
    with tempfile.TemporaryDirectory(prefix="lamplit-hop-") as folder:
        async with running_nodes(Path(folder)) as cluster:
            one, two = cluster.nodes
            async with open_ground(one.url) as here, open_ground(two.url) as there:
                speaker, near, far = (
                    await enter_at(here, "Speaker"),
                    await enter_at(here, "Near"),
                    await enter_at(there, "Far"),
                )
                await speaker.speak()
                await asyncio.gather(*(bot.hears(speaker.member_id, 10) for bot in (near, far)))
                await asyncio.sleep(WARM_UP_S)
                for bot in (near, far):
                    bot._hearing.forget()
                await asyncio.sleep(seconds)
                await speaker.mute()
                return _delays(near, speaker), _delays(far, speaker), _missing(far, speaker)


def _delays(bot: Bot, voice: Bot) -> list[float]:
    heard = bot.heard(voice.member_id)
    return [] if heard is None else [delay_ns / 1e6 for delay_ns in heard.delays_ns]


def _missing(bot: Bot, voice: Bot) -> int:
    heard = bot.heard(voice.member_id)
    return 0 if heard is None else len(heard.missing)


def _quantiles(delays: Sequence[float]) -> dict[str, float]:
    parts = statistics.quantiles(delays, n=100)
    return {
        "p50_ms": round(parts[49], 3),
        "p90_ms": round(parts[89], 3),
        "p99_ms": round(parts[98], 3),
        "max_ms": round(max(delays), 3),
    }
