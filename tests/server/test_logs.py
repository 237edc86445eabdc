import io
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest

from server.logs import Private, describe_error, log_for, set_up_logs
from tests.server.logs_kept import logs_kept

SECRETS = ("203.0.113.9", "a=fingerprint", "Anna", "0123456789abcdef")


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    with logs_kept():
        yield


def start(level: str = "debug", line_format: Literal["text", "json"] = "text") -> io.StringIO:
    out = io.StringIO()
    set_up_logs(level, line_format, out)
    return out


def test_a_line_is_an_event_with_its_ids() -> None:
    out = start()
    log_for("gateway").info("connection_opened", connection=7, room="talk")
    line = out.getvalue()
    assert "level=info area=gateway event=connection_opened" in line
    assert "connection=7" in line
    assert "room=talk" in line


def test_json_lines_are_json() -> None:
    out = start(line_format="json")
    log_for("gateway").warning("slow", behind_bytes=9, who=Private("Anna"))
    line = json.loads(out.getvalue())
    assert (line["event"], line["level"], line["behind_bytes"], line["who"]) == ("slow", "warning", 9, "***")


def test_the_level_is_kept() -> None:
    out = start("warning")
    log_for("x").info("quiet")
    log_for("x").error("loud")
    assert "quiet" not in out.getvalue()
    assert "loud" in out.getvalue()


@pytest.mark.parametrize("line_format", ["text", "json"])
def test_private_values_and_private_keys_never_show(line_format: Literal["text", "json"]) -> None:
    out = start(line_format=line_format)
    log_for("x").info("joined", who=Private("Anna"), more=[Private("0123456789abcdef")])
    log_for("x").info("joined", name="Anna", sdp="a=fingerprint", ticket="0123456789abcdef", ip="203.0.113.9")
    assert out.getvalue().count("joined") == 2
    assert not any(secret in out.getvalue() for secret in SECRETS)


def test_a_private_value_hides_wherever_it_is_printed_and_can_be_read() -> None:
    private = Private("Anna")
    shown = [str(private), repr(private), f"{private}", f"{private:>10}", repr({"a": private})]
    assert shown == ["***", "***", "***", "***", "{'a': ***}"]
    assert private.value == "Anna"


@pytest.mark.parametrize(
    "name",
    [
        "aiortc",
        "aiortc.rtcdtlstransport",
        "aioice.ice",
        "engineio.server",
        "socketio.server",
        "aiohttp.access",
    ],
)
def test_talkative_libraries_are_silent_at_debug(name: str) -> None:
    out = start("debug")
    logger = logging.getLogger(name)
    logger.debug("Sending packet %s to %s", SECRETS[1], SECRETS[0])
    logger.info("Received %s", SECRETS[1])
    assert out.getvalue() == ""


@pytest.mark.parametrize(
    "name", ["aiortc.rtcdtlstransport", "engineio.server", "aiohttp.server", "asyncio", "unknown"]
)
def test_what_libraries_warn_of_is_told_without_their_words(name: str) -> None:
    out = start("debug")
    logging.getLogger(name).warning("Bad packet %s from %s", SECRETS[1], SECRETS[0])
    logging.getLogger(name).error(f"Bad packet from {SECRETS[0]}")  # noqa: G004 -- as some libraries do
    lines = out.getvalue().splitlines()
    assert len(lines) == 2
    assert f"library={name}" in lines[0]
    assert "at=test_logs.py:" in lines[0]
    assert "level=error" in lines[1]
    assert not any(secret in out.getvalue() for secret in SECRETS)


def test_an_exception_is_a_class_and_a_way() -> None:
    out = start()
    people: dict[str, int] = {}
    try:
        people[SECRETS[2]]
    except KeyError:
        log_for("x").exception("broke")
        logging.getLogger("asyncio").exception("Task exception was never retrieved")
    lines = out.getvalue().splitlines()
    assert len(lines) == 2
    for line in lines:
        assert "error=KeyError" in line
        assert "test_an_exception_is_a_class_and_a_way" in line
        assert SECRETS[2] not in line


def test_a_group_names_what_is_in_it() -> None:
    told = describe_error(ExceptionGroup("two", [ValueError(SECRETS[2]), OSError(SECRETS[0])]))
    assert told["error"] == "ExceptionGroup(ValueError, OSError)"


def test_our_own_plain_loggers_keep_their_event_names() -> None:
    out = start()
    logging.getLogger("lamplit.media").error("tick_broke")
    assert "event=tick_broke" in out.getvalue()


def test_a_full_disk_under_the_log_is_nobodys_trouble() -> None:
    with logs_kept(), Path("/dev/full").open("w", encoding="utf-8") as full:
        set_up_logs("info", "text", full)
        for _ in range(3):
            log_for("gateway").warning("lost")
            logging.getLogger("aiohttp.server").error("lost too")
        with suppress(OSError):
            full.close()  # what it still holds cannot be written either
