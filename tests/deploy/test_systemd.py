"""deploy/systemd: units that systemd takes, and settings that a node takes."""

import shutil
from pathlib import Path
from typing import Final

from server.config import DEFAULT_PORT, DEFAULT_UDP_PORT, Config
from server.config_sources import load_config
from tests.deploy.files import DEPLOY, check, program, settings_of

HERE: Final = DEPLOY / "systemd"
UNITS: Final = (
    "lamplit@.service",
    "lamplit.target",
    "lamplit-redis-tidy.service",
    "lamplit-redis-tidy.timer",
)
EXPOSURE_MAX: Final = 15  # of 100, as systemd weighs what a unit may do; without any hardening it is 96


def lines(unit: str) -> list[str]:
    return [line for line in (HERE / unit).read_text().splitlines() if "=" in line and line[0] != "#"]


def config_of(node: str) -> Config:
    environment = settings_of(HERE / f"{node}.env")
    for line in lines("lamplit@.service"):
        name, _, text = line.removeprefix("Environment=").partition("=")
        if line.startswith("Environment=LAMPLIT_") and name != "LAMPLIT_CONFIG":
            environment[name] = text.replace("%i", node)
    return load_config(HERE / "lamplit.toml", environment)


def units_for_this_machine(folder: Path) -> Path:
    """Copy the units, with a program that exists here in the place of the installed one."""
    for name in UNITS:
        text = (HERE / name).read_text().replace("/opt/lamplit/bin/lamplit", "/bin/true")
        (folder / name).write_text(text)
    shutil.copy(folder / "lamplit@.service", folder / "lamplit@n1.service")
    return folder


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    analyze = program("systemd-analyze")
    folder = units_for_this_machine(tmp_path)
    names = ("lamplit@n1.service", "lamplit.target", "lamplit-redis-tidy.timer", "lamplit-redis-tidy.service")
    said = check(analyze, "--man=no", "verify", *(folder / name for name in names))
    assert said == ""


def test_the_units_are_confined(tmp_path: Path) -> None:
    analyze = program("systemd-analyze")
    folder = units_for_this_machine(tmp_path)
    for name in ("lamplit@n1.service", "lamplit-redis-tidy.service"):
        check(
            *(analyze, "--no-pager", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}"),
            folder / name,
        )


def test_a_node_can_be_told_from_the_next() -> None:
    first, second = config_of("n1"), config_of("n2")
    for node, config in (("n1", first), ("n2", second)):
        assert config.cluster.node_name == node
        assert config.cluster.is_on
        assert config.server.host == "127.0.0.1"
    assert second.server.port == first.server.port + 1 == DEFAULT_PORT + 2
    assert second.media.udp_port == first.media.udp_port + 1 == DEFAULT_UDP_PORT + 1


def test_a_stop_lets_a_node_drain_and_is_no_end() -> None:
    said = lines("lamplit@.service")
    for line in ("KillSignal=SIGTERM", "TimeoutStopSec=60", "Restart=always", "User=lamplit"):
        assert line in said


def test_the_data_folder_is_the_one_that_systemd_makes() -> None:
    assert "StateDirectory=lamplit" in lines("lamplit@.service")
    assert config_of("n1").server.data_dir == "/var/lib/lamplit"


def test_a_node_may_have_a_file_for_each_connection() -> None:
    (allowed,) = [line for line in lines("lamplit@.service") if line.startswith("LimitNOFILE=")]
    assert int(allowed.partition("=")[2]) > config_of("n1").limits.connections


def test_secrets_are_where_the_script_puts_them(secrets_folder: Path) -> None:
    config = config_of("n1").cluster
    passfile = next(line for line in lines("lamplit@.service") if "PGPASSFILE" in line).rpartition("=")[2]
    for name in (config.key_file, config.redis_password_file, passfile):
        path = Path(name)
        assert path.parent == Path("/etc/lamplit/secrets")
        assert (secrets_folder / path.name).is_file()
