"""What the commands about nodes do: `lamplit nodes` and `lamplit drain`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from server.backbone import Backbone, make_backbone
from server.cli_store import UsageError
from server.clock import SystemClock
from server.config import Config
from server.ports import LogUnavailableError, NodeDirectory, NodeState

_MS_PER_S: Final = 1_000
_S_PER_MIN: Final = 60
_MIN_PER_H: Final = 60

_Result = TypeVar("_Result")


def print_nodes(nodes: Sequence[NodeState], now_ms: int) -> str:
    """Return a table of nodes: numbers only, nobody's name."""
    rows = [("NODE", "DOES", "MEMBERS", "ROOMS", "SINCE", "RELEASE", "ADDRESS")]
    rows += [
        (
            node.name,
            node.phase.value,
            str(node.members),
            str(sum(map(bool, node.rooms.values()))),
            _ago(now_ms - node.started_ms),
            node.version or "-",
            node.public_url or "-",
        )
        for node in nodes
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)


async def list_nodes(config: Config) -> str:
    """Return every node there is, as a table.

    Raises:
        UsageError: there is no cluster, or it cannot be asked.
    """
    nodes = await _ask(config, lambda directory: directory.nodes())
    return print_nodes(nodes, SystemClock().wall_ms()) if nodes else "No node is there.\n"


async def ask_drain(config: Config, name: str, within_s: float) -> str:
    """Ask a node to send its members elsewhere; return what to tell the operator.

    Raises:
        UsageError: there is no cluster, it cannot be asked, or there is no such node.
    """

    async def ask(directory: NodeDirectory) -> tuple[NodeState, ...]:
        nodes = await directory.nodes()
        if any(node.name == name for node in nodes):
            await directory.ask_drain(name, round(within_s * _MS_PER_S))
        return nodes

    nodes = {node.name: node for node in await _ask(config, ask)}
    if name not in nodes:
        known = ", ".join(nodes) or "none"
        raise UsageError(f"there is no node {name}; there are: {known}")
    members = nodes[name].members
    others = len(nodes) - 1
    where = f"{others} other {'node' if others == 1 else 'nodes'}" if others else "no other node: they stay"
    return f"Node {name} is asked to send its {members} members to {where}, within {within_s:g} s.\n"


async def _ask(config: Config, ask: Callable[[NodeDirectory], Awaitable[_Result]]) -> _Result:
    if not config.cluster.is_on:
        raise UsageError("this server stands alone: cluster.redis_url is not set")
    backbone: Backbone = make_backbone(config, SystemClock(), name="")
    try:
        await backbone.open()
        return await ask(backbone.directory)
    except LogUnavailableError:
        raise UsageError("Redis does not answer: see cluster.redis_url") from None
    finally:
        await backbone.close()


def _ago(ms: int) -> str:
    minutes = max(0, ms) // (_MS_PER_S * _S_PER_MIN)
    return f"{minutes // _MIN_PER_H} h {minutes % _MIN_PER_H:02} min"
