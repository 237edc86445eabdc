from collections.abc import AsyncIterator, Iterable

import pytest

from tests.chaos.counts import IS_FULL, trials
from tests.chaos.harm import KEPT
from tests.chaos.meeting import MANY_LINES, Meeting, Plan, open_meeting, rooms_text
from tests.chaos.report import FOLDER
from tests.integration.nodes import running_nodes

PIECE_S = 360.0  # of a full run; the ten minutes without Redis are longer
TIMEOUT_S = 2.5 * PIECE_S if IS_FULL else 180.0  # the first test starts the nodes, on a machine that is busy

PLAN = Plan(
    rooms=trials(full=3, short=2),
    bots=trials(full=10, short=6),
    speakers=2,  # who hears nobody waits for three seconds before the old transport is given up
    writers=2,
    pause_s=1.1,
)


@pytest.fixture(scope="module" if IS_FULL else "package")
async def meeting(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Meeting]:
    """Three nodes with bots in several rooms; short runs have one for all tests, to save its start."""
    folder = tmp_path_factory.mktemp("chaos")
    async with (
        running_nodes(
            folder, 3, extra=rooms_text(PLAN.rooms), limits=MANY_LINES, redis_settings=KEPT
        ) as cluster,
        open_meeting(cluster, PLAN) as opened,
    ):
        yield opened


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Give them their time."""
    for item in items:
        if "/chaos/" in str(item.path):
            item.add_marker(pytest.mark.timeout(TIMEOUT_S))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the report of a full run."""
    path = FOLDER / "report.md"
    if IS_FULL and path.exists():
        terminalreporter.section("figures")
        terminalreporter.write_line(path.read_text("utf-8"))
        terminalreporter.write_line(str(path))
