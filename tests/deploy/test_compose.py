"""deploy/compose: what both files say fits together and with what a node takes."""

import re
import stat
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from server.cluster_key import ClusterKey
from server.config import Config
from server.config_sources import load_config
from tests.deploy.files import COMPOSE, DEPLOY, check, program, read_yaml, run, settings_of

FILES: Final = ("compose.yaml", "compose.watch.yaml")
NODES: Final = ("node1", "node2")
VARIABLE: Final = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def both() -> dict[str, Any]:
    """Return the two files put together, as the engine does."""
    together: dict[str, Any] = {}
    for name in FILES:
        for section, content in read_yaml(COMPOSE / name).items():
            if isinstance(content, dict) and not section.startswith("x-"):
                together.setdefault(section, {}).update(content)
    return together


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = both()["services"]
    return found


def fill(text: str, env: dict[str, str]) -> str:
    """Put in what .env says, as the engine does; a variable that must be there and is not is an error."""

    def one(found: re.Match[str]) -> str:
        value = env.get(found[1], "")
        assert value or found[2] != "?", found[0]
        return value or (found[3] if found[2] == "-" else "")

    return VARIABLE.sub(one, text)


def config_of(node: str, env: dict[str, str]) -> Config:
    environment = {name: fill(text, env) for name, text in services()[node]["environment"].items()}
    environment.pop("LAMPLIT_CONFIG")
    return load_config(COMPOSE / "lamplit.toml", environment)


def test_the_files_fit_the_schema_of_compose() -> None:
    checker = Path(sys.executable).parent / "check-jsonschema"
    found = checker if checker.exists() else program("check-jsonschema")
    check(found, "--builtin-schema", "vendor.compose-spec", *(COMPOSE / name for name in FILES))


@pytest.mark.parametrize("name", sorted(services()))
def test_a_service_may_do_no_more_than_it_must(name: str) -> None:
    service = services()[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert service.get("read_only") or name == "grafana"
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert "privileged" not in service
    assert "network_mode" not in service
    if name not in {
        "proxy",
        "prometheus",
        "grafana",
    }:  # their images choose
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])


def test_whatever_is_named_exists() -> None:
    whole = both()
    for name, service in services().items():
        for secret in service.get("secrets", []):
            assert secret in whole["secrets"], (name, secret)
        assert set(service["networks"]) <= set(whole["networks"]), name
        assert set(service.get("depends_on", [])) <= set(services()), name
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert (COMPOSE / source).exists() if "/" in source else source in whole["volumes"], (
                name,
                source,
            )


def test_every_secret_is_made_by_the_script(secrets_folder: Path) -> None:
    for name, secret in both()["secrets"].items():
        path = secrets_folder / Path(secret["file"]).name
        assert secret["file"].startswith("./secrets/"), name
        assert path.stat().st_size >= 32, name
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, name


def test_making_secrets_again_changes_none(secrets_folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in secrets_folder.iterdir()}
    me = {"NODE_ACCOUNT": "0:0", "BASE_ACCOUNT": "0:0"}
    assert "made" not in check("sh", DEPLOY / "make_secrets.sh", secrets_folder, **me)
    assert {path.name: path.read_bytes() for path in secrets_folder.iterdir()} == before
    assert len(set(before.values())) == len(before)


def test_a_node_takes_the_key_of_the_script(secrets_folder: Path) -> None:
    assert ClusterKey.open(secrets_folder / "cluster.key").derive("anything")


def test_everything_of_the_operators_is_in_the_example() -> None:
    env = settings_of(COMPOSE / "example.env")
    named = {
        found[1]: found[2] for name in FILES for found in VARIABLE.finditer((COMPOSE / name).read_text())
    }
    assert {name for name, kind in named.items() if kind == "?"} <= set(env)
    assert set(env) <= set(named)


def test_the_nodes_start_with_what_they_are_given() -> None:
    env = settings_of(COMPOSE / "example.env")
    configs = {node: config_of(node, env) for node in NODES}
    for node, config in configs.items():
        assert config.server.origins == (f"https://{env['PLACE']}",)
        assert config.media.public_addresses == (env["PUBLIC_ADDRESSES"],)
        assert config.cluster.node_name == node
        assert config.cluster.is_on
    assert len({config.media.udp_port for config in configs.values()}) == len(NODES)


def test_each_node_has_its_own_port_for_sound_the_same_inside_and_outside() -> None:
    env = settings_of(COMPOSE / "example.env")
    for node in NODES:
        (port,) = services()[node]["ports"]
        udp_port = config_of(node, env).media.udp_port
        assert (port["target"], port["published"], port["protocol"]) == (udp_port, str(udp_port), "udp")


def test_files_are_where_the_nodes_look_for_them() -> None:
    config = config_of("node1", settings_of(COMPOSE / "example.env"))
    node = services()["node1"]
    plain = {f"/run/secrets/{secret}" for secret in node["secrets"]}
    assert {config.cluster.key_file, config.cluster.redis_password_file} <= plain
    assert node["environment"]["PGPASSFILE"] in plain
    assert config.server.data_dir == "data"  # as the image says, where a node of a cluster keeps nothing


def test_only_the_proxy_and_sound_can_be_reached_from_outside() -> None:
    opened = {
        (name, port if isinstance(port, str) else f"{port['published']}/{port['protocol']}")
        for name, service in services().items()
        for port in service.get("ports", [])
    }
    assert opened == {
        ("node1", "3479/udp"),
        ("node2", "3480/udp"),
        ("proxy", "80/tcp"),
        ("proxy", "443/tcp"),
        ("grafana", "127.0.0.1:3000:3000"),
    }
    whole = both()
    assert whole["networks"]["core"]["internal"] is True
    for name in ("redis", "redis-tidy", "postgres", "prometheus"):
        assert services()[name]["networks"] == ["core"]


def test_a_node_trusts_the_proxys_network_and_shows_its_counts_to_prometheus() -> None:
    config = config_of("node1", settings_of(COMPOSE / "example.env"))
    networks = both()["networks"]
    edge, core = (networks[name]["ipam"]["config"][0]["subnet"] for name in ("edge", "core"))
    assert services()["proxy"]["networks"] == ["edge"]
    assert config.server.trusted_proxies == (edge,)
    assert config.metrics.allow == (core,)


def test_a_stop_leaves_time_to_drain() -> None:
    assert services()["node1"]["stop_grace_period"] == "60s"


DOCKER: Final = """#!/bin/sh
echo "$*" >>"$ASKED"
case "$*" in
*" pg_dump "*) echo dumped ;;
*" pg_restore "*) cat >/dev/null; [ -z "$BROKEN" ] ;;
*"up "*node1*) [ -z "$BROKEN" ] ;;
esac
"""


def with_docker(folder: Path) -> dict[str, str]:
    """Put a stand-in for the engine's command into a folder; it writes down what it is asked."""
    (folder / "docker").write_text(DOCKER)
    (folder / "docker").chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin", "ASKED": str(folder / "asked"), "BROKEN": ""}


def test_an_upgrade_takes_one_node_after_the_other(tmp_path: Path) -> None:
    check("sh", COMPOSE / "upgrade.sh", **with_docker(tmp_path))
    asked = [line.removeprefix("compose ") for line in (tmp_path / "asked").read_text().splitlines()]
    assert asked == [
        "build --pull node1",
        "up --detach --no-deps --wait --wait-timeout 120 node1",
        "up --detach --no-deps --wait --wait-timeout 120 node2",
    ]


def test_an_upgrade_ends_at_a_node_that_does_not_come_back(tmp_path: Path) -> None:
    answer = run("sh", COMPOSE / "upgrade.sh", **{**with_docker(tmp_path), "BROKEN": "yes"})
    assert answer.returncode != 0
    assert "node2" not in (tmp_path / "asked").read_text()


def test_a_backup_is_whole_or_not_there(tmp_path: Path) -> None:
    installation = tmp_path / "compose"
    (installation / "secrets").mkdir(parents=True)
    (installation / "sites").mkdir()
    for name in (".env", "lamplit.toml", "secrets/cluster.key"):
        (installation / name).write_text("x")
    (installation / "backup.sh").write_bytes((COMPOSE / "backup.sh").read_bytes())
    environment = with_docker(tmp_path)
    check("sh", installation / "backup.sh", tmp_path / "kept", **environment)
    (made,) = (tmp_path / "kept").iterdir()
    assert (made / "lamplit.dump").read_text() == "dumped\n"
    assert "secrets/cluster.key" in check("tar", "-tf", made / "settings.tar")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700

    answer = run("sh", installation / "backup.sh", tmp_path / "kept2", **{**environment, "BROKEN": "yes"})
    assert answer.returncode != 0
    assert list((tmp_path / "kept2").iterdir()) == []
