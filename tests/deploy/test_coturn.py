"""deploy/coturn: a relay that leads to the nodes and nowhere else."""

import asyncio
import contextlib
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from server.config_sources import load_config
from tests.deploy.files import DEPLOY, program
from tests.integration.redis_server import free_port

FILE: Final = DEPLOY / "coturn" / "turnserver.conf"
WITHIN_S: Final = 20.0


def lines() -> list[str]:
    return [line for line in FILE.read_text().splitlines() if line and not line.startswith("#")]


def values(key: str) -> list[str]:
    return [line.partition("=")[2] for line in lines() if line.partition("=")[0] == key]


def test_it_relays_to_the_nodes_and_to_nobody_else() -> None:
    nodes = load_config(DEPLOY / "systemd" / "lamplit.toml").media.public_addresses
    assert tuple(values("allowed-peer-ip")) == nodes
    denied = [tuple(ip_address(end) for end in text.split("-")) for text in values("denied-peer-ip")]
    everything = {
        (ip_address("0.0.0.0"), ip_address("255.255.255.255")),  # noqa: S104 -- compared, not bound
        (ip_address("::"), ip_address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")),
    }
    assert set(denied) == everything
    for switch in ("no-multicast-peers", "no-tcp-relay", "no-cli", "use-auth-secret"):
        assert switch in lines()


def test_it_holds_no_secret_and_logs_no_address() -> None:
    assert values("static-auth-secret") == ["REPLACE-WITH-A-RANDOM-SECRET"]
    assert values("log-file") == ["/dev/null"]


async def test_coturn_knows_every_key(tmp_path: Path) -> None:
    turnserver = program("turnserver")
    text = "\n".join(
        line for line in lines() if not line.startswith(("cert=", "pkey=", "log-file=", "no-stdout"))
    )
    text = text.replace("listening-port=3478", f"listening-port={free_port()}")
    text = text.replace("tls-listening-port=5349", f"tls-listening-port={free_port()}")
    (tmp_path / "turnserver.conf").write_text(f"{text}\nlistening-ip=127.0.0.1\npidfile={tmp_path}/pid\n")
    process = await asyncio.create_subprocess_exec(
        *(turnserver, "-c", tmp_path / "turnserver.conf", "--log-file=stdout", f"--userdb={tmp_path}/users"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = ""
    try:
        assert process.stdout is not None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WITHIN_S):
                while "Total General servers" not in said and (line := await process.stdout.readline()):
                    said += line.decode(errors="replace")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert "Total General servers" in said, said
    for complaint in ("Bad configuration", "Unknown", "unrecognized", "Wrong"):
        assert complaint not in said, said
