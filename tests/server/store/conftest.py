import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.server.store.clusters import cluster, new_database, programs

_NUMBERS: Final = itertools.count(1)


class Place(NamedTuple):
    """Where a test keeps its store."""

    url: str
    folder: Path


@pytest.fixture(scope="session")
async def postgresql() -> AsyncIterator[Path]:
    found = programs()
    if found is None:
        pytest.skip("needs postgresql: see tools/system_packages.sh")
    async with cluster(found) as folder:
        yield folder


@pytest.fixture
async def postgresql_url(postgresql: Path) -> str:
    return await new_database(postgresql, f"t{next(_NUMBERS)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place: every test that takes it runs on both databases."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    return Place(url, tmp_path)
