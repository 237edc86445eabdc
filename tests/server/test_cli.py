import asyncio
import os
import re
import resource
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from rooms.roles import Role
from server.cli import main
from server.clock import SystemClock
from server.config_sources import load_config
from server.tickets import TicketOffice
from tests.server.logs_kept import logs_kept

ROOT: Final = Path(__file__).resolve().parents[2]
LOCAL: Final = ("--port", "0", "--udp-port", "0")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for variable in list(os.environ):
        if variable.startswith("LAMPLIT_"):
            monkeypatch.delenv(variable)
    with logs_kept():
        yield


@asynccontextmanager
async def command(folder: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the command in a process of its own; it is ended by its id, whatever happens."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", *arguments),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_serve_names_one_address_serves_it_and_stops_when_told(tmp_path: Path) -> None:
    async with command(tmp_path, "serve", *LOCAL) as process, asyncio.timeout(30):
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        found = re.fullmatch(r"Lamplit is on\. Open (http://127\.0\.0\.1:\d+/) in a browser\.\n", line)
        assert found is not None
        async with aiohttp.ClientSession() as http, http.get(f"{found[1]}readyz") as answer:
            assert answer.status == 200
        assert resource.prlimit(process.pid, resource.RLIMIT_CORE) == (0, 0)  # a crash leaves no core
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
        assert time.monotonic() - started < 5
    assert process.returncode == 0
    assert out == b""  # the hint is for terminals
    assert [re.search(r"event=(\w+)", text)[1] for text in err.decode().splitlines()] == [  # type: ignore[index]
        "meeting_opens", "started", "stopping", "stopped",
    ]  # fmt: skip


async def test_a_taken_port_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with command(tmp_path, "serve", "--port", str(port), "--udp-port", "0") as process:
            out, err = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, out) == (2, b"")
    assert re.fullmatch(rf"lamplit: Port {port} at 127\.0\.0\.1 is in use: .* with --port\.\n", err.decode())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--config", "missing.toml"], "missing.toml: there is no such file"),
        (["--port", "70000"], "--port: server.port must be 0 to 65535, not 70000"),
        (["--host", "192.0.2.1", *LOCAL], "192.0.2.1 is not an address of this machine"),
        (["--data-dir", "/dev/null/x", *LOCAL], "The data directory /dev/null/x cannot be used"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_exit_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    assert main(["serve", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"lamplit: {expected}")
    assert shown.err.count("\n") == 1


def test_config_prints_what_is_in_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lamplit.toml").write_text("[server]\nplace_name = 'Hall'\nport = 1001\n")
    monkeypatch.setenv("LAMPLIT_MEDIA__UDP_PORT", "1002")
    assert main(["config", "--port", "1003"]) == 0
    (tmp_path / "shown.toml").write_text(capsys.readouterr().out)
    config = load_config(tmp_path / "shown.toml")
    assert (config.server.place_name, config.server.port, config.media.udp_port) == ("Hall", 1003, 1002)


def test_check_tells_fine_from_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *LOCAL]) == 0
    assert "ok      rooms: talk" in capsys.readouterr().out
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["check", "--port", str(taken.getsockname()[1]), "--udp-port", "0"]) == 2
    assert "trouble pages: Port" in capsys.readouterr().out


def test_a_host_link_admits_a_host_for_some_hours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["host-link", "--hours", "2", "--port", "9000"]) == 0
    found = re.fullmatch(r"http://127\.0\.0\.1:9000/m/talk#host=(\S+)\n", capsys.readouterr().out)
    assert found is not None
    office = TicketOffice.open(tmp_path / "data")
    now_ms = SystemClock().wall_ms()
    invite = office.read_invite(found[1], now_ms)
    assert invite is not None
    assert (invite.room, invite.role) == ("talk", Role.HOST)
    assert office.read_invite(found[1], now_ms + 2 * 3_600_000) is None


def test_a_host_link_starts_with_the_address_that_browsers_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lamplit.toml").write_text("[server]\norigins = ['https://meet.example']\n")
    assert main(["host-link", "talk"]) == 0
    assert capsys.readouterr().out.startswith("https://meet.example/m/talk#host=")
    assert main(["host-link", "talk", "--url", "https://other.example/"]) == 0
    assert capsys.readouterr().out.startswith("https://other.example/m/talk#host=")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nowhere"], "there is no room 'nowhere'; the rooms are: talk"),
        (["--hours", "0"], "--hours must be more than 0"),
        (["--hours", "nan"], "--hours must be more than 0"),
        (
            ["--data-dir", "/dev/null/x"],
            "The database /dev/null/x/lamplit.db cannot be used: Not a directory",
        ),
    ],
)
def test_a_host_link_that_cannot_be_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    assert main(["host-link", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"lamplit: {expected}")


def test_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert re.fullmatch(r"lamplit \S.*\n", capsys.readouterr().out)


@pytest.mark.parametrize("arguments", [[], ["dance"], ["serve", "--port", "many"]])
def test_words_that_are_no_command_get_the_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: lamplit" in capsys.readouterr().err


async def test_on_a_terminal_it_says_how_to_become_host(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "serve", *LOCAL, "--data-dir", "my data"),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=theirs,
        stderr=asyncio.subprocess.DEVNULL,
    )
    os.close(theirs)
    try:
        shown = ""
        async with asyncio.timeout(30):
            while "Ctrl+C" not in shown:
                shown += (await asyncio.to_thread(os.read, ours, 4_096)).decode()
    finally:
        process.kill()
        await process.wait()
        os.close(ours)
    assert "host-link --data-dir 'my data' --url http://127.0.0.1:" in shown


def test_rooms_made_by_command_have_host_links(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["room", "add", "night", "--title", "Night"]) == 0
    assert main(["room", "list"]) == 0
    assert "night\tcommand\tNight" in capsys.readouterr().out
    assert main(["host-link", "night"]) == 0
    assert "/m/night#host=" in capsys.readouterr().out
    assert main(["room", "rename", "night", "Late"]) == 0
    assert main(["room", "close", "night"]) == 0
    assert main(["room", "close", "night"]) == 2
    assert "there is no room 'night'" in capsys.readouterr().err
    assert main(["audit", "talk", "--verify"]) == 0
    assert (tmp_path / "data" / "lamplit.db").exists()
