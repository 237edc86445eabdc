"""Capacity on paper: measure what one of each costs, then say what a million members need.

Runs the other measurements briefly, one after the other, each with the floor of the same minute beside it,
and turns them into `tests.bench.capacity.Costs`. With `--costs FILE` nothing is measured: the file is a
report of an earlier run. The tables are for a machine whose floor is `--floor` us; docs/SCALING.md has them
for a quiet core.
"""

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from rooms.ids import MemberId
from rooms.voice.drops import DropReason
from rooms.voice.forwarder import Forwarder
from rooms.voice.packet import read_packet
from tests.bench import bus, facts, fanout, joins
from tests.bench.capacity import (
    Costs,
    Crowd,
    Load,
    Machine,
    followers,
    loads,
    messages_per_fact,
    nodes_needed,
    span,
)
from tests.bench.floor import open_session

SUMMARY = "what crowds up to a million need, from measured costs"
QUIET_FLOOR_US: Final = 6.0
INCOMING_PACKETS: Final = 2_000
SMALL: Final = (1_000, 10_000, 100_000, 1_000_000)
LARGE: Final = (500, 5_000, 20_000, 100_000)
ROOM_MEMBERS: Final = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--costs", type=Path, metavar="FILE", help="costs of an earlier run, not measured anew"
    )
    parser.add_argument(
        "--floor", type=float, default=QUIET_FLOOR_US, metavar="US", help="of the machine told of"
    )


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.costs:
        earlier = json.loads(arguments.costs.read_text("utf-8"))
        costs = msgspec.convert({**earlier["costs"], "floor_us": arguments.floor}, Costs)
        parts = earlier["parts"]
    else:
        costs, parts = _measure_costs(arguments.floor)
    return {
        "measurement": "scaling",
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
        "costs": msgspec.to_builtins(costs),
        "parts": parts,
        "tables": {name: _table(costs, crowds) for name, crowds in CROWDS.items()},
    }


def write_table(report: dict[str, Any]) -> str:
    costs = report["costs"]
    lines = ["costs in floors (memory in KiB):"]
    lines.extend(f"  {name:26} {number:12.4g}" for name, number in costs.items())
    for name, rows in report["tables"].items():
        lines += ["", f"{name}, floor {costs['floor_us']:.1f} us:"]
        lines.append("  members   nodes   span   messages/fact   facts/s   joins/s   fullest first")
        for row in rows:
            full = ", ".join(f"{what} {share:.0%}" for what, share in row["fullest"])
            lines.append(
                f"{row['members']:9}   {row['nodes']:5}   {row['span']:4.0f}   "
                f"{row['messages_per_fact']:13.1f}   {row['facts_per_s']:7.0f}   {row['joins_per_s']:7.1f}   "
                f"{full}"
            )
    return "\n".join(lines)


CROWDS: Final = {
    "rooms of ten, placed": [Crowd(members, ROOM_MEMBERS) for members in SMALL],
    "the same, each node following only rooms with members there": [
        Crowd(members, ROOM_MEMBERS, follows_all=False) for members in SMALL
    ],
    "the same, spread by a load balancer": [
        Crowd(members, ROOM_MEMBERS, is_placed=False, follows_all=False) for members in SMALL
    ],
    "one room, everybody in the record": [
        Crowd(members, members, facts_per_member_min=0.05) for members in LARGE
    ],
}


def _table(costs: Costs, crowds: list[Crowd]) -> list[dict[str, Any]]:
    machine = Machine()
    found = []
    for crowd in crowds:
        nodes = nodes_needed(costs, crowd, machine)
        fullest: list[Load] = loads(costs, crowd, machine, nodes)
        on = span(crowd, nodes)
        found.append(
            {
                "members": crowd.members,
                "nodes": nodes,
                "span": round(on, 2),
                "messages_per_fact": round(messages_per_fact(followers(crowd, nodes)), 2),
                "facts_per_s": round(crowd.facts_per_s, 1),
                "joins_per_s": round(crowd.joins_per_s, 1),
                "fullest": [(load.what, round(load.share, 4)) for load in fullest[:4]],
            }
        )
    return found


def _measure_costs(floor_us: float) -> tuple[Costs, dict[str, Any]]:
    """Measure each part and divide by the floor of its minute."""
    mask = os.sched_getaffinity(0)
    bare = _part(fanout.measure, bare=True, voices=1, listeners=[100], seconds=3.0)
    floors = [_floor_us(bare)]
    incoming_us = _time_incoming()
    told = _part(facts.measure, members=[10, 1_000, 4_900], turns=60)
    floors.append(_floor_us(_part(fanout.measure, bare=True, voices=1, listeners=[100], seconds=1.5)))
    joined = _part(joins.measure, joins=100, at_once=[10])
    floors.append(_floor_us(_part(fanout.measure, bare=True, voices=1, listeners=[100], seconds=1.5)))
    served = _part(fanout.measure, bare=False, voices=1, listeners=[9, 100], seconds=3.0)
    os.sched_setaffinity(0, mask)
    on_bus = _part(bus.measure, facts=600, followers=20)
    floors.append(_floor_us(_part(fanout.measure, bare=True, voices=1, listeners=[100], seconds=1.5)))
    small, middle, large = told["rows"]
    first, last = served["rows"]
    more = last["listeners"] - first["listeners"]

    def slope(key: str) -> float:
        return max(0.0, (large[key] - small[key]) / (large["members"] - small["members"]))

    in_facts, in_joins, in_bus = statistics.mean(floors[:2]), statistics.mean(floors[1:3]), floors[3]
    costs = Costs(
        floor_us=floor_us,
        forward=bare["rows"][0]["ratio"],
        incoming=incoming_us / floors[0],
        join=joined["rows"][0]["cpu_ms"] * 1_000 / in_joins,
        join_fact=small["join_us"] / in_facts,
        join_fact_per_member=slope("join_us") / in_facts,
        fact=small["chat_us"] / in_facts,
        fact_per_member=slope("chat_us") / in_facts,
        apply=middle["apply_us"] / in_facts,
        delivery=told["delivery_us"] / in_facts,
        idle_member_per_s=(last["idle_percent"] - first["idle_percent"])
        * 1e4
        / more
        / last["floor_us_per_packet"],
        idle_room_per_s=told["idle_room_us_per_s"] / in_facts,
        member_kib=(last["resident_kib"] - first["resident_kib"]) / more,
        room_kib=told["idle_room_kib"],
        followed_room_kib=told["followed_room_kib"],
        snapshot_bytes=small["snapshot_bytes"],
        snapshot_bytes_per_member=slope("snapshot_bytes"),
        commit_bytes=on_bus["commit_bytes"],
        append=on_bus["redis_append_us"] / in_bus,
        redis_delivery=on_bus["redis_delivery_us"] / in_bus,
        voice_publish=on_bus["redis_voice_us"] / in_bus,
        node_publish=on_bus["node_publish_us"] / in_bus,
        node_read=on_bus["node_read_us"] / in_bus,
        log_kib_per_fact=on_bus["log_kib_per_fact"],
        listed=on_bus["redis_listed_us"] / in_bus,
        node_listed=on_bus["node_listed_us"] / in_bus,
        listed_bytes=on_bus["listed_bytes"],
    )
    parts = {"floors_us": floors, "facts": told, "joins": joined, "fanout": served, "bus": on_bus}
    return costs, parts


def _part(measured: Callable[[argparse.Namespace], dict[str, Any]], **arguments: object) -> dict[str, Any]:
    return measured(argparse.Namespace(**arguments))


def _floor_us(report: dict[str, Any]) -> float:
    found: float = report["rows"][0]["floor_us_per_packet"]
    return found


def _time_incoming() -> float:
    """CPU time in us from the socket to the decision, one packet at each turn of the loop."""
    return asyncio.run(_receive_all())


async def _receive_all() -> float:
    forwarder = Forwarder()
    voice = MemberId(1)
    forwarder.add_voice(voice)
    forwarder.allow(voice, allowed=True)
    tx = open_session()
    ours = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    theirs = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ours.bind(("127.0.0.1", 0))
    ours.setblocking(False)  # noqa: FBT003 - the library's signature
    arrived = asyncio.Event()
    clock = iter(range(0, 10**9, 20))

    def read() -> None:
        datagram, _address = ours.recvfrom(2_048)
        packet = read_packet(datagram)
        if not isinstance(packet, DropReason):
            forwarder.receive(voice, packet, float(next(clock)))
        arrived.set()

    asyncio.get_running_loop().add_reader(ours.fileno(), read)
    found = []
    for datagram in islice(fanout.datagrams(0), INCOMING_PACKETS):
        theirs.sendto(datagram, ours.getsockname())
        arrived.clear()
        begin = time.process_time_ns()
        tx.protect(datagram)  # stands for unprotecting, which needs the other side's keys and costs the same
        await arrived.wait()
        found.append((time.process_time_ns() - begin) / 1_000)
    asyncio.get_running_loop().remove_reader(ours.fileno())
    ours.close()
    theirs.close()
    return statistics.median(found)
