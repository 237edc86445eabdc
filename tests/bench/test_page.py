from typing import Any

from tests.bench import page
from tests.bench.bars import BARS, judge
from tests.bench.page import Outcome, Part, write_page

MACHINE = {
    "cpu": "Some CPU",
    "cores": 2,
    "is_virtual": True,
    "memory_gib": 4.0,
    "kernel": "6.1",
    "python": "3.11.9",
    "load_1min": 0.25,
}


def stage(*, us: float, void: bool = False) -> dict[str, Any]:
    def row(server: str, rounds_us: list[float]) -> dict[str, Any]:
        return {
            "server": server,
            "version": f"{server} 1.0",
            "rounds_us": rounds_us,
            "us_per_packet": rounds_us[1],
            "largest": 1_250,
            "is_void": void,
        }

    rows = [row("ours", [us, us, us * 9]), row("C floor", [3.0, 3.0, 3.0]), row("rtpengine", [9.0, 9.0, 9.0])]
    return {"measurement": "stage", "rows": rows, "left_out": {"janus": "Janus is not installed"}}


def words(us: float, *, void: bool = False) -> dict[str, str]:
    return {one.bar.what: one.word for one in judge({"stage": stage(us=us, void=void)})}


def test_figures_are_held_against_their_bars() -> None:
    found = words(4.8)
    assert found["stage: listeners of three voices"] == "kept"
    assert found["stage: CPU per packet"] == "kept"
    assert found["stage: to the C floor"] == "kept"  # 1.6, the median of the rounds and not their mean
    assert found["stage: to rtpengine"] == "kept"
    assert words(5.2)["stage: CPU per packet"] == "missed"
    assert words(5.2)["stage: to the C floor"] == "missed"
    assert words(5.5)["stage: to rtpengine"] == "missed"


def test_what_was_not_measured_is_not_kept() -> None:
    assert words(4.8)["chat: to socket.io"] == "not measured"
    assert {one.word for one in judge({})} == {"not measured"}


def test_a_busy_machine_makes_figures_void() -> None:
    assert "void" in words(4.8, void=True)["stage: CPU per packet"]


def test_a_bar_is_kept_by_the_very_limit() -> None:
    for bar in BARS:
        assert bar.limit > 0
    assert words(5.0)["stage: CPU per packet"] == "kept"


def test_the_page_tells_of_machine_versions_bars_and_what_is_missing() -> None:
    report = stage(us=4.8)
    outcomes = [
        Outcome(Part("stage", ("stage", "--on", "ours"), 10), report, "stage: the table", 12.0),
        Outcome(Part("hop", ("hop",), 10), None, "hop: there is no redis-server", 0.4),
    ]
    text = write_page(MACHINE, "0.1 abc", outcomes, judge(page.reports_of(outcomes)), 75.0)
    for wanted in (
        "Some CPU, 2 cores of a virtual machine, 4.0 GiB",
        "Load average before: 0.25. Took 1.2 min.",
        "- janus: Janus is not installed (stage)",
        "- hop: hop: there is no redis-server",
        "`python -m tests.bench stage --on ours`",
        "stage: the table",
    ):
        assert wanted in text, wanted
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if "|" in line]
    assert ["stage: CPU per packet", "<= 5 us", "4.8 us", "kept"] in cells
    assert ["stage: listeners of three voices", ">= 1 200", "1 250", "kept"] in cells
    assert ["rtpengine", "rtpengine 1.0"] in cells


def test_the_last_line_of_a_failure_is_its_reason() -> None:
    grouped = "  | Traceback\n    | LinkError: gone\n    +----------------\n"
    assert page._last_line(grouped) == "LinkError: gone"
    assert page._last_line("") == "it said nothing"
