"""The proxies of deploy/: their own programs take the settings, and each of them leads to a node."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from server.clock import SystemClock
from server.dev_tls import open_tls
from server.lifecycle import RunningServer, running_server
from tests.deploy.files import COMPOSE, DEPLOY, check, program, settings_of
from tests.integration.redis_server import free_port
from tests.server.nodes import node_config

NGINX: Final = DEPLOY / "nginx" / "lamplit.conf"
HAPROXY: Final = DEPLOY / "haproxy" / "haproxy.cfg"
CADDY: Final = COMPOSE / "Caddyfile"
WITHIN_S: Final = 20.0


def node_ports() -> list[str]:
    return [settings_of(DEPLOY / "systemd" / f"{node}.env")["LAMPLIT_SERVER__PORT"] for node in ("n1", "n2")]


@pytest.mark.parametrize("file", [NGINX, HAPROXY])
def test_it_leads_to_the_nodes_of_this_machine(file: Path) -> None:
    assert re.findall(r"server (?:n\d )?127\.0\.0\.1:(\d+)", file.read_text()) == node_ports()


def test_caddy_leads_to_the_nodes_of_compose() -> None:
    assert "reverse_proxy node1:8080 node2:8080 {" in CADDY.read_text()


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


async def test_nginx_leads_a_browser_to_a_node(tmp_path: Path, node: RunningServer) -> None:
    nginx, port, pem = program("nginx"), str(free_port()), str(certificate(tmp_path))
    words = {
        "127.0.0.1:8081": f"127.0.0.1:{node.port}",
        "127.0.0.1:8082": f"127.0.0.1:{free_port()}",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "/etc/ssl/lamplit/meet.example.pem": pem,
        "/etc/ssl/lamplit/meet.example.key": pem,
        "/var/log/nginx/lamplit.log": str(tmp_path / "log"),
    }
    site = tmp_path / "site.conf"
    site.write_text(fill(NGINX.read_text(), words))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {tmp_path / kind};" for kind in kinds)
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"daemon off; pid {tmp_path / 'pid'}; events {{}} http {{ {folders} include {site}; }}")
    check(nginx, "-t", "-e", tmp_path / "errors", "-c", whole)
    url = f"https://127.0.0.1:{port}"
    async with proxy(url, nginx, "-e", tmp_path / "errors", "-c", whole):
        await try_as_a_browser(url)
    assert (tmp_path / "log").read_text() == ""


async def test_haproxy_leads_a_browser_to_a_node(tmp_path: Path, node: RunningServer) -> None:
    haproxy, port, pem = program("haproxy"), str(free_port()), str(certificate(tmp_path))
    words = {
        "127.0.0.1:8081": f"127.0.0.1:{node.port}",
        "127.0.0.1:8082": f"127.0.0.1:{free_port()}",
        "maxconn 20000": "maxconn 100",
        "bind :80\n": f"bind 127.0.0.1:{free_port()}\n",
        "bind :443": f"bind 127.0.0.1:{port}",
        "/etc/haproxy/meet.example.pem": pem,
    }
    file = tmp_path / "haproxy.cfg"
    file.write_text(fill(HAPROXY.read_text(), words))
    check(haproxy, "-c", "-f", file)
    url = f"https://127.0.0.1:{port}"
    async with proxy(url, haproxy, "-db", "-f", file):
        await try_as_a_browser(url)


async def test_caddy_leads_a_browser_to_a_node(tmp_path: Path, node: RunningServer) -> None:
    caddy, url = program("caddy"), f"http://127.0.0.1:{free_port()}"
    words = {
        "node1:8080": f"127.0.0.1:{node.port}",
        "node2:8080": f"127.0.0.1:{free_port()}",
    }
    (tmp_path / "Caddyfile").write_text(fill(CADDY.read_text(), words))
    environment = {"PLACE": url, "ACME_MAIL": "you@meet.example", "HOME": str(tmp_path)}
    file = tmp_path / "Caddyfile"
    async with proxy(url, caddy, "run", "--config", file, "--adapter", "caddyfile", **environment):
        await try_as_a_browser(url)


def test_caddy_takes_the_settings_with_names_for_the_nodes(tmp_path: Path) -> None:
    caddy = program("caddy")
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "nodes.caddy").write_text((COMPOSE / "sites" / "nodes.example").read_text())
    (tmp_path / "Caddyfile").write_text(CADDY.read_text())
    environment = {"PLACE": "meet.example", "ACME_MAIL": "you@meet.example", "HOME": str(tmp_path)}
    check(caddy, "validate", "--config", tmp_path / "Caddyfile", "--adapter", "caddyfile", **environment)
