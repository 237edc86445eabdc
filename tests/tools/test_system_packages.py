import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PROGRAMS: Final = (
    *("chromium", "firefox-esr", "pulseaudio", "ip", "iptables", "sox", "pg_ctlcluster"),
    "redis-server",
)

BETTER: Final = "chromium-headless-shell"

# What the script itself calls.
TOOLS: Final = ("env", "id", "mktemp", "rm", "tail", "touch", "chmod")

# An apt-get that has an old list: it installs only after `update`, and writes down what it was asked.
APT_GET: Final = """#!/bin/sh
here=$(dirname "$0")
echo "$*" >>"$here/asked"
case " $* " in
*" update "*) touch "$here/updated" ;;
*" install "*)
    [ -e "$here/updated" ] || exit 100
    for name in chromium firefox-esr pulseaudio ip iptables sox pg_ctlcluster redis-server; do
        touch "$here/$name" && chmod +x "$here/$name"
    done ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A PATH of one folder, with the shell's own tools in it and nothing else."""
    for name in (*TOOLS, "dirname", "sh"):
        found = shutil.which(name)
        assert found is not None
        (tmp_path / name).symlink_to(found)
    return tmp_path


def add_program(folder: Path, name: str, text: str = "#!/bin/sh\n") -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def run_script(folder: Path, *packages: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", ROOT / "tools" / "system_packages.sh", *packages],
        env={"PATH": str(folder), "TMPDIR": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_said_or_done_when_all_is_there(folder: Path) -> None:
    for name in (*PROGRAMS, BETTER):
        add_program(folder, name)
    add_program(folder, "apt-get", APT_GET)
    answer = run_script(folder)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert not (folder / "asked").exists()


def test_without_apt_get_it_says_in_one_line_what_is_missing(folder: Path) -> None:
    for name in PROGRAMS[2:]:
        add_program(folder, name)
    answer = run_script(folder)
    assert answer.returncode == 0
    assert answer.stderr == (
        "packages: not installed: chromium firefox-esr - tests that need them will be skipped. "
        "To have them: apt-get install chromium firefox-esr \n"
    )


def test_what_would_only_be_better_is_no_failure(folder: Path) -> None:
    for name in PROGRAMS:
        add_program(folder, name)
    assert run_script(folder, CI="true").returncode == 0, "without apt-get"
    add_program(folder, "apt-get", "#!/bin/sh\nexit 100\n")
    add_program(folder, "id", "#!/bin/sh\necho 0\n")
    answer = run_script(folder, CI="true")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert f"going on without {BETTER}" in answer.stdout


def test_missing_packages_fail_a_ci_run(folder: Path) -> None:
    assert run_script(folder, CI="true").returncode == 1


def test_an_ordinary_person_without_sudo_is_told(folder: Path) -> None:
    add_program(folder, "apt-get", APT_GET)
    add_program(folder, "id", "#!/bin/sh\necho 1000\n")
    answer = run_script(folder)
    assert "To have them: apt-get install chromium" in answer.stderr
    assert not (folder / "asked").exists()


@pytest.mark.parametrize("person", ["root", "person with sudo"])
def test_old_lists_are_updated_once(folder: Path, person: str) -> None:
    add_program(folder, "apt-get", APT_GET)
    add_program(folder, "id", f"#!/bin/sh\necho {0 if person == 'root' else 1000}\n")
    add_program(folder, "sudo", '#!/bin/sh\nshift\n[ "$1" = true ] || exec "$@"\n')
    answer = run_script(folder, CI="true")
    assert (answer.returncode, answer.stderr) == (0, "")
    asked = [line.split() for line in (folder / "asked").read_text().splitlines()]
    assert [next(word for word in line if word in {"install", "update"}) for line in asked] == [
        "install",
        "update",
        "install",
        "install",
    ]
    assert "chromium" in asked[-2]
    assert asked[-1][-1] == BETTER
    assert all(os.access(folder / name, os.X_OK) for name in PROGRAMS)


def test_only_what_is_asked_for_is_installed(folder: Path) -> None:
    add_program(folder, "apt-get", APT_GET)
    add_program(folder, "id", "#!/bin/sh\necho 0\n")
    assert run_script(folder, "redis-server").returncode == 0
    asked = (folder / "asked").read_text().splitlines()
    assert [line.split()[-1] for line in asked if " install " in line] == ["redis-server", "redis-server"]
    assert "chromium" not in "".join(asked)


def test_who_asks_for_one_is_told_where_it_cannot_be_had_and_nothing_where_it_is_there(folder: Path) -> None:
    answer = run_script(folder, "redis-server")
    assert answer.returncode == 1
    assert answer.stderr.startswith("packages: not installed: redis-server - needed for this")
    assert answer.stderr.endswith("sudo apt-get install redis-server \n")
    add_program(folder, "redis-server")
    answer = run_script(folder, "redis-server")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
