"""The one way to Redis: one server, one that Sentinels point to, or a Cluster; with TLS and ACL users.

A command gets one second and is never sent twice: after a silence it is not known whether it was carried out,
and only its author knows what to do then. `tests/server/bus/test_link.py` freezes a server to show it.
While the link is down, commands fail at once, so that nobody waits for a second each.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

from redis import RedisError
from redis.asyncio import BlockingConnectionPool, Connection, Redis, RedisCluster, SSLConnection
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import AbstractConnection, UnixDomainSocketConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import AskError, NoScriptError, RedisClusterException, ResponseError, TryAgainError

from server.bus.counts import BusCounts
from server.config import ClusterConfig
from server.config_sources import ConfigError
from server.logs import log_for
from server.ports import LogUnavailableError

Word = str | bytes | int
Place = tuple[str, int]
"""Host and port of a server; `NOWHERE` for the only one there is."""

NOWHERE: Final = ("", 0)
COMMAND_S: Final = 1.0
BEAT_S: Final = 1.0
AGAIN_S: Final = 0.25  # between tries while Redis is away
COPY_MS: Final = 100  # for a replica to say that it has a ruling; in one data centre it takes one or two
_COPY_AGAIN_S: Final = 1.0  # after a replica that did not: until then one millisecond must do
CONNECTIONS: Final = 32
REDIS_PORT: Final = 6379
SENTINEL_PORT: Final = 26_379
_SENTINEL_S: Final = 0.3  # for one of them: a dead one must not use up a command's second

AWAY: Final = (RedisError, RedisClusterException, OSError, TimeoutError)
"""What redis-py raises where Redis does not answer. The second is of a family of its own."""

_log = log_for("redis")


_Result = TypeVar("_Result")


async def heeding(work: Awaitable[_Result]) -> _Result:
    """Wait for something of redis-py's, and be cancelled where that was asked for meanwhile.

    It sends by `asyncio.wait_for`, which on Python 3.11 forgets a cancellation that comes just as it is done,
    or just as it fails; a loop around it would then never end.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        return await work
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError


class WrongKindError(LogUnavailableError):
    """One of the keys holds something of another kind than we write."""


async def leave_once(moved: asyncio.Event) -> None:
    """Wait for `RedisLink.moved`, beside what uses a connection.

    Raises:
        ConnectionError: the connection leads to the wrong server.
    """
    await moved.wait()
    raise ConnectionError


class RedisTarget(NamedTuple):
    """What a `redis_url` says.

    Attributes:
        kind: one server, one behind Sentinels, or a Cluster.
        hosts: host and port of the server, the Sentinels, or some nodes of the Cluster.
        path: of a socket file, in place of hosts.
        service: what the Sentinels call the server.
        db: number of the database, 0 where the kind has no others.
        is_tls: whether connections are encrypted.
    """

    kind: str
    hosts: tuple[tuple[str, int], ...] = ()
    path: str = ""
    service: str = ""
    db: int = 0
    is_tls: bool = False


def read_target(url: str) -> RedisTarget:
    """Read a `redis_url` that `server.config.ClusterConfig` has let through."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return RedisTarget("single", path=parts.path)
    scheme, _, kind = parts.scheme.partition("+")
    hosts = tuple(
        (one.hostname or "", one.port or (SENTINEL_PORT if kind == "sentinel" else REDIS_PORT))
        for one in (urlsplit(f"//{text}") for text in parts.netloc.split(","))
    )
    rest = parts.path.strip("/")
    return RedisTarget(
        kind or "single",
        hosts,
        service=rest if kind == "sentinel" else "",
        db=int(rest) if rest.isdigit() and not kind else 0,
        is_tls=scheme == "rediss",
    )


class Script:
    """A Lua script, sent in full only where the server does not know it yet."""

    __slots__ = ("sha", "text")

    def __init__(self, text: str) -> None:
        """Take the text."""
        self.text = text
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()  # Redis names it so


class RedisLink:
    """Connections to Redis, and whether it answers.

    Attributes:
        moved: set, and replaced by another one, when the Sentinels name another master. Whoever has a
            connection of its own took this before, and leaves: a master that died and came back is alive.
    """

    def __init__(self, config: ClusterConfig, command_s: float = COMMAND_S) -> None:
        """Connect nowhere yet; a command gets `command_s`.

        Raises:
            ConfigError: the file with the password cannot be read.
        """
        self.target = read_target(config.redis_url)
        self._command_s = command_s
        self._options = _connection_options(config, self.target, command_s)
        self._watchers = _make_watchers(self.target, self._options)
        self._client: Redis | RedisCluster = _make_client(self.target, self._options, self._watchers)
        self._callbacks: list[Callable[[bool], None]] = []
        self._is_up = False
        self._is_refused = False
        self._patient_at_s = 0.0
        self._master: Place | None = None
        self.moved = asyncio.Event()
        self.counts: Final = BusCounts()

    @property
    def is_up(self) -> bool:
        """Whether Redis answered last time."""
        return self._is_up

    @property
    def is_writable(self) -> bool:
        """Whether Redis is there, and the last script, which all write, was not refused.

        A server that is full, loads its dump or has become a replica answers, and takes nothing.
        """
        return self._is_up and not self._is_refused

    @property
    def is_cluster(self) -> bool:
        """Whether keys are spread over several servers, and channels with them."""
        return self.target.kind == "cluster"

    def on_change(self, callback: Callable[[bool], None]) -> None:
        """Call back whenever Redis is lost (False) or there again (True). It must not wait."""
        self._callbacks.append(callback)

    async def command(self, *words: Word) -> object:
        """Carry out one command, once.

        Raises:
            LogUnavailableError: no answer within a second, or a refusal; it may have been carried out.
        """
        if not self._is_up:
            raise LogUnavailableError
        try:
            return await self._send(*words)
        except ResponseError as error:
            self._refuse(error)
            raise LogUnavailableError from None

    async def script(
        self, script: Script, keys: Sequence[str], words: Sequence[Word], *, wants_copy: bool = False
    ) -> object:
        """Run a script, once. All keys lie in one slot.

        With `wants_copy` it also waits until a replica has what was written, `COPY_MS` at most, where servers
        may fail over. The answer is the same without: what nobody has a copy of is counted, not undone.

        Raises:
            LogUnavailableError: no answer within a second, or a refusal; it may have been carried out.
            WrongKindError: refused for what one of the keys holds.
        """
        if not self._is_up:
            raise LogUnavailableError
        send = self._send_copied if wants_copy and self.target.kind != "single" else self._send
        try:
            try:
                answer = await send("EVALSHA", script.sha, len(keys), *keys, *words)
            except NoScriptError:  # it was not run: a server that has just started knows none
                answer = await send("EVAL", script.text, len(keys), *keys, *words)
        except ResponseError as error:
            self._is_refused = True
            self._refuse(error)
            raise WrongKindError if _code(error) == "WRONGTYPE" else LogUnavailableError from None
        self._is_refused = False
        return answer

    async def look(self) -> bool:
        """Ask whether Redis is there."""
        try:
            if isinstance(self._client, RedisCluster):
                await self._look_around(self._client)
            else:
                await self._follow_master(self._client)
                await self._send("PING")
        except (LogUnavailableError, ResponseError):
            self._say(is_up=False)
        else:
            self._say(is_up=True)
        return self._is_up

    async def _follow_master(self, client: Redis) -> None:
        """Leave a master that is none any more, though it answers: Sentinels tell it so ten seconds later."""
        pool = client.connection_pool
        if not isinstance(pool, SentinelConnectionPool):
            return
        try:
            async with asyncio.timeout(self._command_s):
                asked = pool.get_master_address()  # type: ignore[no-untyped-call]  # drops idle connections
                master: Place = await heeding(asked)
        except AWAY:
            return
        if self._master not in {None, master}:
            moved, self.moved = self.moved, asyncio.Event()
            moved.set()
        self._master = master

    async def _look_around(self, cluster: RedisCluster) -> None:
        """See that some master of a Cluster answers: one that is dead takes its own slots along, not all.

        Raises:
            LogUnavailableError: none does.
        """

        async def ask(node: ClusterNode) -> bool:
            try:
                async with asyncio.timeout(self._command_s):
                    await heeding(node.execute_command("PING"))
            except AWAY:
                return False
            return True

        try:
            async with asyncio.timeout(self._command_s):
                await heeding(cluster.initialize())
        except AWAY:
            raise LogUnavailableError from None
        if not any(await asyncio.gather(*map(ask, cluster.get_primaries()))):
            raise LogUnavailableError

    async def run(self) -> None:
        """Ask every second whether Redis is there, until cancelled."""
        while True:
            await asyncio.sleep(BEAT_S if self._is_up else AGAIN_S)
            await self.look()

    async def place_of(self, channel: str) -> Place:
        """Return where a channel is heard: in a Cluster at the server that has its slot.

        Raises:
            LogUnavailableError: that is not known at present.
        """
        if isinstance(self._client, RedisCluster):
            try:
                async with asyncio.timeout(self._command_s):
                    await heeding(self._client.initialize())
                    node = self._client.get_node_from_key(channel)
            except AWAY:
                raise LogUnavailableError from None
            if node is None:
                raise LogUnavailableError
            return node.host, int(node.port)
        return NOWHERE

    async def relearn(self) -> None:
        """Ask a Cluster which server has which slots now; elsewhere there is nothing to ask.

        Raises:
            LogUnavailableError: none of them says.
        """
        if isinstance(self._client, RedisCluster):
            try:
                async with asyncio.timeout(self._command_s):
                    await heeding(self._client.nodes_manager.initialize())
            except AWAY:
                raise LogUnavailableError from None

    async def dial(self, place: Place = NOWHERE) -> AbstractConnection:
        """Return a connection for subscriptions; whoever asked for it disconnects it.

        Raises:
            LogUnavailableError: it could not be made.
        """
        if isinstance(self._client, Redis):
            pool = self._client.connection_pool
            connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
        else:
            kind = SSLConnection if self.target.is_tls else Connection
            connection = kind(host=place[0], port=place[1], **self._options)
        try:
            async with asyncio.timeout(self._command_s):
                await heeding(connection.connect())  # type: ignore[no-untyped-call]
        except AWAY:
            await connection.disconnect(nowait=True)
            raise LogUnavailableError from None
        except asyncio.CancelledError:  # redis-py leaves it half open then
            await connection.disconnect(nowait=True)
            raise
        return connection

    async def close(self) -> None:
        """Let go of every connection."""
        await self._client.aclose()
        if isinstance(self._client, RedisCluster):  # after a failed command it believes to be closed already
            await self._client.nodes_manager.aclose()
            await self._client.nodes_manager.aclose("startup_nodes")
        for watcher in self._watchers.sentinels if self._watchers else ():
            await watcher.aclose()

    async def _send(self, *words: Word) -> object:
        try:
            async with asyncio.timeout(self._command_s):
                answer: object = await heeding(self._client.execute_command(*words))
        except ResponseError:
            raise
        except AWAY:
            if not self.is_cluster:  # there it is one server of several
                self._say(is_up=False)
            raise LogUnavailableError from None
        return answer

    async def _send_copied(self, *words: Word) -> object:
        """Send a script, and right behind it the question whether a replica has what it wrote.

        `WAIT` is about what its own connection has written, so the two go by one. Where nobody had a copy a
        moment ago nobody is waited for, or each ruling of a room would take `COPY_MS` until one is back.
        """
        loop = asyncio.get_running_loop()
        wait_ms = COPY_MS if loop.time() >= self._patient_at_s else 1
        try:
            async with asyncio.timeout(self._command_s):
                answer, copies = await heeding(self._send_both(words, ("WAIT", 1, wait_ms)))
        except AWAY:
            answer, copies = LogUnavailableError(), 0
        if isinstance(answer, AskError | TryAgainError):  # its slot has moved: the usual way finds it
            answer, copies = await self._send(*words), 0
        if isinstance(answer, ResponseError):
            raise answer
        if isinstance(answer, Exception):
            if not self.is_cluster:
                self._say(is_up=False)
            raise LogUnavailableError from None
        if not isinstance(copies, int) or copies < 1:
            self.counts.uncopied += 1
            self._patient_at_s = loop.time() + _COPY_AGAIN_S
            if isinstance(copies, ResponseError):
                self._refuse(copies)
        return answer

    async def _send_both(self, first: Sequence[Word], second: Sequence[Word]) -> tuple[object, object]:
        """Send two commands at once by one connection, and return the answers or what went wrong."""
        if isinstance(self._client, RedisCluster):
            await self._client.initialize()
            node = self._client.get_node_from_key(str(first[3]))
            many = self._client.pipeline()
            for words in (first, second):
                many.execute_command(*words, target_nodes=node)
            answers = await many.execute(raise_on_error=False, allow_redirections=False)
        else:
            async with self._client.pipeline(transaction=False) as pipe:
                for words in (first, second):
                    pipe.execute_command(*words)
                answers = await pipe.execute(raise_on_error=False)
        return answers[0], answers[1]

    def _refuse(self, error: ResponseError) -> None:
        self.counts.refused += 1
        _log.warning("refused", word=_code(error))

    def _say(self, *, is_up: bool) -> None:
        if is_up == self._is_up:
            return
        self._is_up = is_up
        if is_up:
            _log.info("redis_there")
        else:
            self.counts.outages += 1
            _log.warning("redis_gone")
        for callback in tuple(self._callbacks):
            callback(is_up)


def _code(error: ResponseError) -> str:
    """Return what kind of refusal it is, such as WRONGTYPE; the rest may tell keys or addresses.

    The library takes the code off those that it has a class for, such as OutOfMemoryError.
    """
    if type(error) is not ResponseError or not error.args:
        return type(error).__name__
    return str(error.args[0]).partition(" ")[0][:20]


def _connection_options(config: ClusterConfig, target: RedisTarget, command_s: float) -> dict[str, Any]:
    options: dict[str, Any] = {
        "socket_timeout": command_s,
        "socket_connect_timeout": command_s,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }
    if config.redis_user:
        options["username"] = config.redis_user
    if config.redis_password_file:
        options["password"] = _read_password(config.redis_password_file)
    if target.is_tls and config.redis_ca_file:
        options["ssl_ca_certs"] = config.redis_ca_file
    return options


def _read_password(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(f"cluster.redis_password_file: {file} cannot be read: {why}") from None


def _make_watchers(target: RedisTarget, options: dict[str, Any]) -> Sentinel | None:
    """Return those who know which server is the master. They have no users of ours."""
    if target.kind != "sentinel":
        return None
    words: dict[str, Any] = {"socket_timeout": _SENTINEL_S, "socket_connect_timeout": _SENTINEL_S}
    if target.is_tls:
        words |= {key: options[key] for key in ("ssl_ca_certs",) if key in options} | {"ssl": True}
    return Sentinel(target.hosts, sentinel_kwargs=words)  # type: ignore[no-untyped-call]


def _make_client(
    target: RedisTarget, options: dict[str, Any], watchers: Sentinel | None
) -> Redis | RedisCluster:
    pooled = {**options, "max_connections": CONNECTIONS, "timeout": COMMAND_S}
    match target.kind:
        case "cluster":
            nodes = [ClusterNode(host, port) for host, port in target.hosts]
            # A slot that has moved is one slot; the client must not drop all its connections for it.
            return RedisCluster(startup_nodes=nodes, ssl=target.is_tls, reinitialize_steps=0, **options)
        case "sentinel" if watchers is not None:
            found: Redis = watchers.master_for(
                target.service, ssl=target.is_tls, max_connections=CONNECTIONS, **options
            )
            return found
    if target.path:
        return Redis.from_pool(
            BlockingConnectionPool(connection_class=UnixDomainSocketConnection, path=target.path, **pooled)
        )
    host, port = target.hosts[0]
    kind = SSLConnection if target.is_tls else Connection
    return Redis.from_pool(
        BlockingConnectionPool(connection_class=kind, host=host, port=port, db=target.db, **pooled)
    )
