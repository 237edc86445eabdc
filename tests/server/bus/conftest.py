from collections.abc import AsyncIterator

import pytest

from tests.integration.redis_server import RedisServer, running_redis


@pytest.fixture(scope="session")
async def redis_of_all() -> AsyncIterator[RedisServer]:
    async with running_redis() as redis:
        yield redis


@pytest.fixture
async def redis(redis_of_all: RedisServer) -> RedisServer:
    """An empty Redis that outlives the test: one that is to be killed is started by the test."""
    await redis_of_all.command("FLUSHALL")
    return redis_of_all
