from pathlib import Path

from rooms.ids import RoomSlug
from server.config import Config, MetricsConfig, RoomConfig, ServerConfig
from server.config_sources import load_config
from server.config_text import write_config
from server.schedule.setting import SeriesConfig

MONDAY = SeriesConfig(every="MO", at="19:00", minutes=60, zone="Europe/Lisbon", skip=("2026-12-28",))


def test_what_is_written_reads_back_as_the_same(tmp_path: Path) -> None:
    config = Config(
        server=ServerConfig(
            place_name='The "Ünion" \\ Hall', origins=("https://a.example", "https://b.example")
        ),
        rooms=(
            RoomConfig(slug=RoomSlug("a"), title="Ä room 🕯"),
            RoomConfig(slug=RoomSlug("b"), title="B", about="Two.", series=(MONDAY, MONDAY)),
        ),
        metrics=MetricsConfig(allow=()),
    )
    file = tmp_path / "written.toml"
    file.write_text(write_config(config), "utf-8")
    assert load_config(file) == config
    assert load_config(file) != Config()
