"""Counts for Prometheus, read from plain integers at the moment of asking; nothing is counted twice.

There is no series for a room, a member or an address: in a small meeting a number is a person.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

import msgspec
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One number, or one number for each value of a label.

    Attributes:
        name: without the leading `lamplit_`; counters get `_total` behind it.
        kind: `counter` only grows, `gauge` goes up and down.
        text: what it counts, with its unit.
        read: returns the number now, or with `label` one for each of its values.
        label: the label's name; its values come from a fixed list in the code, never from outside.
    """

    name: str
    kind: Literal["counter", "gauge"]
    text: str
    read: Callable[[], float | Mapping[str, int]]
    label: str = ""


class Metrics(Collector):
    """Everything that /metrics shows: ours, the process' and the garbage collector's."""

    def __init__(self, series: Iterable[Series]) -> None:
        """Read these series at each `write`."""
        self._series = tuple(series)
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def describe(self) -> list[Metric]:
        """Return nothing: the registry then takes the names as they come, without asking before the start."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every series with its numbers of now."""
        for series in self._series:
            kind = CounterMetricFamily if series.kind == "counter" else GaugeMetricFamily
            family = kind(
                f"lamplit_{series.name}", series.text, labels=[series.label] if series.label else []
            )
            found = series.read()
            if isinstance(found, Mapping):
                for value, number in sorted(found.items()):
                    family.add_metric([value], number)
            else:
                family.add_metric([], found)
            yield family

    def write(self) -> bytes:
        """Return the text format of Prometheus."""
        return generate_latest(self._registry)
