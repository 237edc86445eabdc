import pytest

from server.cli import main


@pytest.fixture(autouse=True)
def _here(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(words) == 0
    return capsys.readouterr().out.splitlines()


def test_groups_rooms_and_rosters_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    _run(capsys, "group", "add", "hall", "--title", "Hall", "--appeal", "Ask")
    _run(capsys, "room", "add", "night", "--title", "Night")
    _run(capsys, "room", "move", "night", "hall")
    _run(capsys, "group", "rename", "hall", "Great hall")
    assert _run(capsys, "group", "list") == ["hall\tGreat hall\tnight", "talk\tThe talk room\ttalk"]
    assert _run(capsys, "group", "appeal", "hall", "") == ["The group hall tells whoever is banned: nothing"]
    _run(capsys, "room", "move", "night")
    _run(capsys, "group", "close", "hall")
    assert _run(capsys, "group", "roster", "talk") == []
    assert _run(capsys, "ban", "list") == _run(capsys, "report", "list", "talk") == []


def test_series_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    meeting = ("--every", "MO", "--at", "19:00", "--minutes", "60", "--zone", "Europe/Lisbon")
    _run(capsys, "series", "add", "talk", *meeting, "--doors", "5")
    (line,) = _run(capsys, "series", "list")
    series_id = line.split("\t")[0]
    assert "60 minutes, doors 5, fellowship 30" in line
    _run(capsys, "series", "skip", series_id, "2026-12-21")
    _run(capsys, "series", "remove", series_id)
    assert _run(capsys, "series", "list") == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("series add talk --every XX --at 19:00 --minutes 60 --zone UTC", "--every: "),
        ("series add talk --every MO --at 7pm --minutes 60 --zone UTC", "--at: "),
        ("series add talk --every MO --at 19:00 --minutes 60 --zone Moon/Sea", "--zone: "),
        ("series add talk --every MO --at 19:00 --minutes 0 --zone UTC", "--minutes must be 1"),
        ("host add talk nobody", "there is no account 'nobody'"),
        ("host place talk nobody 1", "'nobody' is not on the roster"),
        ("ban lift x", "there is no ban 'x'"),
        ("report close x", "there is no open report 'x'"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_exit_2(
    capsys: pytest.CaptureFixture[str], words: str, expected: str
) -> None:
    assert main(words.split()) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"lamplit: {expected}")
    assert shown.count("\n") == 1


def test_a_role_of_one_evening_is_none_for_a_roster(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["host", "add", "talk", "ann", "--role", "speaker"])
    assert "invalid choice: 'speaker'" in capsys.readouterr().err
