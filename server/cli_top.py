"""What `lamplit top` does: ask, print, wait, until Ctrl+C."""

import asyncio
import sys
from typing import Final

import aiohttp

from server.backbone import make_backbone
from server.cli_store import UsageError
from server.clock import SystemClock
from server.config import Config
from server.ports import LogUnavailableError
from server.top import CLEAR, NodeLine, Sample, line_between, line_of, read_metrics, write_top

ANSWER_WITHIN_S: Final = 5.0


async def show_top(config: Config, url: str, every_s: float, *, once: bool) -> None:
    """Print the table once, or again and again on a page of its own.

    Args:
        config: says whether there is a cluster, which is asked for all its nodes.
        url: of the server, where there is no cluster.
        every_s: between two tables; also the time that rates are taken over.
        once: print one table and no control characters.

    Raises:
        UsageError: nobody answers.
    """
    if config.cluster.is_on:
        await _show_cluster(config, every_s, once=once)
    else:
        await _show_own(url, config.limits.connections, every_s, once=once)


async def _show_cluster(config: Config, every_s: float, *, once: bool) -> None:
    backbone = make_backbone(config, SystemClock(), name="")
    try:
        await backbone.open()
        while True:
            _print([line_of(node) for node in await backbone.directory.nodes()], once=once)
            if once:
                return
            await asyncio.sleep(every_s)
    except LogUnavailableError:
        raise UsageError("Redis does not answer: see cluster.redis_url") from None
    finally:
        await backbone.close()


async def _show_own(url: str, capacity: int, every_s: float, *, once: bool) -> None:
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        before = await _ask(session, url)
        while True:
            await asyncio.sleep(every_s)
            after = await _ask(session, url)
            _print([line_between(before, after, capacity)], once=once)
            if once:
                return
            before = after


async def _ask(session: aiohttp.ClientSession, url: str) -> Sample:
    try:
        # A certificate made for development proves nothing, and only counts are read.
        async with session.get(f"{url}/metrics", ssl=False) as response:
            if not response.ok:
                raise UsageError(f"{url}/metrics says no: this machine must be in metrics.allow")
            return read_metrics(await response.text(), SystemClock().mono_ms())
    except (aiohttp.ClientError, TimeoutError, ValueError):
        raise UsageError(f"no Lamplit server answers at {url}; give its address with --url") from None


def _print(lines: list[NodeLine], *, once: bool) -> None:
    is_terminal = sys.stdout.isatty() and not once
    sys.stdout.write((CLEAR if is_terminal else "") + write_top(lines, is_terminal=is_terminal))
    sys.stdout.flush()
