"""docs/OPERATING.md names every setting, series and reason, and nothing that is gone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from rooms.voice.drops import DropReason
from server.app import make_node
from server.config import Config
from server.http.origins import Origins
from tests.server.nodes import node_config

PAGE: Final = (Path(__file__).resolve().parents[2] / "docs" / "OPERATING.md").read_text()


def first_cells(section: str) -> list[str]:
    """Return the first cells of the table in a section, names without their ticks."""
    text = re.split(r"^#+ ", PAGE.split(f"# {section}\n")[1], flags=re.MULTILINE)[0]
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


def settings() -> Iterator[str]:
    tree: dict[str, object] = msgspec.to_builtins(Config())
    for section, keys in tree.items():
        if isinstance(keys, dict):
            yield from (f"{section}.{key}" for key in keys)
        else:
            yield section


def test_every_setting_is_explained() -> None:
    assert first_cells("Configuration") == list(settings())


def test_every_series_is_explained(tmp_path: Path) -> None:
    text = make_node(node_config(tmp_path), Origins(())).metrics.write().decode()
    found = set(re.findall(r"^# TYPE (lamplit_\w+)", text, re.MULTILINE))
    assert {name.partition("{")[0] for name in first_cells("Watching")} == found


def test_every_reason_of_a_drop_is_explained() -> None:
    assert first_cells("Reasons of drops") == [reason.value for reason in DropReason]
    for reason in DropReason:
        assert f"| `{reason.value}` | {reason.meaning} |" in PAGE
