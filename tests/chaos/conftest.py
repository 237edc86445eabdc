from collections.abc import Iterable

import pytest

from tests.chaos.counts import IS_FULL
from tests.chaos.report import FOLDER

PIECE_S = 360.0  # a full piece may take so long; a short one keeps to the suite's own limit


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Give full runs their time."""
    for item in items:
        if IS_FULL and "/chaos/" in str(item.path):
            item.add_marker(pytest.mark.timeout(2 * PIECE_S))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the report of a full run."""
    path = FOLDER / "report.md"
    if IS_FULL and path.exists():
        terminalreporter.section("figures")
        terminalreporter.write_line(path.read_text("utf-8"))
        terminalreporter.write_line(str(path))
