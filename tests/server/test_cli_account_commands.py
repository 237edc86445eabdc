from pathlib import Path

import pytest

from server.cli import main


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_account_from_invite_to_forget(capsys: pytest.CaptureFixture[str]) -> None:
    place = ("--url", "https://meet.example")
    named = ("--group", "talk", "--role", "secretary", "--alias", "Ann", "--place", "1")
    assert main(["host", "invite", *named, *place]) == 0
    told, link = capsys.readouterr().out.splitlines()
    assert link.startswith("https://meet.example/host#enrol=")
    account_id = told.split()[3].rstrip(".")
    assert main(["host", "reset", account_id, *place]) == 0
    capsys.readouterr()
    assert main(["host", "list"]) == 0
    assert "talk as secretary Ann" in capsys.readouterr().out
    assert main(["host", "forget", account_id]) == 0
    assert main(["host", "forget", account_id]) == 2
    assert "there is no account" in capsys.readouterr().err


def test_who_serves_how_needs_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["host", "invite", "--alias", "Ann"]) == 2
    assert "name it with --group" in capsys.readouterr().err
