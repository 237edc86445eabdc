"""One press ends a raid: after the freeze nothing of the raiders reaches those who are seated."""

from pathlib import Path

from tests.bots import raid
from tests.bots.served import crowd_server

PLAN = raid.RaidPlan(raiders=40, voices=6, within_s=2.0, raid_s=1.5, after_s=1.5)


async def test_one_press_ends_a_raid(tmp_path: Path) -> None:
    # How soon it is calm is measured by `python -m tests.bots.raid`: a busy machine may be late by itself.
    async with crowd_server(tmp_path) as server:
        report = await raid.measure(server, PLAN)
    assert report.raid.came >= PLAN.raiders * 0.9  # it was a raid
    assert report.lines_per_s > 0
    assert report.packets_per_s > 0
    assert report.raid.refused.get("frozen", 0) > 0  # and it went on
    assert (report.lines_after, report.packets_after, report.seats_after) == (0, 0, 0)
    assert report.late_comers == {"waits": raid.LATE_COMERS}
