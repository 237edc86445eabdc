import asyncio
from collections.abc import AsyncIterator

import pytest

from server.account_ports import (
    ENROLMENT_HOURS,
    PASSKEYS_MAX,
    SESSION_HOURS,
    AccountLine,
    StoredCode,
    StoredPasskey,
)
from server.store.account_rows import AccountRows
from server.store.database import Database
from server.store.engine import make_engine
from server.store.schema import bring_up_to_date
from server.store.sql_store import open_store
from tests.server.store.conftest import Place

HOUR_MS = 3_600_000
NOW_MS = 1_700_000_000_000
LINK, SESSION = b"l" * 32, b"s" * 32
DIGESTS = ("$argon2id$one", "$argon2id$two")


def _key(number: int, account_id: str = "ann") -> StoredPasskey:
    return StoredPasskey(bytes([number]) * 32, account_id, b"cose", 0, "internal", "My phone", NOW_MS)


@pytest.fixture
async def accounts(place: Place) -> AsyncIterator[AccountRows]:
    engine = make_engine(place.url, place.folder)
    async with engine.begin() as connection:
        await connection.run_sync(bring_up_to_date)
    yield AccountRows(Database(engine))
    await engine.dispose()


@pytest.fixture
async def enrolled(accounts: AccountRows) -> AccountRows:
    assert await accounts.add("ann", LINK, NOW_MS)
    assert await accounts.enrol(LINK, _key(1), DIGESTS, NOW_MS)
    return accounts


async def test_an_enrolment_makes_one_passkey_and_the_codes_once(accounts: AccountRows) -> None:
    assert await accounts.add("ann", LINK, NOW_MS)
    assert not await accounts.add("ann", b"m" * 32, NOW_MS)
    assert await accounts.enrolling(LINK, NOW_MS) == "ann"
    assert await accounts.enrolling(b"m" * 32, NOW_MS) is None
    assert not await accounts.enrol(LINK, _key(1, "ben"), DIGESTS, NOW_MS)
    assert await accounts.enrol(LINK, _key(1), DIGESTS, NOW_MS)
    assert await accounts.enrolling(LINK, NOW_MS) is None
    assert not await accounts.enrol(LINK, _key(2), DIGESTS, NOW_MS)
    assert await accounts.passkeys("ann") == (_key(1),)
    assert await accounts.passkey(_key(1).credential_id) == _key(1)
    assert await accounts.passkey(_key(2).credential_id) is None
    assert await accounts.codes("ann") == (StoredCode(1, DIGESTS[0]), StoredCode(2, DIGESTS[1]))


async def test_an_enrolment_ends(accounts: AccountRows) -> None:
    await accounts.add("ann", LINK, NOW_MS)
    over_ms = NOW_MS + ENROLMENT_HOURS * HOUR_MS
    assert await accounts.enrolling(LINK, over_ms - 1) == "ann"
    assert await accounts.enrolling(LINK, over_ms) is None
    assert not await accounts.enrol(LINK, _key(1), DIGESTS, over_ms)
    assert await accounts.passkeys("ann") == ()


async def test_one_credential_belongs_to_one_account(enrolled: AccountRows) -> None:
    await enrolled.add("ben", b"m" * 32, NOW_MS)
    assert not await enrolled.enrol(b"m" * 32, _key(1, "ben"), DIGESTS, NOW_MS)
    assert await enrolled.enrolling(b"m" * 32, NOW_MS) == "ben", "a refused try does not use the link up"
    assert not await enrolled.add_passkey(_key(1, "ben"))


async def test_passkeys_are_added_up_to_a_bound(enrolled: AccountRows) -> None:
    for number in range(2, PASSKEYS_MAX + 1):
        assert await enrolled.add_passkey(_key(number))
    assert not await enrolled.add_passkey(_key(PASSKEYS_MAX + 1))
    assert not await enrolled.add_passkey(_key(200, "nobody"))


async def test_the_last_passkey_goes_only_where_a_code_is_left(enrolled: AccountRows) -> None:
    await enrolled.add_passkey(_key(2))
    for code in await enrolled.codes("ann"):
        assert await enrolled.use_code("ann", code, NOW_MS)
    assert not await enrolled.remove_passkey("ben", _key(2).credential_id)
    assert await enrolled.remove_passkey("ann", _key(2).credential_id)
    assert not await enrolled.remove_passkey("ann", _key(1).credential_id)
    await enrolled.set_codes("ann", DIGESTS)
    assert await enrolled.remove_passkey("ann", _key(1).credential_id)


async def test_of_two_removals_at_once_one_leaves_a_way_in(enrolled: AccountRows) -> None:
    await enrolled.add_passkey(_key(2))
    await enrolled.set_codes("ann", ())
    async with asyncio.TaskGroup() as group:
        tries = [
            group.create_task(enrolled.remove_passkey("ann", _key(number).credential_id)) for number in (1, 2)
        ]
    assert sorted(one.result() for one in tries) == [False, True]


async def test_a_count_that_somebody_else_moved_is_told(enrolled: AccountRows) -> None:
    credential_id = _key(1).credential_id
    assert await enrolled.count_use(credential_id, 0, 7)
    assert not await enrolled.count_use(credential_id, 0, 8)
    found = await enrolled.passkey(credential_id)
    assert found is not None
    assert found.sign_count == 7


async def test_a_code_is_used_once_also_by_two_at_once(enrolled: AccountRows) -> None:
    code, other = await enrolled.codes("ann")
    async with asyncio.TaskGroup() as group:
        tries = [group.create_task(enrolled.use_code("ann", code, NOW_MS)) for _ in range(3)]
    assert sorted(one.result() for one in tries) == [False, False, True]
    assert await enrolled.codes("ann") == (other,)
    await enrolled.set_codes("ann", ("$argon2id$three",))
    assert not await enrolled.use_code("ann", other, NOW_MS)
    assert await enrolled.codes("ann") == (StoredCode(1, "$argon2id$three"),)


async def test_sessions_end_by_time_one_by_one_and_all_together(enrolled: AccountRows) -> None:
    over_ms = NOW_MS + SESSION_HOURS * HOUR_MS
    await enrolled.open_session(SESSION, "ann", NOW_MS)
    assert await enrolled.session(SESSION, over_ms - 1) == "ann"
    assert await enrolled.session(SESSION, over_ms) is None
    assert await enrolled.session(b"t" * 32, NOW_MS) is None
    await enrolled.close_session(SESSION)
    assert await enrolled.session(SESSION, NOW_MS) is None
    for secret_hash in (SESSION, b"t" * 32):
        await enrolled.open_session(secret_hash, "ann", NOW_MS)
    await enrolled.close_sessions("ann")
    assert await enrolled.session(b"t" * 32, NOW_MS) is None


async def test_what_is_over_is_forgotten(place: Place) -> None:
    later_ms = NOW_MS + ENROLMENT_HOURS * HOUR_MS
    async with open_store(place.url, place.folder) as store:
        await store.accounts.add("ann", LINK, NOW_MS)
        await store.accounts.open_session(SESSION, "ann", NOW_MS)
        await store.accounts.open_session(b"t" * 32, "ann", later_ms)
        await store.drop_old(later_ms)
        assert await store.accounts.enrolling(LINK, NOW_MS) is None
        assert await store.accounts.session(SESSION, NOW_MS) is None
        assert await store.accounts.session(b"t" * 32, NOW_MS) == "ann"


async def test_a_reset_leaves_nothing_but_a_new_link(enrolled: AccountRows) -> None:
    await enrolled.open_session(SESSION, "ann", NOW_MS)
    assert not await enrolled.reset("ben", b"m" * 32, NOW_MS)
    assert await enrolled.reset("ann", b"m" * 32, NOW_MS)
    assert await enrolled.passkeys("ann") == ()
    assert await enrolled.codes("ann") == ()
    assert await enrolled.session(SESSION, NOW_MS) is None
    assert await enrolled.reset("ann", b"n" * 32, NOW_MS)
    assert await enrolled.enrolling(b"m" * 32, NOW_MS) is None
    assert await enrolled.enrolling(b"n" * 32, NOW_MS) == "ann"


async def test_operators_see_counts_and_remove_all_of_an_account(enrolled: AccountRows) -> None:
    await enrolled.add("ben", b"m" * 32, NOW_MS + 1)
    await enrolled.open_session(SESSION, "ann", NOW_MS)
    assert await enrolled.accounts(NOW_MS + 1) == (
        AccountLine("ann", NOW_MS, 1, 2, has_link=False),
        AccountLine("ben", NOW_MS + 1, 0, 0, has_link=True),
    )
    assert await enrolled.remove("ann")
    assert not await enrolled.remove("ann")
    assert await enrolled.session(SESSION, NOW_MS) is None
    assert await enrolled.passkey(_key(1).credential_id) is None
    assert [line.account_id for line in await enrolled.accounts(NOW_MS)] == ["ben"]
