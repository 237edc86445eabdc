"""A soak of seconds: what it says about its server must be true, but for memory, which takes an hour."""

from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import msgspec
import pytest

from tests.soak.crowd import CrowdPlan
from tests.soak.report import write_report
from tests.soak.run import soak
from tests.soak.samples import Run, Sample, Standing, always_missed_by, missed_by

PLAN: Final = CrowdPlan(
    rooms=("soak-one", "soak-two"), steady=4, joins_per_s=8.0, stay_s=(0.1, 0.5), rude=(0.3, 0.0)
)
HOUR_S: Final = 3_600


def a_run(**changes: object) -> Run:
    """An hour in which nothing grows."""
    standing = Standing(descriptors=50, tasks=160)
    samples = [
        Sample(
            at_s=at_s,
            rss_bytes=150_000_000,
            private_bytes=140_000_000,
            blocks=900_000,
            descriptors=60,
            tasks=180,
            threads=4,
            late_us=[300, 14_000],
            starved_us=[0, 13_000],
            gap_ms=41.0,
            visits=2 * at_s,
            busy=0.5,
        )
        for at_s in range(5, HOUR_S + 1, 5)
    ]
    run = Run(
        minutes=60,
        warm_up_s=600,
        steady=40,
        joins_per_s=2,
        began="",
        machine="",
        before=standing,
        after=standing,
        back_after_s=1,
        samples=samples,
        grown={},
        errors={},
        cut=0,
        load=(1.0, 1.0),
        server_log="",
    )
    return msgspec.structs.replace(run, **changes)


def growing(mb_per_h: float) -> list[Sample]:
    """Samples of a server that grows so much."""
    return [
        msgspec.structs.replace(
            sample, rss_bytes=sample.rss_bytes + int(sample.at_s / HOUR_S * mb_per_h * 1e6)
        )
        for sample in a_run().samples
    ]


@pytest.mark.parametrize(
    ("run", "missed"),
    [
        (a_run(), []),
        (a_run(samples=growing(0.9)), []),
        (a_run(samples=growing(1.1)), ["memory grew by 1.10 MB/h, up to 1.10"]),
        (a_run(errors={"LinkError": 70}), []),
        (a_run(errors={"LinkError": 80}), ["80 of 7200 visits went wrong"]),
        (a_run(cut=1), ["1 steady members were cut off"]),
        (a_run(server_log="warning"), ["the server logged warnings"]),
        (
            a_run(after=Standing(descriptors=50, tasks=161)),
            ["afterwards Standing(descriptors=50, tasks=161), before Standing(descriptors=50, tasks=160)"],
        ),
    ],
)
def test_each_bar_is_told_from_what_keeps_it(run: Run, missed: list[str]) -> None:
    assert missed_by(run) == missed


def test_a_run_on_a_machine_that_is_too_busy_is_void() -> None:
    samples = [msgspec.structs.replace(sample, starved_us=[0, 600_000]) for sample in a_run().samples]
    assert missed_by(a_run(samples=samples)) == ["void: the server's loop waited 12% of the time for a core"]


def test_lateness_is_told_with_what_of_it_was_waiting_for_a_core() -> None:
    samples = [
        msgspec.structs.replace(sample, late_us=[20_000], starved_us=[15_000]) for sample in a_run().samples
    ]
    assert missed_by(a_run(samples=samples)) == [
        "the loop was late by p99 20.0 ms, 5.0 ms without waiting for a core"
    ]


async def test_a_server_is_as_before_when_visitors_have_gone(tmp_path: Path) -> None:
    run = await soak(tmp_path, 2.0, PLAN, warm_up_s=0.5, every_s=0.25)
    assert always_missed_by(run) == []
    assert run.errors == {}
    assert len(run.samples) >= 4
    assert run.samples[-1].visits >= 16
    assert all(sample.rss_bytes > 20_000_000 and sample.late_us for sample in run.samples)
    assert max(sample.descriptors for sample in run.samples) > run.before.descriptors  # visitors were seen
    assert max(sample.tasks for sample in run.samples) > run.before.tasks
    page = write_report(run, tmp_path / "report")
    assert f"| descriptors, nobody visiting | {run.before.descriptors} before" in page
    assert "too short for a slope" in page
    plot = ET.fromstring((tmp_path / "report" / "soak.svg").read_text("utf-8"))  # noqa: S314 - written here
    lines = plot.findall("{http://www.w3.org/2000/svg}polyline")
    assert {len((line.get("points") or "").split()) for line in lines} == {len(run.samples)}
