"""`python -m tests.bots`: send bots into a room and print what they heard as one JSON object."""

import argparse
import asyncio
import os
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import msgspec

from tests.bots.report import Report
from tests.bots.speech import DEFAULT_LEVEL_DBOV
from tests.bots.swarm import Swarm, SwarmPlan, say_on_stderr
from tests.bots.targets import TargetError

MAX_BOTS: Final = 5_000
MAX_SECONDS: Final = 3_600.0


def main(arguments: list[str] | None = None) -> int:
    """Run; 0 if all joined, 1 if not, 2 for a target or numbers that are refused."""
    asked = _parser().parse_args(arguments)
    if asked.cpu is not None:
        os.sched_setaffinity(0, {asked.cpu})
    try:
        plan = _read_plan(asked)
        report = asyncio.run(_run(plan))
    except (TargetError, ValueError) as error:
        say_on_stderr(f"bots: {error}")
        return 2
    _print(report, asked.json)
    return 0 if report.joined == report.asked else 1


async def _run(plan: SwarmPlan) -> Report:
    async with Swarm.open(plan, say_on_stderr) as swarm:
        return await swarm.run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bots", description=__doc__)
    add = parser.add_argument
    add("--url", default="http://127.0.0.1:8080", help="the server: a loopback address, see --allow-net")
    add("--room", default="talk", help="the room's slug")
    add("--speakers", type=int, default=1)
    add("--listeners", type=int, default=9)
    add("--seconds", type=float, default=10.0, help="how long the speakers speak")
    add("--hz", type=int, default=440, help="tone of the first speaker; each further one is a third higher")
    add(
        "--level", type=int, default=DEFAULT_LEVEL_DBOV, help="loudness in the headers, 0 loudest, 127 silent"
    )
    add("--dtx", metavar="TALK,PAUSE", help="pause in between (ms), with comfort noise packets only")
    add("--sample", type=int, default=1, metavar="K", help="decrypt one packet in K, count the others")
    add("--probes", type=int, default=20, help="listeners that measure delays")
    add("--joins-at-once", type=int, default=10)
    add("--chat-per-s", type=float, default=0.0, help="marked lines a second, by all bots in turn")
    add("--drain-ms", type=float, default=0.0, help="look at the sockets so often, instead of being woken")
    add("--no-media", action="store_true", help="chat only")
    add("--follow", action="store_true", help="every bot keeps its view of the room")
    add("--name", default="Bot", help="names begin so")
    add("--cpu", type=int, help="stay on this core")
    add(
        "--allow-net", action="append", default=[], metavar="NET", help="also allow addresses of this network"
    )
    add("--json", metavar="FILE", default="-", help="where the result goes; - for standard output")
    return parser


def _read_plan(asked: argparse.Namespace) -> SwarmPlan:
    """Check the numbers.

    Raises:
        ValueError: with what is out of bounds.
    """
    if min(asked.speakers, asked.listeners) < 0 or not 0 < asked.speakers + asked.listeners <= MAX_BOTS:
        raise ValueError(f"there can be 1 to {MAX_BOTS} bots")
    if not 0 <= asked.seconds <= MAX_SECONDS:
        raise ValueError(f"--seconds can be up to {MAX_SECONDS:.0f}")
    if not 0 <= asked.level <= 127:
        raise ValueError("--level can be 0 to 127")
    if asked.sample < 1 or asked.joins_at_once < 1 or asked.probes < 0:
        raise ValueError("--sample and --joins-at-once begin at 1, --probes at 0")
    return SwarmPlan(
        url=asked.url,
        room=asked.room,
        speakers=asked.speakers,
        listeners=asked.listeners,
        seconds=asked.seconds,
        hz=asked.hz,
        level_dbov=asked.level,
        dtx_ms=_read_pair(asked.dtx),
        sample=asked.sample,
        probes=asked.probes,
        joins_at_once=asked.joins_at_once,
        chat_per_s=asked.chat_per_s,
        drain_ms=asked.drain_ms,
        with_media=not asked.no_media,
        keep_room=asked.follow,
        nets=tuple(ip_network(net) for net in asked.allow_net),
        name=asked.name,
    )


def _read_pair(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    talk, comma, pause = text.partition(",")
    if not comma or int(talk) < 20 or int(pause) < 20:
        raise ValueError("--dtx wants two times of at least 20 ms, as in 1000,2000")
    return int(talk), int(pause)


def _print(report: Report, target: str) -> None:
    say_on_stderr(
        f"{report.joined}/{report.asked} joined, {report.packets_sent} packets sent, "
        f"{report.packets_received} received, {report.lost} lost, longest gap {report.gap_max_ms} ms, "
        f"delay {report.delay_p50_ms}/{report.delay_p99_ms} ms, "
        f"join {report.join_ms.p50}/{report.join_ms.p99} ms"
    )
    for words, count in report.errors.items():
        say_on_stderr(f"{count} x {words}")
    text = msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"
    if target == "-":
        sys.stdout.write(text)
    else:
        Path(target).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
