"""The proxies of deploy/: their own programs take the settings, and each of them leads to a node."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from msgspec.structs import replace

from server.clock import SystemClock
from server.config import ClusterConfig, Config
from server.dev_tls import open_tls
from server.lifecycle import RunningServer, running_server
from tests.deploy.files import COMPOSE, DEPLOY, check, program, settings_of
from tests.integration.redis_server import RedisServer, free_port, running_redis
from tests.server.bus.clustered import eventually
from tests.server.nodes import node_config

NGINX: Final = DEPLOY / "nginx" / "lamplit.conf"
HAPROXY: Final = DEPLOY / "haproxy" / "haproxy.cfg"
CADDY: Final = COMPOSE / "Caddyfile"
WITHIN_S: Final = 20.0

Ports = tuple[int, int]
Proxied = Callable[[Path, Ports], AbstractAsyncContextManager[str]]


def node_ports() -> list[str]:
    return [settings_of(DEPLOY / "systemd" / f"{node}.env")["LAMPLIT_SERVER__PORT"] for node in ("n1", "n2")]


@pytest.mark.parametrize("file", [NGINX, HAPROXY])
def test_it_leads_to_the_nodes_of_this_machine(file: Path) -> None:
    asked = re.findall(r"server (?:n\d )?127\.0\.0\.1:(\d+)", file.read_text())
    assert asked == node_ports() * (len(asked) // 2)
    assert asked


def test_caddy_leads_to_the_nodes_of_compose() -> None:
    assert re.findall(r"reverse_proxy (?:/\S+ )?(.+) {", CADDY.read_text()) == ["node1:8080 node2:8080"] * 2


@pytest.mark.parametrize(
    ("file", "lines"),
    [
        (
            NGINX,
            ["access_log off;", "proxy_set_header X-Forwarded-For $remote_addr;", "location = /metrics {"],
        ),
        (HAPROXY, ["no log", "set-header X-Forwarded-For %[src]", "deny_status 404 if { path /metrics }"]),
        (CADDY, ["exclude http.log.access http.log.error", "respond /metrics 404", "health_uri /readyz"]),
    ],
)
def test_no_address_is_logged_or_believed_and_counts_are_not_shown(file: Path, lines: list[str]) -> None:
    for line in lines:
        assert line in file.read_text()


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[RunningServer]:
    config = node_config(tmp_path, origins=["https://meet.example"], trusted_proxies=["127.0.0.1/32"])
    async with running_server(config) as server:
        yield server


def certificate(folder: Path) -> Path:
    """Make a certificate; return the file that holds it with its key."""
    (folder / "tls").mkdir()
    open_tls(folder / "tls", ("127.0.0.1",), SystemClock().wall_ms())
    (file,) = (folder / "tls").iterdir()
    return file


def fill(text: str, words: dict[str, str]) -> str:
    """Put this machine's words in the place of the file's, each of which must be there."""
    for before, after in words.items():
        assert before in text, before
        text = text.replace(before, after)
    return text


@asynccontextmanager
async def proxy(url: str, *command: str | Path, **environment: str) -> AsyncIterator[None]:
    """Run a proxy until the context ends; it begins when the proxy answers."""
    process = await asyncio.create_subprocess_exec(
        *command, env={"PATH": "/usr/bin:/bin", **environment}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with aiohttp.ClientSession() as http, asyncio.timeout(WITHIN_S):
            while not await _answers(http, url):
                assert process.returncode is None, "it ended by itself"
                await asyncio.sleep(0.05)  # nothing tells when it is ready
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(f"{url}/healthz", ssl=False) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def try_as_a_browser(url: str) -> None:
    """Open the page, a WebSocket, and what nobody outside may see; one of the two nodes is not there."""
    async with aiohttp.ClientSession() as http:
        for _ in range(4):
            async with http.get(f"{url}/", ssl=False) as answer:
                assert answer.status == 200
                assert "max-age=" in answer.headers["Strict-Transport-Security"]
        async with http.get(f"{url}/metrics", ssl=False) as answer:
            assert answer.status == 404
        path = f"{url}/socket.io/?EIO=4&transport=websocket"
        async with http.ws_connect(path, ssl=False, origin="https://meet.example") as socket:
            assert (await socket.receive_str()).startswith("0{")
            await socket.send_str('40{"protocol":1}')
            assert (await socket.receive_str()).startswith("40")


@asynccontextmanager
async def nginx(folder: Path, ports: Ports) -> AsyncIterator[str]:
    """Run nginx with the file of deploy/ in front of two nodes; yields its address."""
    command, port, pem = program("nginx"), str(free_port()), str(certificate(folder))
    words = {
        "127.0.0.1:8081": f"127.0.0.1:{ports[0]}",
        "127.0.0.1:8082": f"127.0.0.1:{ports[1]}",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "/etc/ssl/lamplit/meet.example.pem": pem,
        "/etc/ssl/lamplit/meet.example.key": pem,
        "/var/log/nginx/lamplit.log": str(folder / "log"),
    }
    site = folder / "site.conf"
    site.write_text(fill(NGINX.read_text(), words))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    whole = folder / "nginx.conf"
    whole.write_text(f"daemon off; pid {folder / 'pid'}; events {{}} http {{ {folders} include {site}; }}")
    check(command, "-t", "-e", folder / "errors", "-c", whole)
    url = f"https://127.0.0.1:{port}"
    async with proxy(url, command, "-e", folder / "errors", "-c", whole):
        yield url
    assert (folder / "log").read_text() == ""


@asynccontextmanager
async def haproxy(folder: Path, ports: Ports) -> AsyncIterator[str]:
    """Run HAProxy likewise."""
    command, port, pem = program("haproxy"), str(free_port()), str(certificate(folder))
    words = {
        "127.0.0.1:8081": f"127.0.0.1:{ports[0]}",
        "127.0.0.1:8082": f"127.0.0.1:{ports[1]}",
        "maxconn 20000": "maxconn 100",
        "bind :80\n": f"bind 127.0.0.1:{free_port()}\n",
        "bind :443": f"bind 127.0.0.1:{port}",
        "/etc/haproxy/meet.example.pem": pem,
    }
    file = folder / "haproxy.cfg"
    file.write_text(fill(HAPROXY.read_text(), words))
    check(command, "-c", "-f", file)
    url = f"https://127.0.0.1:{port}"
    async with proxy(url, command, "-db", "-f", file):
        yield url


@asynccontextmanager
async def caddy(folder: Path, ports: Ports) -> AsyncIterator[str]:
    """Run Caddy likewise, without its TLS, for which it would ask somebody else."""
    command, url = program("caddy"), f"http://127.0.0.1:{free_port()}"
    words = {"node1:8080": f"127.0.0.1:{ports[0]}", "node2:8080": f"127.0.0.1:{ports[1]}"}
    file = folder / "Caddyfile"
    file.write_text(fill(CADDY.read_text(), words))
    environment = {"PLACE": url, "ACME_MAIL": "you@meet.example", "HOME": str(folder)}
    async with proxy(url, command, "run", "--config", file, "--adapter", "caddyfile", **environment):
        yield url


@pytest.mark.parametrize("running", [nginx, haproxy, caddy])
async def test_it_leads_a_browser_to_a_node(tmp_path: Path, node: RunningServer, running: Proxied) -> None:
    async with running(tmp_path, (node.port, free_port())) as url:
        await try_as_a_browser(url)


class Halves:
    """Two nodes, each with a Redis of its own, so that either may lose it alone."""

    def __init__(
        self, nodes: tuple[RunningServer, RunningServer], redis: tuple[RedisServer, RedisServer]
    ) -> None:
        self.nodes = nodes
        self.redis = redis

    async def lose(self, which: int) -> None:
        """End a Redis, and wait until its node has noticed."""
        await self.redis[which].kill()
        await eventually(lambda: self._lacks_redis(which))

    async def _lacks_redis(self, which: int) -> bool:
        async with aiohttp.ClientSession() as http, http.get(f"{self.nodes[which].url}readyz") as answer:
            return "redis" in (await answer.json())["reasons"]


@pytest.fixture
async def halves(tmp_path: Path) -> AsyncIterator[Halves]:
    """Start them."""
    async with AsyncExitStack() as stack:
        redis = [await stack.enter_async_context(running_redis()) for _ in range(2)]
        nodes = [
            await stack.enter_async_context(running_server(clustered(tmp_path / f"n{number}", one.url)))
            for number, one in enumerate(redis, start=1)
        ]
        yield Halves((nodes[0], nodes[1]), (redis[0], redis[1]))


def clustered(folder: Path, redis_url: str) -> Config:
    folder.mkdir()
    key = folder / "cluster.key"
    key.write_bytes(bytes(range(48)))
    key.chmod(0o600)
    config = node_config(folder, origins=["https://meet.example"], trusted_proxies=["127.0.0.1/32"])
    return replace(config, cluster=ClusterConfig(redis_url=redis_url, key_file=str(key)))


async def come(url: str, count: int) -> tuple[set[int], set[int]]:
    """Let so many load a page and open a WebSocket; return both statuses. All stay until the last comes."""
    pages, sockets = set(), set()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        for _ in range(count):
            async with http.get(f"{url}/m/talk", ssl=False) as answer:
                pages.add(answer.status)
            path = f"{url}/socket.io/?EIO=4&transport=websocket"
            try:
                await stack.enter_async_context(
                    http.ws_connect(path, ssl=False, origin="https://meet.example")
                )
                sockets.add(101)
            except aiohttp.WSServerHandshakeError as error:
                sockets.add(error.status)
    return pages, sockets


@pytest.mark.long
@pytest.mark.parametrize("running", [nginx, haproxy, caddy])
@pytest.mark.parametrize("first", [0, 1])
async def test_without_redis_it_goes_on_showing_the_page(
    tmp_path: Path, halves: Halves, running: Proxied, first: int
) -> None:
    ports = (halves.nodes[0].port, halves.nodes[1].port)
    async with running(tmp_path, ports) as url:
        assert await come(url, 6) == ({200}, {101})
        await halves.lose(first)

        async def all_get_in() -> bool:
            """Caddy asks every two seconds; whoever comes meanwhile may have to try again."""
            pages, sockets = await come(url, 6)  # the node that takes nobody is the one with the fewest
            assert pages == {200}
            return sockets == {101}

        await eventually(all_get_in)

        await halves.lose(1 - first)
        pages, sockets = await come(url, 4)  # they must not make a proxy believe that there is no node at all
        assert pages == {200}
        assert sockets <= {502, 503}

        await halves.redis[first].start()
        await eventually(all_get_in)


def test_caddy_takes_the_settings_with_names_for_the_nodes(tmp_path: Path) -> None:
    caddy = program("caddy")
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "nodes.caddy").write_text((COMPOSE / "sites" / "nodes.example").read_text())
    (tmp_path / "Caddyfile").write_text(CADDY.read_text())
    environment = {"PLACE": "meet.example", "ACME_MAIL": "you@meet.example", "HOME": str(tmp_path)}
    check(caddy, "validate", "--config", tmp_path / "Caddyfile", "--adapter", "caddyfile", **environment)
