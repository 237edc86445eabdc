"""deploy/prometheus and deploy/grafana: they ask for nothing that a node does not count."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from prometheus_client.parser import text_string_to_metric_families

from server.app import make_node
from server.config import DEFAULT_PORT
from server.http.origins import Origins
from tests.deploy.files import COMPOSE, DEPLOY, check, program, read_yaml
from tests.server.nodes import node_config

PROMETHEUS: Final = DEPLOY / "prometheus"
DASHBOARD: Final = DEPLOY / "grafana" / "lamplit.json"

NAME: Final = re.compile(r"[a-z_:][\w:]*")
WORDS: Final = frozenset(
    "sum max count by without on ignoring and or unless rate increase changes absent round "  # noqa: SIM905
    "avg_over_time min_over_time".split(" ")
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


def exported(folder: Path) -> dict[str, set[str]]:
    """Return every series of a node, with the labels that it has."""
    text = make_node(node_config(folder), Origins([])).metrics.write().decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
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


def test_every_name_is_one_that_a_node_exports(tmp_path: Path) -> None:
    known = {*exported(tmp_path), *FROM_PROMETHEUS, *(rule["record"] for rule in rules() if "record" in rule)}
    asked = {name for expression in expressions() for name in names_in(expression)}
    assert len(asked) > 15
    assert asked - known == set()


def test_every_label_is_one_that_the_series_has(tmp_path: Path) -> None:
    known = exported(tmp_path)
    for expression in expressions():
        for name, labels in re.findall(r"(lamplit_\w+|process_\w+)\{([^}]*)\}", expression):
            asked = set(re.findall(r"(\w+)\s*=", labels))
            assert asked <= {*known[name], "job", "instance"}, expression


def test_every_reason_is_one_that_a_node_counts(tmp_path: Path) -> None:
    text = make_node(node_config(tmp_path), Origins([])).metrics.write().decode()
    for expression in expressions():
        for name, reasons in re.findall(r'(lamplit_\w+)\{[^}]*reason=~?"([^"]*)"', expression):
            for reason in reasons.split("|"):
                assert f'{name}{{reason="{reason}"}}' in text, expression


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


def test_autoscaling_is_fed_by_a_series_that_exists(tmp_path: Path) -> None:
    (rule,) = read_yaml(PROMETHEUS / "adapter.yaml")["rules"]["custom"]
    assert rule["seriesQuery"].partition("{")[0] in exported(tmp_path)


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
