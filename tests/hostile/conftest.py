from collections.abc import AsyncIterator, Iterable

import pytest

from tests.hostile.beside import Beside, open_beside
from tests.hostile.report import IS_FULL

TIMEOUT_S = 240.0  # on a machine that is busy


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """In a full run everything is sent twice: first to warm up, then to be judged by its figures too."""
    if IS_FULL and "beside" in metafunc.fixturenames:
        metafunc.fixturenames.append("turn")
        metafunc.parametrize("turn", ("first", "second"))


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Give them their time: the first one starts the server and waits for the nine."""
    for item in items:
        if "/hostile/" in str(item.path):
            item.add_marker(pytest.mark.timeout(TIMEOUT_S))


@pytest.fixture(scope="package")
async def beside(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Beside]:
    """One server with nine in its room for all tests here: what one attack breaks, the next ones see."""
    async with open_beside(tmp_path_factory.mktemp("hostile")) as opened:
        yield opened
