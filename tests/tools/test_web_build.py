import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tools import web_build

ROOT: Final = Path(__file__).resolve().parents[2]
DIST: Final = ROOT / "web" / "dist"


@pytest.fixture
def npm_calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, ...]]:
    """What npm would have been asked in a small page folder; a build makes an empty page."""
    calls: list[tuple[str, ...]] = []

    def npm(*arguments: str) -> None:
        calls.append(arguments)
        made = tmp_path / ("node_modules" if arguments[0] == "ci" else "dist")
        made.mkdir(exist_ok=True)
        (made / "index.html").touch()

    for name in web_build.PAGE_FILES:
        (tmp_path / name).write_text(name)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.tsx").write_text("one")
    monkeypatch.setattr(web_build, "WEB", tmp_path)
    monkeypatch.setattr(web_build, "DIST", tmp_path / "dist")
    monkeypatch.setattr(web_build, "npm", npm)
    return calls


def test_the_page_is_built_once(npm_calls: list[tuple[str, ...]]) -> None:
    web_build.build()
    assert [call[0] for call in npm_calls] == ["ci", "run"]
    assert "--ignore-scripts" in npm_calls[0]
    web_build.build()
    assert len(npm_calls) == 2


def test_a_changed_source_is_built_without_installing(
    npm_calls: list[tuple[str, ...]], tmp_path: Path
) -> None:
    web_build.build()
    (tmp_path / "src" / "main.tsx").write_text("two")
    web_build.build()
    assert [call[0] for call in npm_calls] == ["ci", "run", "run"]


def test_a_renamed_source_is_built_again(npm_calls: list[tuple[str, ...]], tmp_path: Path) -> None:
    web_build.build()
    (tmp_path / "src" / "main.tsx").rename(tmp_path / "src" / "other.tsx")
    web_build.build()
    assert len(npm_calls) == 3


def test_a_page_that_was_removed_is_built_again(npm_calls: list[tuple[str, ...]], tmp_path: Path) -> None:
    web_build.build()
    (tmp_path / "dist" / "index.html").unlink()
    web_build.build()
    assert len(npm_calls) == 3


def test_changed_packages_are_installed_again(npm_calls: list[tuple[str, ...]], tmp_path: Path) -> None:
    web_build.build()
    (tmp_path / "package-lock.json").write_text("newer")
    web_build.build()
    assert [call[0] for call in npm_calls] == ["ci", "run", "ci", "run"]


def test_node_is_ours_and_the_home_has_no_say() -> None:
    environment = web_build.npm_environment(web_build.find_node_folder())
    answer = subprocess.run(
        ["node", "--version"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "v24.19.0"
    assert not Path(environment["npm_config_userconfig"]).exists()
    assert not Path(environment["npm_config_globalconfig"]).exists()


def test_without_node_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(web_build.NoNodeError, match=r"requirements-build\.txt"):
        web_build.find_node_folder()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_built_page_keeps_to_the_strict_policy() -> None:
    """No inline script or style, no data: address, every asset under /assets/ with a hash in its name."""
    subprocess.run([sys.executable, ROOT / "tools" / "web_build.py"], check=True)
    page = (DIST / "index.html").read_text()
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
    assert scripts
    for attributes, body in scripts:
        assert body.strip() == ""
        assert re.search(r'src="/assets/[\w.-]+-[\w-]{8}\.js"', attributes)
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", page) == []
    built = [path for path in (DIST / "assets").iterdir() if path.suffix in {".css", ".js"}]
    assert [path.name for path in built if re.search(r"url\(\s*['\"]?data:", path.read_text())] == []
