"""BC1 to BC3: whatever the configuration says, it is one sentence with file and key, and exit code 2."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from server.cli import main
from tests.bots.served import ROOT
from tests.server.logs_kept import logs_kept

SECRET: Final = bytes(range(64))
CLUSTER: Final = "[cluster]\nredis_url = 'redis://127.0.0.1:1'\nkey_file = 'cluster.key'\n"
LOCAL: Final = ("--port", "0", "--udp-port", "0")
START_WITHIN_S: Final = 60.0


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("LAMPLIT_")]:
        monkeypatch.delenv(variable)

    def fail(*_: object) -> None:
        raise AssertionError("it started")

    monkeypatch.setattr("server.cli._announce", fail)
    with logs_kept():
        yield


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run `lamplit serve`, which must refuse; return its one line."""
    assert main(["serve", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("lamplit: ")
    assert shown.err.count("\n") == 1
    assert shown.err.endswith("\n")
    assert len(shown.err) < 1_000
    assert all(char.isprintable() or char == "\n" for char in shown.err)
    return shown.err


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\r\n\r\n", "is empty"),
        (b"[server]\nprot = 1\n", "server.prot"),
        (b"include = 'lamplit.toml'\n", "include"),
        (b"[server]\nport = 'many'\n", "server.port"),
        (b"[server]\nport = 1.0\n", "server.port"),
        (b"[server]\nport = 1\nport = 1\n", "is not valid TOML"),
        (b"[server]\nport = 1\n[server]\nhost = 'x'\n", "is not valid TOML"),
        (b"[server]\nport = 99999999999999999999\n", "server.port"),
        (b"[server]\nplace_name = '\\u0000'\n".replace(b"'", b'"'), "server.place_name"),
        (b"[server]\nplace_name = '\xff'\n", "is not UTF-8 text"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"#" * 10_000_000, "larger than 1024 KiB"),
        (b"\x00" * 100, ""),
        (b"[cluster]\nredis_url = 'redis://127.0.0.1'\n", "cluster.key_file"),
        (b"[cluster]\nkey_file = 'a'\nredis_password_file = 'a'\n", "cluster.redis_password_file"),
        (b"[server]\nport = 0\nhelp_file = 'none.toml'\n", "none.toml"),
        (b"[server]\nport = 0\n[look]\nicon = 'none.svg'\n", "none.svg"),
        (b"[store]\nurl = 'postgresql://a:b@c/d'\n", "store.url"),
    ],
    ids=lambda value: value[:30].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_bc1_a_file_that_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, named: str
) -> None:
    (tmp_path / "lamplit.toml").write_bytes(content)
    line = refusal(capsys)
    assert "lamplit.toml" in line or "none." in line
    assert named in line


@pytest.mark.parametrize("path", ["missing.toml", ".", "/proc/self/mem"])
def test_bc1_a_file_that_cannot_be_read(capsys: pytest.CaptureFixture[str], path: str) -> None:
    assert path in refusal(capsys, "--config", path)


def test_bc1_a_file_of_windows_is_fine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lamplit.toml").write_bytes(b"\xef\xbb\xbf[server]\r\nport = 1234\r\n")
    assert main(["config"]) == 0
    assert "port = 1234" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("secret", "mode", "why"),
    [
        (SECRET[:31], 0o600, "32 random bytes"),
        (b"", 0o600, "32 random bytes"),
        (b"change-me-change-me-change-me-change-me", 0o600, "not random"),
        (SECRET * 100, 0o600, "larger than"),
        (SECRET, 0o604, "everybody"),
        (None, 0, "cannot be read"),
    ],
)
def test_bc2_a_secret_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], secret: bytes | None, mode: int, why: str
) -> None:
    (tmp_path / "lamplit.toml").write_text(CLUSTER)
    if secret is not None:
        (tmp_path / "cluster.key").write_bytes(secret)
        (tmp_path / "cluster.key").chmod(mode)
    line = refusal(capsys, *LOCAL)
    assert "cluster.key_file: cluster.key" in line
    assert why in line
    assert "change-me" not in line


@pytest.mark.parametrize("name", ["ticket.key", "device.key", "report.key"])
@pytest.mark.parametrize("content", [b"", b"short", b"\x00" * 1_000_000])
def test_bc2_a_damaged_key_of_the_node(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_bytes(content)
    assert name in refusal(capsys, *LOCAL)


def test_bc2_a_password_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lamplit.toml").write_text(CLUSTER + "redis_password_file = 'password'\n")
    (tmp_path / "cluster.key").write_bytes(SECRET)
    (tmp_path / "cluster.key").chmod(0o600)
    assert "password" in refusal(capsys, *LOCAL)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--port", "-1"), "--port"),
        (("--port", "70000"), "--port"),
        (("--udp-port", "70000"), "--udp-port"),
        (("--host", "192.0.2.1"), "192.0.2.1"),
        (("--host", "no-such-host.invalid"), "no-such-host.invalid"),
        (("--host", "::g"), "::g"),
        (("--host", "a" * 250), "a" * 20),
    ],
)
def test_bc3_an_address_that_is_not_ours(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], named: str
) -> None:
    assert named in refusal(capsys, "--udp-port", "0", "--port", "0", *arguments)


@pytest.mark.netns
@pytest.mark.long
@pytest.mark.parametrize(
    ("launcher", "arguments", "named"),
    [
        (("unshare", "--net"), ("--host", "::1", "--port", "0"), "::1"),
        (("setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-all"), ("--port", "80"), "80"),
    ],
    ids=["without IPv6", "a privileged port"],
)
async def test_bc3_what_the_machine_does_not_give(
    tmp_path: Path, launcher: tuple[str, ...], arguments: tuple[str, ...], named: str
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(*launcher, sys.executable, "-m", "server", "serve", "--udp-port", "0", *arguments),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), START_WITHIN_S)
    finally:
        if process.returncode is None:
            process.kill()
    assert (process.returncode, out) == (2, b"")
    assert err.decode().startswith("lamplit: ")
    assert err.count(b"\n") == 1
    assert named in err.decode()
