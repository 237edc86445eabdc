from collections.abc import AsyncIterator

import pytest

from tests.server.gateway.house import House


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with House() as built:
        yield built
