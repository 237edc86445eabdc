import re
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


def tracked_pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in tracked_pages()
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_first_screen_of_the_readme_gives_the_two_commands() -> None:
    first_screen = (ROOT / "README.md").read_text().splitlines()[:24]
    assert [line.split("#")[0].strip() for line in first_screen if line.startswith("make ")] == [
        "make run",
        "make test",
    ]


def test_every_test_that_a_page_names_is_there() -> None:
    missing = [
        f"{page.relative_to(ROOT)}: {path}{'::' + name if name else ''}"
        for page in tracked_pages()
        for path, name in re.findall(r"`(?:\.\./)*(tests/[\w/]+\.py)(?:::(\w+))?`", page.read_text())
        if not (ROOT / path).is_file()
        or (name and not re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE))
    ]
    assert missing == []
