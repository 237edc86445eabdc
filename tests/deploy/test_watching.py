"""deploy/prometheus and deploy/grafana: they ask for nothing that a node does not count."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from server.app import make_node
from server.config import DEFAULT_PORT, ClusterConfig
from server.http.origins import Origins
from server.lifecycle import running_server
from tests.deploy.files import COMPOSE, DEPLOY, check, program, read_yaml
from tests.server.nodes import node_config

PROMETHEUS: Final = DEPLOY / "prometheus"
DASHBOARD: Final = DEPLOY / "grafana" / "lamplit.json"

NAME: Final = re.compile(r"[a-z_:][\w:]*")
WORDS: Final = frozenset(
    "sum max count by without on ignoring and or unless rate increase changes absent round "  # noqa: SIM905
    "avg_over_time min_over_time max_over_time group_left".split(" ")
)
NOT_NAMES: Final = re.compile(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]|\b(?:by|without|on|ignoring)\s*\([^)]*\)')
FROM_PROMETHEUS: Final = {"up"}  # which it makes itself, for everything that it asks


def names_in(expression: str) -> set[str]:
    """Return the metrics that an expression reads: every word but those of the language and of labels."""
    without_texts = re.sub(r'"[^"]*"', '""', expression)
    return set(NAME.findall(NOT_NAMES.sub(" ", without_texts))) - WORDS


def test_names_are_found_in_expressions() -> None:
    assert names_in('sum by (a_b) (rate(x_total{job="j_k",c=~"d_e|f"}[5m])) > 0.2 * y_z or up == 0') == {
        *("x_total", "y_z", "up")
    }
    assert names_in("lamplit:a:rate1m > 2") == {"lamplit:a:rate1m"}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a node that runs answers at /metrics."""

    async def ask() -> str:
        config = node_config(tmp_path_factory.mktemp("node"))
        async with (
            running_server(config) as server,
            aiohttp.ClientSession() as http,
            http.get(f"{server.url}metrics") as answer,
        ):
            assert answer.status == 200
            return await answer.text()

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def exported(shown: str) -> dict[str, set[str]]:
    """Every series of a node, with the labels that it has."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(shown):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def rules() -> list[dict[str, Any]]:
    (group,) = read_yaml(PROMETHEUS / "rules.yml")["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return found


def expressions() -> Iterator[str]:
    for rule in rules():
        yield rule["expr"]
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"].replace("$instance", ".*")


def test_every_name_is_one_that_a_node_exports(exported: dict[str, set[str]]) -> None:
    known = {*exported, *FROM_PROMETHEUS, *(rule["record"] for rule in rules() if "record" in rule)}
    asked = {name for expression in expressions() for name in names_in(expression)}
    assert len(asked) > 15
    assert asked - known == set()


def test_what_nodes_tell_of_each_other_is_watched() -> None:
    asked = {name for rule in rules() if "alert" in rule for name in names_in(rule["expr"])}
    shared = {"log_up", "bus_up", "bus_drops_total", "bus_resubscribes_total", "bus_voice_late_total"}
    shared |= {"bus_uncopied_total", "bus_set_aside_total", "node_seen", "node_draining"}
    assert {f"lamplit_{name}" for name in shared} <= asked


def test_in_a_cluster_the_series_are_the_same(tmp_path: Path, shown: str) -> None:
    key = tmp_path / "cluster.key"
    key.write_bytes(bytes(range(48)))
    key.chmod(0o600)
    cluster = ClusterConfig(redis_url="redis://127.0.0.1:1", key_file=str(key))
    node = make_node(replace(node_config(tmp_path), cluster=cluster), Origins([]))
    assert series_in(node.metrics.write().decode()) == series_in(shown)


def series_in(text: str) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """Return every series of ours, with its labels and their values."""
    return {
        (sample.name, frozenset(sample.labels.items()))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("lamplit_")
    }


def test_every_label_is_one_that_the_series_has(exported: dict[str, set[str]]) -> None:
    known = exported
    for expression in expressions():
        for name, labels in re.findall(r"(lamplit_\w+|process_\w+)\{([^}]*)\}", expression):
            asked = set(re.findall(r"(\w+)\s*=", labels))
            assert asked <= {*known[name], "job", "instance"}, expression


@pytest.mark.parametrize("name", ["lamplit_rooms_open", "lamplit_host_needed_total"])
def test_what_every_node_counts_of_the_whole_place_is_not_added_up(name: str) -> None:
    found = [expression for expression in expressions() if name in expression]
    assert found
    for expression in found:
        assert re.match(r"max(?: by \(job\))? \(|max\(", expression), expression
        assert "sum" not in expression


def test_every_reason_and_kind_is_one_that_a_node_counts(shown: str) -> None:
    asked = [
        (name, label, value)
        for expression in expressions()
        for name, labels in re.findall(r"(lamplit_\w+)\{([^}]*)\}", expression)
        for label, values in re.findall(r'\b(reason|kind|way)!?=~?"([^"]*)"', labels)
        for value in values.split("|")
    ]
    assert len(asked) > 3
    for name, label, value in asked:
        assert f'{name}{{{label}="{value}"}}' in shown


def test_every_alert_says_what_to_do() -> None:
    alerts = [rule for rule in rules() if "alert" in rule]
    assert len({alert["alert"] for alert in alerts}) == len(alerts) > 10
    for alert in alerts:
        assert alert["labels"]["severity"] in {"page", "ticket"}
        assert alert["annotations"]["summary"]
        assert alert["annotations"]["action"].endswith(".")


def test_each_alert_is_tried_both_ways() -> None:
    quiet, broken = read_yaml(PROMETHEUS / "rules.test.yml")["tests"]
    assert quiet["promql_expr_test"][-1] == {"expr": "ALERTS", "eval_time": "30m", "exp_samples": []}
    (firing,) = broken["promql_expr_test"]
    tried = {re.findall(r'alertname="(\w+)"', sample["labels"])[0] for sample in firing["exp_samples"]}
    assert tried == {rule["alert"] for rule in rules() if "alert" in rule}


def test_prometheus_takes_the_rules_and_they_say_what_they_should(tmp_path: Path) -> None:
    promtool = program("promtool")
    for file in PROMETHEUS.glob("*.yml"):
        (tmp_path / file.name).write_text(file.read_text())
    check(promtool, "check", "config", tmp_path / "prometheus.yml")
    check(promtool, "test", "rules", tmp_path / "rules.test.yml")


def test_prometheus_asks_the_nodes_of_compose() -> None:
    nodes = [name for name in read_yaml(COMPOSE / "compose.yaml")["services"] if name.startswith("node")]
    (job,) = read_yaml(PROMETHEUS / "prometheus.yml")["scrape_configs"]
    (static,) = job["static_configs"]
    assert static["targets"] == [f"{name}:{DEFAULT_PORT}" for name in nodes]
    assert all(f'job="{job["job_name"]}"' in one for one in expressions() if "up{" in one)


def test_autoscaling_is_fed_by_a_series_that_exists(exported: dict[str, set[str]]) -> None:
    (rule,) = read_yaml(PROMETHEUS / "adapter.yaml")["rules"]["custom"]
    name = rule["seriesQuery"].partition("{")[0]
    assert name in exported
    assert re.fullmatch(rule["name"]["matches"], name)


def test_panels_do_not_lie_over_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
