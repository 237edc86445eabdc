from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from server.checkup import check_up
from server.config import Config
from server.http.listening import listen
from server.look import LookConfig
from server.media.udp_port import UdpPort
from tests.server.nodes import node_config


def weights(config: Config) -> dict[str, str]:
    """Return the heaviest weight of each subject: the first word of a finding."""
    order = ("ok", "warning", "trouble")
    found: dict[str, str] = {}
    for finding in check_up(config):
        subject = finding.text.split(":")[0]
        found[subject] = max(found.get(subject, "ok"), finding.weight, key=order.index)
    return found


def test_a_fine_node_has_no_trouble(tmp_path: Path) -> None:
    found = weights(node_config(tmp_path))
    assert {found[subject] for subject in ("rooms", "pages", "pages may come from", "sound", "data")} == {
        "ok"
    }
    assert "trouble" not in found.values()
    assert not (tmp_path / "data").exists()


def test_ports_in_use_are_trouble(tmp_path: Path) -> None:
    config = node_config(tmp_path)
    (pages,) = listen("127.0.0.1", 0)
    sound = UdpPort("127.0.0.1", "", 0)
    try:
        taken = msgspec.structs.replace(
            config,
            server=msgspec.structs.replace(config.server, port=pages.getsockname()[1]),
            media=msgspec.structs.replace(config.media, udp_port=sound.number),
        )
        found = weights(taken)
    finally:
        pages.close()
        sound.close()
    assert (found["pages"], found["sound"]) == ("trouble", "trouble")


def test_a_public_place_with_private_sound_is_warned_of(tmp_path: Path) -> None:
    config = node_config(tmp_path, origins=["https://meet.example"])
    assert weights(config)["sound"] == "warning"
    told = msgspec.structs.replace(config.media, public_addresses=("8.8.8.8",))
    assert weights(msgspec.structs.replace(config, media=told))["sound"] == "ok"


def test_a_data_directory_that_cannot_be_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert weights(node_config(tmp_path))["data"] == "trouble"


def test_a_folder_that_may_not_be_written_is_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    assert weights(node_config(tmp_path))["data"] == "trouble"


def test_a_missing_page_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.checkup.find_page_folder", lambda: tmp_path / "nowhere")
    assert weights(node_config(tmp_path))["page"] == "warning"


@pytest.mark.parametrize(("allowed", "expected"), [(1_024, "warning"), (5_064, "ok"), (-1, "ok")])
def test_open_files_must_suffice_for_all_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: int, expected: str
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _which: (allowed, allowed))
    assert weights(node_config(tmp_path))["open files"] == expected


def test_crisis_lines_that_cannot_be_read_are_trouble_and_old_ones_are_warned_of(tmp_path: Path) -> None:
    assert weights(node_config(tmp_path))["help"] == "warning"  # the examples are nobody's own
    file = tmp_path / "help.toml"
    config = node_config(tmp_path, help_file=str(file))
    assert weights(config)["help"] == "trouble"
    line = "[[regions]]\nname = 'Here'\n[[regions.lines]]\nname = 'L'\ncall = '112'\nverified = "
    file.write_text(f"{line}2020-01-01\n")
    assert weights(config)["help"] == "warning"
    (old,) = [found.text for found in check_up(config) if found.weight == "warning" and "help" in found.text]
    assert "Here, L: last checked on 2020-01-01" in old
    file.write_text(f"{line}{datetime.now(UTC).date()}\n")
    assert weights(config)["help"] == "ok"


def test_an_icon_that_cannot_be_used_is_trouble(tmp_path: Path) -> None:
    config = node_config(tmp_path)
    assert weights(config)["look"] == "ok"
    look = LookConfig(icon=str(tmp_path / "none.svg"))
    assert weights(msgspec.structs.replace(config, look=look))["look"] == "trouble"
