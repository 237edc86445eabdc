import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tools import setup_env
from tools.setup_env import SetupError

ROOT: Final = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout's lock files, with one package each."""
    for name in ("requirements.txt", "requirements-build.txt", "requirements-test.txt"):
        (tmp_path / name).write_text("one==1.0 \\\n    --hash=sha256:00\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    return tmp_path


@pytest.fixture
def asked_of_pip(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What pip would have been asked to do; it does nothing."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(setup_env, "pip", lambda _venv, *arguments, **_: asked.append(arguments))
    monkeypatch.setattr(setup_env, "is_usable", lambda _venv: True)
    return asked


def test_an_old_python_is_told_what_is_needed() -> None:
    run_as_old = "import runpy, sys; sys.version_info = (3, 8, 18); runpy.run_path('tools/setup_env.py')"
    answer = subprocess.run(
        [sys.executable, "-c", run_as_old], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert "needs Python 3.11 or newer, and this is 3.8" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_python_without_venv_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(SetupError, match=r"without venv and ensurepip.*apt-get install python3-venv"):
        setup_env.make_venv(tmp_path / "venv")


def test_a_folder_that_is_no_environment_is_not_usable(tmp_path: Path) -> None:
    assert not setup_env.is_usable(tmp_path)
    assert setup_env.is_usable(Path(sys.prefix))


def test_the_second_time_asks_nothing_of_pip(checkout: Path, asked_of_pip: list[tuple[str, ...]]) -> None:
    setup_env.set_up(checkout, checkout, "run")
    assert len(asked_of_pip) == 2
    assert "--require-hashes" in asked_of_pip[0]
    assert "--editable" in asked_of_pip[1]
    setup_env.set_up(checkout, checkout, "run")
    assert len(asked_of_pip) == 2


def test_a_changed_lock_is_installed_again(checkout: Path, asked_of_pip: list[tuple[str, ...]]) -> None:
    setup_env.set_up(checkout, checkout, "run")
    with (checkout / "requirements-build.txt").open("a") as lock:
        lock.write("two==2.0 --hash=sha256:00\n")
    setup_env.set_up(checkout, checkout, "run")
    assert len(asked_of_pip) == 4


def test_a_test_environment_serves_for_running_but_not_the_other_way(
    checkout: Path, asked_of_pip: list[tuple[str, ...]]
) -> None:
    setup_env.set_up(checkout, checkout, "run")
    setup_env.set_up(checkout, checkout, "test")
    assert len(asked_of_pip) == 4
    (checkout / ".lamplit-setup").unlink()
    setup_env.set_up(checkout, checkout, "test")
    setup_env.set_up(checkout, checkout, "run")
    assert len(asked_of_pip) == 6


def test_a_moved_checkout_is_set_up_again(checkout: Path) -> None:
    assert setup_env.fingerprint(checkout, "run") != setup_env.fingerprint(ROOT, "run")


def test_pins_are_counted(checkout: Path) -> None:
    assert setup_env.count_pins(checkout, "run") == 2


def test_what_pip_said_is_shown_when_it_fails() -> None:
    with pytest.raises(SetupError, match=r"(?s)pip stopped with exit code 1.*No matching distribution"):
        setup_env.pip(Path(sys.prefix), "install", "--no-index", "a-package-that-is-not-there")
