import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]

# What the launchers below answer with: $2 is the Python code they are asked to run.
COMPLETE: Final = "#!/bin/sh\nexit 0\n"
WITHOUT_VENV: Final = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n'
OLD_OR_EMPTY: Final = "#!/bin/sh\nexit 1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A PATH that holds nothing but a shell."""
    shell = shutil.which("sh")
    assert shell is not None
    (tmp_path / "sh").symlink_to(shell)
    return tmp_path


def add_python(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    return folder / name


def find(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", ROOT / "tools" / "find_python.sh"],
        env={"PATH": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_launcher_with_nothing_behind_it_is_passed_over(folder: Path) -> None:
    add_python(folder, "python3.13", OLD_OR_EMPTY)
    wanted = add_python(folder, "python3.11", COMPLETE)
    answer = find(folder)
    assert (answer.returncode, answer.stdout.strip()) == (0, str(wanted))


def test_one_that_can_make_environments_is_preferred(folder: Path) -> None:
    add_python(folder, "python3.12", WITHOUT_VENV)
    wanted = add_python(folder, "python3", COMPLETE)
    assert find(folder).stdout.strip() == str(wanted)


def test_without_venv_it_says_what_to_install(folder: Path) -> None:
    add_python(folder, "python3", WITHOUT_VENV)
    answer = find(folder)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "python3 came without venv and ensurepip" in answer.stderr


def test_without_python_it_says_which_is_needed(folder: Path) -> None:
    answer = find(folder)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "no Python 3.11 or newer was found." in answer.stderr


def test_a_named_python_is_the_only_one_tried(folder: Path) -> None:
    add_python(folder, "python3", COMPLETE)
    old = add_python(folder, "older", OLD_OR_EMPTY)
    answer = find(folder, PYTHON=str(old))
    assert answer.returncode == 1
    assert f"was found at {old}." in answer.stderr
