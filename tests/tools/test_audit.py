import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from tools.audit import FINE, FLAWED, LOCKS, ROOT, UNASKED, Package, main, read_lock

FLAW: Final = "GHSA-aaaa-bbbb-cccc"
ALIAS: Final = "CVE-2026-99999"
LOCK: Final = """\
aiothing==1.2.3 ; sys_platform != "win32" \\
    --hash=sha256:00
other-thing==4.5 \\
    --hash=sha256:11
"""
NPM_LOCK: Final = json.dumps(
    {
        "packages": {
            "": {"version": "0.1.0"},
            "node_modules/@scope/part": {"version": "2.0.0"},
            "node_modules/a/node_modules/b": {"version": "3.0.0"},
        }
    }
)

Answer = Callable[[dict[str, Any]], object]


@contextmanager
def a_database(answer: Answer) -> Iterator[str]:
    """Stand in for OSV, as its documentation says that it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._send(answer(question))

        def do_GET(self) -> None:
            assert self.path == f"/v1/vulns/{FLAW}"
            self._send({"id": FLAW, "aliases": [ALIAS], "summary": "it falls over"})

        def _send(self, told: object) -> None:
            content = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def knows_nothing(question: dict[str, Any]) -> object:
    return {"results": [{} for _ in question["queries"]]}


def knows_one(question: dict[str, Any]) -> object:
    """Of one package there is a flaw, and it is on a second page."""
    results = []
    for query in question["queries"]:
        is_flawed = (
            query["package"] == {"ecosystem": "PyPI", "name": "aiothing"} and query["version"] == "1.2.3"
        )
        if is_flawed and "page_token" not in query:
            results.append({"next_page_token": "more"})
        else:
            results.append({"vulns": [{"id": FLAW}]} if is_flawed else {})
    return {"results": results}


@pytest.fixture
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.delenv("AUDIT", raising=False)
    (tmp_path / "requirements.txt").write_text(LOCK)
    (tmp_path / "package-lock.json").write_text(NPM_LOCK)
    return [str(tmp_path / "requirements.txt"), str(tmp_path / "package-lock.json")]


def accept(folder: Path, name: str, until: str) -> list[str]:
    path = folder / "audit.toml"
    path.write_text(f'[[accepted]]\nid = "{name}"\nreason = "we never call it"\nuntil = {until}\n')
    return ["--accepted", str(path)]


def test_locks_are_read(locks: list[str]) -> None:
    assert [package for lock in locks for package in read_lock(Path(lock))] == [
        Package("PyPI", "aiothing", "1.2.3"),
        Package("PyPI", "other-thing", "4.5"),
        Package("npm", "@scope/part", "2.0.0"),
        Package("npm", "b", "3.0.0"),
    ]


def test_no_package_of_our_own_locks_is_left_out() -> None:
    for lock in LOCKS:
        found = read_lock(ROOT / lock)
        text = (ROOT / lock).read_text()
        named = len(re.findall(r"^\S+==", text, re.MULTILINE)) or len(
            re.findall('^ +"node_modules/', text, re.MULTILINE)
        )
        assert len(found) == named, lock
        assert all(re.fullmatch(r"\d[\w.+-]*", package.version) for package in found)


def test_what_is_no_lock_is_refused(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("aiothing>=1\n")
    with pytest.raises(ValueError, match="names no package"):
        read_lock(tmp_path / "requirements.txt")


def test_nothing_known_is_fine(locks: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with a_database(knows_nothing) as url:
        assert main(["--database", url, *locks]) == FINE
    assert capsys.readouterr().out == "audit: 4 packages, none with a known flaw that touches us\n"


def test_a_known_flaw_fails_and_is_named(locks: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with a_database(knows_one) as url:
        assert main(["--database", url, *locks]) == FLAWED
    assert capsys.readouterr().out == f"audit: aiothing 1.2.3: {ALIAS}, {FLAW}: it falls over\n"


@pytest.mark.parametrize("name", [FLAW, ALIAS])
def test_a_flaw_that_was_looked_at_is_told_and_passes(
    locks: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with a_database(knows_one) as url:
        assert main(["--database", url, *accept(tmp_path, name, "2999-01-01"), *locks]) == FINE
    assert "accepted until 2999-01-01: aiothing 1.2.3" in capsys.readouterr().out


def test_what_was_accepted_counts_again_in_time(
    locks: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with a_database(knows_one) as url:
        assert main(["--database", url, *accept(tmp_path, FLAW, "2020-01-01"), *locks]) == FLAWED
    assert "to be looked at again since 2020-01-01: we never call it" in capsys.readouterr().out


@pytest.mark.parametrize(
    "answer", [lambda _: b"<html>", lambda _: [], lambda _: {}, lambda _: {"results": []}]
)
@pytest.mark.parametrize(("mode", "code"), [("", FINE), ("require", UNASKED)])
def test_an_answer_that_is_none_is_told_and_fails_only_where_it_is_required(
    locks: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    mode: str,
    code: int,
) -> None:
    monkeypatch.setenv("AUDIT", mode)
    with a_database(answer) as url:
        assert main(["--database", url, *locks]) == code
    assert capsys.readouterr().out.startswith(f"audit: NOT DONE: {url} cannot be asked about 4 packages: ")


def test_a_database_that_is_not_there_is_told(locks: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with a_database(knows_nothing) as url:
        pass
    assert main(["--database", url, *locks]) == FINE
    assert "Connection refused. Run `make audit` where there is a network." in capsys.readouterr().out


def test_nothing_is_asked_where_that_is_wanted(
    locks: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUDIT", "off")
    assert main(["--database", "http://127.0.0.1:1", *locks]) == FINE
    assert "AUDIT=off" in capsys.readouterr().out
