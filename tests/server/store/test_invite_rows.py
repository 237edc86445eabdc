import asyncio
import hashlib
from typing import Any

import pytest

from rooms.roles import Role
from server.group_ports import GroupSlug, StoredInvite
from server.store.sql_store import SqlStore, open_store
from tests.server.store.conftest import Place

HALL, PIER = GroupSlug("hall"), GroupSlug("pier")
UNTIL_MS = 1_000


def invite(branch: str, **changed: Any) -> StoredInvite:  # noqa: ANN401 - any column
    """An invite at the end of a branch, good once until `UNTIL_MS`; its secret is its id."""
    before, _, invite_id = branch.rpartition("/")
    made = StoredInvite(
        invite_id=invite_id,
        group_slug=HALL,
        parent_id=before.rpartition("/")[2],
        branch=branch,
        secret_hash=secret(invite_id),
        role=Role.MEMBER,
        uses_max=1,
        uses=0,
        until_ms=UNTIL_MS,
        made_ms=1,
    )
    return made._replace(**changed)


def secret(invite_id: str) -> bytes:
    return hashlib.sha256(invite_id.encode()).digest()


async def _usable(store: SqlStore, *invite_ids: str) -> list[str]:
    """Try to use each."""
    return [name for name in invite_ids if await store.invites.use_invite(secret(name), UNTIL_MS - 1)]


async def test_an_invite_is_good_for_its_uses_and_its_time(place: Place) -> None:
    made = invite("a", uses_max=2, role=Role.GREETER)
    async with open_store(place.url, place.folder) as store:
        assert await store.invites.add(made)
        assert await store.invites.use_invite(secret("x"), 1) is None
        assert await store.invites.use_invite(secret("a"), UNTIL_MS) is None
        assert await store.invites.use_invite(secret("a"), UNTIL_MS - 1) == made._replace(uses=1)
    async with open_store(place.url, place.folder) as store:
        assert await store.invites.use_invite(secret("a"), 1) == made._replace(uses=2)
        assert await store.invites.use_invite(secret("a"), 1) is None
        assert await store.invites.of_group(HALL) == (made._replace(uses=2),)
        assert await store.invites.of_group(PIER) == ()


async def test_of_many_who_come_at_once_only_so_many_come_in(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.invites.add(invite("a", uses_max=3))
        async with asyncio.TaskGroup() as group:
            tries = [group.create_task(store.invites.use_invite(secret("a"), 1)) for _ in range(8)]
        uses = sorted(found.uses for task in tries if (found := task.result()))
    assert uses == [1, 2, 3]


async def test_a_branch_is_revoked_with_all_that_came_of_it_and_nothing_else(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        for branch in ("a", "a/b", "a/b/c", "A", "a/B", "a/B/d", "ab", "a/bc"):
            assert await store.invites.add(invite(branch, uses_max=9))
        assert await store.invites.revoke(PIER, "a/b") == 0
        assert await store.invites.revoke(HALL, "a/b") == 2
        assert await store.invites.revoke(HALL, "a/b") == 0
        left = ["a", "A", "B", "d", "ab", "bc"]
        assert await _usable(store, "b", "c", *left) == left
        assert await store.invites.pause(HALL, "a/b", on=False) == 0
        assert await _usable(store, "b", "c") == []


async def test_a_pause_ends(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        for branch in ("a", "a/b", "c"):
            await store.invites.add(invite(branch, uses_max=9))
        assert await store.invites.pause(HALL, "a", on=True) == 2
        assert await _usable(store, "a", "b", "c") == ["c"]
        assert await store.invites.pause(HALL, "a", on=False) == 2
        assert await _usable(store, "a", "b", "c") == ["a", "b", "c"]


async def test_nothing_grows_from_a_branch_that_has_ended(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        for name in ("revoked", "paused", "fine"):
            await store.invites.add(invite(name))
        await store.invites.revoke(HALL, "revoked")
        await store.invites.pause(HALL, "paused", on=True)
        assert not await store.invites.add(invite("revoked/a"))
        assert not await store.invites.add(invite("paused/b"))
        assert not await store.invites.add(invite("nowhere/c"))
        assert not await store.invites.add(invite("fine/d", group_slug=PIER))
        assert not await store.invites.add(invite("fine/e", made_ms=UNTIL_MS))
        assert await store.invites.add(invite("fine/f"))


@pytest.mark.parametrize(
    "wrong", [{"branch": "a/x"}, {"parent_id": "z"}, {"parent_id": ""}, {"invite_id": "a"}], ids=str
)
async def test_a_branch_that_does_not_fit_is_told(place: Place, wrong: dict[str, Any]) -> None:
    async with open_store(place.url, place.folder) as store:
        with pytest.raises(ValueError, match="branch"):
            await store.invites.add(invite("a/b")._replace(**wrong))


async def test_what_changed_is_counted_and_a_use_is_not(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.invites.add(invite("a"))
        await store.invites.use_invite(secret("a"), 1)
        await store.invites.pause(HALL, "a", on=True)
        await store.invites.revoke(HALL, "a")
        await store.invites.revoke(HALL, "a")
        assert (await store.changes.numbers())["invites"] == 3
