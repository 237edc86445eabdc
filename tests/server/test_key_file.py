import stat
from pathlib import Path

from server.key_file import read_or_make_key


def test_a_key_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "lamplit"
    assert read_or_make_key(folder, "a.key", lambda: b"first") == b"first"
    assert read_or_make_key(folder, "a.key", lambda: b"second") == b"first"
    assert [path.name for path in folder.iterdir()] == ["a.key"]
    assert stat.S_IMODE((folder / "a.key").stat().st_mode) == 0o600


def test_two_that_start_at_once_agree(tmp_path: Path) -> None:
    def make_late() -> bytes:
        (tmp_path / "a.key").write_bytes(b"theirs\n")
        return b"ours"

    assert read_or_make_key(tmp_path, "a.key", make_late) == b"theirs"
    assert [path.name for path in tmp_path.iterdir()] == ["a.key"]
