"""A node's life: ports first, then rooms, then pages; and the same backwards within five seconds.

In a cluster members are sent to other nodes first (`server.drain`). Order of a stop (docs/CLOSING.md):
background work is cancelled; no new connections; every browser is told to come back and its socket closed;
what waits for the store is written; sound ends; what is left of HTTP is cut.
"""

import asyncio
import gc
import resource
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Final

from aiohttp import web

from server.app import Node, build_app, make_host_api, make_node, open_rooms, plan_rooms, read_groups
from server.ban_keeper import BanKeeper
from server.bus.envelope import DropKind
from server.clock import SystemClock
from server.config import Config, MediaConfig
from server.dev_tls import open_tls
from server.drain import WITHIN_MS
from server.group_ports import ChangeKind
from server.http.listening import ACCEPTS_AT_ONCE, BACKLOG, ListenError, listen, say_why
from server.http.nonsense import answer_nonsense
from server.http.origins import LOCAL_HOSTS, Origins, allowed_origins, hosts_reached_at, write_origin
from server.http.refusals import HTTP_LOGGER
from server.lasting import Lasting
from server.logs import log_for
from server.place_keys import open_seal
from server.ports import LogUnavailableError, StoreError
from server.recorder import Recorder
from server.reports import ReportKeeper, ReportSeal
from server.room_list import RoomList
from server.room_service import RoomPlan
from server.store.sql_store import SqlStore, open_store, say_no_store
from server.store_watch import StoreWatch

HEADERS_WITHIN_S: Final = 10.0  # also how long an idle connection is kept; a slower sender is cut
LINGERING_S: Final = 1.0  # for the rest of a body that nobody wanted, so that the refusal can be read
LEFTOVERS_WITHIN_S: Final = 0.5  # for requests that are under way when the sockets have closed

# 8 KiB suffice for what browsers send; more is a mistake or an attack.
_LINE_MAX_BYTES: Final = 8_190
_HEADERS_MAX: Final = 64

# A snapshot of a large room makes tens of thousands of objects, none of them cyclic. With this and the freeze
# below, collections stay out of the way of sound.
_GC_THRESHOLDS: Final = (50_000, 50, 1_000)

_Work = Callable[[], Coroutine[None, None, None]]

_log = log_for("lifecycle")


class StartError(Exception):
    """The server cannot start; the text is one sentence for the operator."""


class RunningServer:
    """A node that serves.

    Attributes:
        node: its parts.
        host: where it listens.
        port: the TCP port, also where the configuration left the choice to the kernel.
        is_tls: whether pages are served over HTTPS.
    """

    def __init__(self, node: Node, host: str, port: int, *, is_tls: bool) -> None:
        """Describe a server that has started."""
        self.node = node
        self.host = host
        self.port = port
        self.is_tls = is_tls

    @property
    def config(self) -> Config:
        """The configuration it runs by."""
        return self.node.config

    @property
    def udp_port(self) -> int:
        """The number of the media port."""
        return self.node.media.port_number

    @property
    def urls(self) -> tuple[str, ...]:
        """Addresses to open in a browser; the first is for this machine."""
        scheme = "https" if self.is_tls else "http"
        hosts = hosts_reached_at(self.host)
        nearest = self.host if self.host in hosts else hosts[0]
        return tuple(f"{write_origin(scheme, host, self.port)}/" for host in dict.fromkeys((nearest, *hosts)))

    @property
    def network_urls(self) -> tuple[str, ...]:
        """The addresses among them that other machines can open."""
        scheme = "https" if self.is_tls else "http"
        hosts = (host for host in hosts_reached_at(self.host) if host not in LOCAL_HOSTS)
        return tuple(f"{write_origin(scheme, host, self.port)}/" for host in hosts)

    @property
    def url(self) -> str:
        """The address to open in a browser on this machine."""
        return self.urls[0]


@asynccontextmanager
async def running_server(config: Config) -> AsyncIterator[RunningServer]:
    """Run a node for as long as the context lasts.

    Raises:
        StartError: a port or a folder cannot be had.
        ExceptionGroup: a part of the node broke; the others were stopped in order.
    """
    failure: Exception | None = None
    async with AsyncExitStack() as stack:
        server, beside_store = await _start(config, stack)
        node = server.node
        async with asyncio.TaskGroup() as background:
            parts = (
                node.backbone.run(),
                node.rooms.run(),
                node.gateway.run(),
                node.keeper.run(),
                node.lag.run(),
                *(work() for work in beside_store),
            )
            work = [background.create_task(part) for part in parts]
            if config.cluster.is_on:
                work += [
                    background.create_task(part) for part in (node.presence.run(), _drain_if_asked(node))
                ]
            try:
                yield server
            except Exception as error:  # noqa: BLE001 -- raised below: in here, task groups would wrap it
                failure = error
            finally:
                for task in work:
                    task.cancel()
    if failure is not None:
        raise failure


async def serve(config: Config, announce: Callable[[RunningServer], None]) -> None:
    """Run a node until SIGTERM, SIGINT or SIGHUP; `announce` is called when browsers may come.

    Raises:
        StartError: a port or a folder cannot be had.
        ExceptionGroup: a part of the node broke.
    """
    _raise_descriptor_limit()
    _leave_no_core()
    stop = asyncio.Event()
    with _signals(stop):
        async with running_server(config) as server:
            _tune_gc()
            _log.info(
                "started", port=server.port, udp_port=server.udp_port, rooms=len(server.node.rooms.slugs())
            )
            announce(server)
            await stop.wait()
            if config.cluster.is_on:
                await server.node.drain.run()
            _log.info("stopping")
    _log.info("stopped")


async def _drain_if_asked(node: Node) -> None:
    """Empty the node when somebody asks for it in the directory; it then waits for its end."""
    await node.presence.drain_asked.wait()
    await node.drain.run(node.presence.drain_within_ms or WITHIN_MS)


async def _open_backbone(node: Node, stack: AsyncExitStack) -> None:
    """Find what the rooms stand on, and take the node's name there."""
    stack.push_async_callback(node.backbone.close)
    try:
        await node.backbone.open()
        if node.config.cluster.is_on:
            await node.presence.claim()
            stack.push_async_callback(node.presence.end)
    except LogUnavailableError:
        raise StartError("Redis does not answer: see cluster.redis_url, its user and its password.") from None


async def _read_rooms(node: Node, plans: Iterable[RoomPlan]) -> None:
    """See that the rooms' logs can be read, while nothing has been begun yet."""
    slugs = [plan.slug for plan in plans]
    try:
        try:
            await node.rooms.add_rooms(slugs)
        except LogUnavailableError:  # one that was damaged whole: the others show now that the key is right
            await node.rooms.add_rooms(slugs)
    except LogUnavailableError:
        if node.backbone.is_up and node.backbone.drops.get(DropKind.UNSIGNED):
            raise StartError(
                "Redis holds rooms that nodes with another cluster.key_file have written: give this node the "
                "same file, or, if the key is new, stop all nodes and empty that Redis."
            ) from None
        raise StartError("Redis does not answer for every room: start it again in a moment.") from None


async def _start(config: Config, stack: AsyncExitStack) -> tuple[RunningServer, tuple[_Work, ...]]:
    """Take the ports, open the rooms, then let browsers in; `stack` undoes it all, last things first.

    Returns also what goes on beside the store for as long as the server runs.
    """
    host, is_tls = config.server.host, config.server.dev_tls
    try:
        sockets = listen(host, config.server.port)
    except ListenError as error:
        raise StartError(str(error)) from None
    for sock in sockets:
        stack.callback(sock.close)
    port: int = sockets[0].getsockname()[1]
    origins = allowed_origins(host, port, is_tls=is_tls, configured=config.server.origins)
    node, seal, tls = _make(config, origins)
    await _open_backbone(node, stack)
    try:
        store = await stack.enter_async_context(open_store(config.store.url, config.server.data_path))
        watch = StoreWatch(store.changes)
        await watch.begin()
        plans = await plan_rooms(config, store)
        await read_groups(node, store)
        await _read_series(node, store)
    except StoreError as error:
        raise StartError(say_no_store(config.store.url, config.server.data_path, error)) from None
    runner = web.AppRunner(
        build_app(node, make_host_api(node, store, origins), origins),
        access_log=None,
        logger=HTTP_LOGGER,
        shutdown_timeout=LEFTOVERS_WITHIN_S,
        keepalive_timeout=HEADERS_WITHIN_S,
        lingering_time=LINGERING_S,
        max_line_size=_LINE_MAX_BYTES,
        max_field_size=_LINE_MAX_BYTES,
        max_headers=_HEADERS_MAX,
        auto_decompress=False,
    )
    await runner.setup()
    answer_nonsense(runner, node.refused)
    stack.push_async_callback(runner.cleanup)
    await _read_rooms(node, plans)
    try:
        await stack.enter_async_context(node.media)
    except OSError as error:
        raise StartError(_say_no_udp(config.media, error)) from None
    await open_rooms(node, plans)
    lasting = await _keep_what_lasts(stack, watch, node, store, seal, plans)
    stack.push_async_callback(node.rooms.close)
    stack.push_async_callback(node.gateway.stop)
    for sock in sockets:
        site = web.SockSite(runner, sock, ssl_context=tls, backlog=ACCEPTS_AT_ONCE)
        await site.start()
        sock.listen(BACKLOG)  # asyncio has one number for those who wait and those accepted in one turn
        stack.push_async_callback(site.stop)
    stack.callback(node.readiness.say, "stopping")
    node.readiness.say()
    return RunningServer(node, host, port, is_tls=is_tls), (watch.run, lasting.run)


async def _keep_what_lasts(
    stack: AsyncExitStack,
    watch: StoreWatch,
    node: Node,
    store: SqlStore,
    seal: ReportSeal,
    plans: Iterable[RoomPlan],
) -> Lasting:
    """Carry from the rooms to the store, and from the store to the rooms."""
    clock = SystemClock()
    recorder = await stack.enter_async_context(Recorder(store, clock))
    bans = await stack.enter_async_context(BanKeeper(node.book, node.rooms, store, clock))
    reports = await stack.enter_async_context(ReportKeeper(node.book, store, seal))
    lasting = Lasting(node.rooms, clock, (recorder, bans, reports))

    def follow(plans: Iterable[RoomPlan]) -> None:
        recorder.know({plan.slug: plan.settings for plan in plans})
        lasting.follow()

    follow(plans)
    _take_up_rooms(watch, node, store, follow)
    _take_up_groups(watch, node, store, bans)
    _take_up_series(watch, node, store)
    _take_up_settings(watch, node, store)
    return lasting


def _take_up_rooms(
    watch: StoreWatch, node: Node, store: SqlStore, follow: Callable[[Iterable[RoomPlan]], None]
) -> None:
    """Let rooms that are made, renamed and closed by command be so while the server runs."""

    async def plan() -> tuple[RoomPlan, ...]:
        plans = await plan_rooms(node.config, store)
        node.lobby.show(plans)  # under their words of now
        return plans

    async def open_more(plans: tuple[RoomPlan, ...]) -> None:
        await read_groups(node, store)
        await open_rooms(node, plans)
        follow(plans)

    room_list = RoomList(node.rooms, plan, open_more)
    watch.on(ChangeKind.ROOMS, room_list.take_up)
    watch.each_time(room_list.settle)


def _take_up_settings(watch: StoreWatch, node: Node, store: SqlStore) -> None:
    """Let a closed room open as hosts have chosen at another node."""

    async def read() -> None:
        node.keeper.learn(await store.settings())

    watch.on(ChangeKind.SETTINGS, read)


def _take_up_groups(watch: StoreWatch, node: Node, store: SqlStore, bans: BanKeeper) -> None:
    """Let groups that are changed, and bans that are lifted by command, be so while the server runs."""

    async def read() -> None:
        await read_groups(node, store)
        await bans.take_up()

    for kind in (ChangeKind.GROUPS, ChangeKind.ROOMS, ChangeKind.BANS):
        watch.on(kind, read)


async def _read_series(node: Node, store: SqlStore) -> None:
    """Read the calendar at the start, which must not be guessed: a closed room would stand open."""
    try:
        node.timetable.replace_stored(await store.series.all())
    except ValueError as error:
        raise StartError(f"The store holds what cannot be read: {error}.") from None


def _take_up_series(watch: StoreWatch, node: Node, store: SqlStore) -> None:
    """Let meetings that are planned, moved and skipped by command be so while the server runs."""

    async def read() -> None:
        try:
            node.timetable.replace_stored(await store.series.all())
        except ValueError as error:
            _log.error("series_not_read", reason=str(error))  # the calendar of before holds

    watch.on(ChangeKind.SERIES, read)


def _make(config: Config, origins: Origins) -> tuple[Node, ReportSeal, ssl.SSLContext | None]:
    """Make the parts and, for development, the certificate: all that needs the data directory."""
    folder = config.server.data_path
    try:
        node, seal, tls = make_node(config, origins), open_seal(config), None
        if config.server.dev_tls:
            tls = open_tls(folder, hosts_reached_at(config.server.host), SystemClock().wall_ms())
    except OSError as error:
        raise StartError(
            f"The data directory {folder} cannot be used: {error.strerror}; choose another with --data-dir."
        ) from None
    except ValueError as error:
        raise StartError(f"A file in the data directory {folder} is damaged: {error}") from None
    return node, seal, tls


def _say_no_udp(media: MediaConfig, error: OSError) -> str:
    """Say why there is no media port, and what to do."""
    hosts = " and ".join(host for host in (media.udp_host4, media.udp_host6) if host)
    return "UDP: " + say_why(error, hosts, media.udp_port, "--udp-port")


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """Set `stop` when the process is asked to end, however often; an ignored SIGHUP (nohup) stays ignored."""
    loop = asyncio.get_running_loop()
    asked = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        asked.append(signal.SIGHUP)
    for number in asked:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in asked:
            loop.remove_signal_handler(number)


def _tune_gc() -> None:
    """Put what the start has made out of the collector's sight, and let it look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def _leave_no_core() -> None:
    """Let a crash leave no image of our memory: it has names, words and keys in it (core(5))."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _raise_descriptor_limit() -> None:
    """Take as many open files as the machine lets us: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
