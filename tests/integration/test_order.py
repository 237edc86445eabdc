"""How soon a host's act takes hold, measured by bots in a real server's room."""

from collections.abc import AsyncIterator

import pytest

from tests.bots import order
from tests.bots.acts import Act
from tests.bots.served import CrowdServer, crowd_server

TRIALS = 20
# The promise is 100 ms at p99 of 200 trials; `python -m tests.bots.order` measures it.
# Here a busy machine may be late by itself: this only tells an act that holds from one that does not.
HOLDS_WITHIN_MS = 2_000.0


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CrowdServer]:
    async with crowd_server(tmp_path_factory.mktemp("served")) as running:
        yield running


def assert_at_once(outcome: order.Outcome) -> None:
    assert outcome.trials == TRIALS
    assert outcome.cut >= TRIALS * 0.5  # there was something to end, more often than not
    assert outcome.silence_ms.p99 is not None
    assert outcome.silence_ms.p99 <= HOLDS_WITHIN_MS


@pytest.mark.parametrize("act", order.VOICE_ACTS)
async def test_a_host_silences_a_voice_at_once(server: CrowdServer, act: Act) -> None:
    async with order.Table.laid(server) as table:
        assert_at_once(await order.try_voice(table, act, TRIALS))


@pytest.mark.parametrize("act", order.WORD_ACTS)
async def test_a_host_stops_words_at_once(server: CrowdServer, act: Act) -> None:
    async with order.Table.laid(server) as table:
        assert_at_once(await order.try_words(table, act, TRIALS))
