"""Three local nodes, a Redis and a proxy on one address: a small cluster to look at, with one command.

    python tools/nodes.py [--port 8080] [--nodes 3]

Every line of the log begins with its node's name. Stop it with Ctrl-C, or end one node by its process id and
watch. Nothing is kept: the store, the keys and Redis' memory are in a folder that is gone afterwards.
"""

import argparse
import asyncio
import itertools
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Final, Protocol

import aiohttp
from aiohttp import WSMsgType, web

ROOT: Final = Path(__file__).resolve().parent.parent
LOOK_S: Final = 0.25  # between two looks at each node's readiness
STOP_WITHIN_S: Final = 30.0
COLOURS: Final = (36, 33, 35, 32, 34, 31)
_PROXY: Final = "proxy"
_OWN_ADDRESS: Final = b"Lamplit is on."
_OWN: Final = frozenset(
    {"connection", "transfer-encoding", "content-length", "host", "keep-alive", "upgrade"}
)
"""Headers that are between two neighbours only (RFC 9110 section 7.6.1), and those written anew."""


class LocalNode:
    """One node process, and whether people may be sent to it."""

    def __init__(self, name: str, colour: int, folder: Path, redis_port: int, public_port: int) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.is_ready = False
        self.child: Process | None = None
        self._colour = colour
        self._path = folder / f"{name}.toml"
        self._path.write_text(
            f'[server]\nport = {self.port}\ndata_dir = "{folder / "data"}"\n'
            'trusted_proxies = ["127.0.0.0/8"]\n'
            f'origins = ["http://127.0.0.1:{public_port}", "http://localhost:{public_port}"]\n\n'
            f'[cluster]\nredis_url = "redis://127.0.0.1:{redis_port}"\n'
            f'key_file = "{folder / "cluster.key"}"\nnode_name = "{name}"\n\n'
            "[media]\nudp_port = 0\n\n[limits]\nconnections_per_address = 500\n"
            "connects_per_s_per_address = 100\nconnects_burst_per_address = 500\n",
            encoding="utf-8",
        )

    async def run(self) -> None:
        """Start it, pass its log on, and start it again when it has ended, until cancelled."""
        while True:
            self.child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "server", "serve", "--config", str(self._path)),
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=PIPE,
                stderr=STDOUT,
                start_new_session=True,  # Ctrl-C is for this program: it ends them in order
            )
            say(self.name, self._colour, f"process {self.child.pid}")
            stdout = self.child.stdout
            while stdout is not None and (line := await stdout.readline()):
                if _OWN_ADDRESS not in line:  # there is one for all of them
                    say(self.name, self._colour, line.decode(errors="replace").rstrip())
            code = await self.child.wait()
            self.is_ready = False
            say(self.name, self._colour, f"has ended ({code}); it is started again")
            await asyncio.sleep(1)

    async def look(self, http: aiohttp.ClientSession) -> None:
        """Ask again and again whether people may be sent to it, as a load balancer does, until cancelled."""
        while True:
            try:
                async with http.get(f"{self.url}/readyz") as answer:
                    self.is_ready = answer.status == web.HTTPOk.status_code
            except (aiohttp.ClientError, OSError, TimeoutError):
                self.is_ready = False
            await asyncio.sleep(LOOK_S)

    async def ask(self, *words: str) -> str:
        """Run a command of the operator's with this node's configuration; return what it prints."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server", *words, "--config", str(self._path)),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
        )
        text, _ = await child.communicate()
        return text.decode(errors="replace").strip()

    async def stop(self) -> None:
        """End the process, and only that."""
        await end(self.child)


class Behind(Protocol):
    """What the proxy needs of a node."""

    url: str

    @property
    def is_ready(self) -> bool:
        """Whether people may be sent to it."""
        ...


class Proxy:
    """Sends each request to the next node that is ready, and each WebSocket to the next one that takes it."""

    def __init__(self, nodes: Sequence[Behind], http: aiohttp.ClientSession) -> None:
        self._nodes = nodes
        self._http = http
        self._turns = itertools.count()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Pass one request on."""
        ready = [node for node in self._nodes if node.is_ready]
        if not ready:
            return web.Response(status=503, text="No node takes anybody just now.\n")
        first = next(self._turns) % len(ready)
        urls = [f"{node.url}{request.raw_path}" for node in (*ready[first:], *ready[:first])]
        headers = {name: text for name, text in request.headers.items() if name.lower() not in _OWN}
        headers["Host"] = request.host
        headers["X-Forwarded-For"] = request.remote or "127.0.0.1"
        try:
            if request.headers.get("Upgrade", "").lower() == "websocket":
                return await self._join(request, urls, headers)
            return await self._pass_on(request, urls[0], headers)
        except (aiohttp.ClientError, OSError):
            return web.Response(status=502, text="The node is gone.\n")

    async def _pass_on(self, request: web.Request, url: str, headers: dict[str, str]) -> web.Response:
        async with self._http.request(
            request.method, url, headers=headers, data=await request.read(), allow_redirects=False
        ) as answer:
            kept = [(name, text) for name, text in answer.headers.items() if name.lower() not in _OWN]
            body = await answer.read()
            response = web.Response(status=answer.status, body=body)
            response.headers.clear()
            for name, text in kept:
                response.headers.add(name, text)
            return response

    async def _join(
        self, request: web.Request, urls: Sequence[str], headers: dict[str, str]
    ) -> web.StreamResponse:
        inner = await self._dial(urls, headers)
        if inner is None:
            return web.Response(status=503, text="No node lets anybody in just now.\n")
        async with inner:
            outer = web.WebSocketResponse(compress=False, max_msg_size=0)
            await outer.prepare(request)
            async with asyncio.TaskGroup() as group:
                ways = [group.create_task(way) for way in (copy(outer, inner), copy(inner, outer))]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
            await outer.close()
        return outer

    async def _dial(
        self, urls: Sequence[str], headers: dict[str, str]
    ) -> aiohttp.ClientWebSocketResponse | None:
        """Open a WebSocket at the first node that takes it: also a ready one may refuse it, with 503."""
        sent = {name: text for name, text in headers.items() if not name.lower().startswith("sec-websocket")}
        for url in urls:
            try:
                return await self._http.ws_connect(url, headers=sent, max_msg_size=0)
            except aiohttp.WSServerHandshakeError as error:
                if error.status != web.HTTPServiceUnavailable.status_code:
                    raise
        return None


async def copy(
    source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    target: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
) -> None:
    """Pass messages on until the source ends."""
    while True:
        message = await source.receive()
        if message.type is WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await target.send_bytes(message.data)
        else:
            return


def say(name: str, colour: int, text: str) -> None:
    """Print a line under its node's name."""
    painted = f"\033[{colour}m{name:>6}\033[0m" if sys.stdout.isatty() else f"{name:>6}"
    print(f"{painted}  {text}", flush=True)


def free_port() -> int:
    """Return a TCP port of loopback that nobody has at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


async def end(child: Process | None) -> None:
    """End a process that was started here: kindly, and without a word after a while."""
    if child is None or child.returncode is not None:
        return
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), STOP_WITHIN_S)
    except TimeoutError:
        child.kill()
        await child.wait()


async def start_redis(program: str, folder: Path, port: int, stack: AsyncExitStack) -> None:
    """Start a Redis that keeps nothing on the disk, and wait until it answers."""
    child = await asyncio.create_subprocess_exec(
        *(program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    stack.push_async_callback(end, child)
    async with asyncio.timeout(STOP_WITHIN_S):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def run(port: int, count: int, redis: str) -> None:
    """Run everything until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lamplit-nodes-")))
        (folder / "cluster.key").write_bytes(secrets.token_bytes(48))
        (folder / "cluster.key").chmod(0o600)
        redis_port = free_port()
        await start_redis(redis, folder, redis_port, stack)
        nodes = [
            LocalNode(f"n{place + 1}", COLOURS[place % len(COLOURS)], folder, redis_port, port)
            for place in range(count)
        ]
        http = await stack.enter_async_context(aiohttp.ClientSession(auto_decompress=False))
        app = web.Application(client_max_size=1024**2)
        app.router.add_route("*", "/{path:.*}", Proxy(nodes, http).serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", port).start()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(node.look(http)) for node in nodes]
            tasks.append(group.create_task(nodes[0].run()))
            tasks.append(group.create_task(tell_when_ready(nodes, port)))
            while not nodes[0].is_ready and not stop.is_set():  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(LOOK_S)  # it makes the store; the others find it
            tasks.extend(group.create_task(node.run()) for node in nodes[1:])
            await stop.wait()
            say(_PROXY, 0, "everything is ended now")
            for task in tasks:
                task.cancel()
        await asyncio.gather(*(node.stop() for node in nodes))


async def tell_when_ready(nodes: list[LocalNode], port: int) -> None:
    """Say where the place is and how to look after it, once every node is there."""
    while not all(node.is_ready for node in nodes):  # noqa: ASYNC110 - they are other processes
        await asyncio.sleep(LOOK_S)
    address = f"http://127.0.0.1:{port}"
    say(_PROXY, 0, f"{len(nodes)} nodes are one place. Open {address}/ in a browser; Ctrl-C ends it all.")
    say(_PROXY, 0, f"To be a host there, open {await nodes[0].ask('host-link', 'talk', '--url', address)}")
    operator = await nodes[0].ask("operator-link", "--url", address)
    say(_PROXY, 0, f"To see the nodes and to empty one, open {operator}")


def main() -> int:
    """Read the arguments and run; the result is the exit code."""
    parser = argparse.ArgumentParser(description="Run a small cluster on this machine.")
    parser.add_argument("--port", type=int, default=8080, help="of the one address (default: 8080)")
    parser.add_argument("--nodes", type=int, default=3, help="how many (default: 3)")
    chosen = parser.parse_args()
    redis = shutil.which("redis-server")
    if redis is None:
        print("nodes: there is no redis-server; `make redis` installs it", file=sys.stderr)
        return 2
    try:
        asyncio.run(run(chosen.port, chosen.nodes, redis))
    except OSError as error:
        print(f"nodes: {error.strerror or error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
