import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.server.store.clusters import cluster, database, programs

_NUMBERS: Final = itertools.count(1)


class Place(NamedTuple):
    """Where a test keeps its store: the URL, the data directory, and all folders with files of it."""

    url: str
    folder: Path
    kept: tuple[Path, ...]


@pytest.fixture(scope="session")
async def postgresql() -> AsyncIterator[Path]:
    found = programs()
    if found is None:
        pytest.skip("needs postgresql: see tools/system_packages.sh")
    async with cluster(found) as folder:
        yield folder


@pytest.fixture
async def postgresql_url(postgresql: Path) -> AsyncIterator[str]:
    async with database(postgresql, f"t{next(_NUMBERS)}") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place: every test that takes it runs on both databases."""
    if request.param == "sqlite":
        return Place("", tmp_path, (tmp_path,))
    cluster_folder: Path = request.getfixturevalue("postgresql")
    return Place(request.getfixturevalue("postgresql_url"), tmp_path, (tmp_path, cluster_folder))
