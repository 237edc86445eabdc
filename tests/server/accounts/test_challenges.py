from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.accounts.challenges import CHALLENGE_BYTES, CHALLENGE_MS, Challenge, Challenges, Purpose
from server.store.sql_store import SqlStore, open_store

SIGN_IN = Challenge(Purpose.SIGN_IN, "https://meet.example", "")
KEY = b"k" * 32


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with open_store("", tmp_path) as opened:
        yield opened


async def test_a_challenge_is_taken_once_on_any_node(store: SqlStore) -> None:
    here, there = Challenges(KEY, store.spent), Challenges(KEY, store.spent)
    drawn = here.draw(SIGN_IN, 0)
    assert len(drawn) == CHALLENGE_BYTES
    assert await there.take(drawn, SIGN_IN, 1)
    assert not await here.take(drawn, SIGN_IN, 1)
    assert not await there.take(drawn, SIGN_IN, 1)
    assert here.draw(SIGN_IN, 0) != here.draw(SIGN_IN, 0)


@pytest.mark.parametrize("made_up", [b"", b"x", bytes(CHALLENGE_BYTES), bytes(3 * CHALLENGE_BYTES)])
async def test_what_nobody_gave_out_is_not_taken(store: SqlStore, made_up: bytes) -> None:
    challenges = Challenges(KEY, store.spent)
    assert not await challenges.take(made_up, SIGN_IN, 1)
    drawn = challenges.draw(SIGN_IN, 0)
    longer = drawn[:10] + b"\xff" + drawn[11:]
    assert not await challenges.take(longer, SIGN_IN, 1)
    assert not await Challenges(b"o" * 32, store.spent).take(drawn, SIGN_IN, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        SIGN_IN._replace(purpose=Purpose.ADD),
        SIGN_IN._replace(origin="https://other.example"),
        SIGN_IN._replace(account_id="k7dm2x9q"),
    ],
)
async def test_it_is_for_nothing_else(store: SqlStore, wrong: Challenge) -> None:
    challenges = Challenges(KEY, store.spent)
    assert not await challenges.take(challenges.draw(SIGN_IN, 0), wrong, 1)


async def test_it_ends(store: SqlStore) -> None:
    challenges = Challenges(KEY, store.spent)
    first, second = challenges.draw(SIGN_IN, 0), challenges.draw(SIGN_IN, 0)
    assert await challenges.take(first, SIGN_IN, CHALLENGE_MS - 1)
    assert not await challenges.take(second, SIGN_IN, CHALLENGE_MS)
