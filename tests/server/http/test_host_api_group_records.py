"""What hosts look after in their group beside its plan: bans, invites, records; and what bounds it."""

import pytest

from rooms.ids import RoomSlug
from rooms.roles import Role
from server.group_ports import (
    GROUP_ROOMS_MAX,
    GROUP_ROSTER_MAX,
    ROSTER_ROLES,
    RosterEntry,
)
from server.groups import hash_of
from server.ports import StoredRoom
from tests.server.accounts.groups import (
    DUSK,
    GROUP,
    TALK,
    account_of,
)
from tests.server.http.test_host_api_groups import HOUR_MS, Hall, hall, payloads, small_hall
from tests.server.store.conftest import place, postgresql, postgresql_url

__all__ = ["hall", "place", "postgresql", "postgresql_url", "small_hall"]  # fixtures of other tests


async def test_bans_and_invites(hall: Hall) -> None:
    page = await hall.enter(account_of(Role.HOST))
    (ban,) = (await page.ask("group/bans", group=GROUP))["bans"]
    assert ban == {
        "ban_id": "b-lamps",
        "reason": "hate",
        "by_device": True,
        "placed_ms": hall.clock.wall_ms(),
        "until_ms": hall.clock.wall_ms() + 24 * HOUR_MS,
    }
    before = (await hall.store.changes.numbers())["bans"]
    assert (await page.ask("group/bans/lift", group=GROUP, ban_id="b-lamps"))["type"] == "done"
    assert (await hall.store.changes.numbers())["bans"] == before + 1, "a running server takes it up"
    assert (await page.ask("group/bans", group=GROUP))["bans"] == []
    assert (await page.ask("group/bans/lift", group=GROUP, ban_id="b-lamps"))["code"] == "gone"

    made = await page.ask("group/invites/make", group=GROUP, role="greeter", uses=2, hours=24)
    used = await hall.store.invites.use_invite(hash_of(made["secret"]), hall.clock.wall_ms())
    assert used is not None
    assert (used.role, used.branch, used.group_slug) == (Role.GREETER, made["invite_id"], GROUP)
    grown = used._replace(
        invite_id="child", parent_id=used.invite_id, branch=f"{used.branch}/child", secret_hash=b"c" * 32
    )
    await hall.store.invites.add(grown)
    shown = (await page.ask("group/invites", group=GROUP))["invites"]
    assert {(one["invite_id"], one["parent_id"], one["uses"]) for one in shown} == {
        ("child", made["invite_id"], 1),
        (made["invite_id"], "", 1),
    }
    assert (await page.ask("group/invites/revoke", group=GROUP, invite_id=made["invite_id"]))[
        "type"
    ] == "done"
    shown = (await page.ask("group/invites", group=GROUP))["invites"]
    assert [one["is_revoked"] for one in shown] == [True, True]


async def test_the_audit_of_a_room_and_the_acts_of_hosts_say_whether_they_are_whole(hall: Hall) -> None:
    page = await hall.enter(account_of(Role.COHOST))
    audit = await page.ask("group/audit", group=GROUP, room="dawn")
    at_min = hall.clock.wall_ms() // 60_000
    assert audit == {
        "type": "audit_shown",
        "rows": [
            {"number": 2, "at_min": at_min, "action": "room_locked_on", "actor": 4, "target": 0},
            {"number": 1, "at_min": at_min, "action": "member_removed", "actor": 4, "target": 9},
        ],
        "count": 2,
        "broken": 0,
    }
    assert (await page.ask("group/audit", group=GROUP, room="dusk"))["count"] == 0
    lead = await hall.enter(account_of(Role.HOST))
    await lead.ask("group/bans/lift", group=GROUP, ban_id="b-lamps")
    await lead.ask("group/rooms/close", group=GROUP, room="dusk")
    acts = await page.ask("group/acts", group=GROUP)
    assert [(row["action"], row["target"]) for row in acts["rows"]] == [
        ("rooms_close", "dusk"),
        ("bans_lift", "b-lamps"),
    ]
    assert (acts["count"], acts["broken"]) == (2, 0)
    async with hall.store.database.transaction() as connection:
        await connection.exec_driver_sql("UPDATE acts SET target = 'other' WHERE number = 1")
        await connection.exec_driver_sql("UPDATE audit SET actor = 5 WHERE number = 2")
    assert (await page.ask("group/acts", group=GROUP))["broken"] == 1
    assert (await page.ask("group/audit", group=GROUP, room="dawn"))["broken"] == 2


async def test_a_group_does_not_fill_the_place(small_hall: Hall) -> None:
    store, page = small_hall.store, await small_hall.enter(account_of(Role.SECRETARY))
    for number in range(2, GROUP_ROOMS_MAX):
        await store.add_room(StoredRoom(RoomSlug(f"r{number}"), "Room", "", GROUP), number)
    for number in range(len(ROSTER_ROLES), GROUP_ROSTER_MAX):
        await store.rosters.put(RosterEntry(GROUP, f"h{number}", Role.READER, "", 0, number))
    asks = payloads("", "")
    for path in ("group/rooms/add", "group/roster/invite"):
        assert (await page.ask(path, group=GROUP, **asks[path]))["code"] == "full"


async def test_whoever_asks_without_end_waits(small_hall: Hall) -> None:
    page = await small_hall.enter(account_of(Role.SAFETY))
    answers = [await page.ask("group/bans", group=GROUP) for _ in range(61)]
    assert [answer["type"] for answer in answers[:60]] == ["bans_shown"] * 60
    assert (answers[60]["code"], answers[60]["retry_ms"]) == ("too_fast", 1_000)
    other = await small_hall.enter(account_of(Role.HOST))
    assert (await other.ask("group/bans", group=GROUP))["type"] == "bans_shown"


async def test_what_is_refused_half_way_is_not_done_at_all(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_act: object) -> None:
        raise OSError(28, "No space left on device")

    page = await hall.enter(account_of(Role.SECRETARY))
    monkeypatch.setattr(hall.store.acts, "add", broken)
    answer = await page.ask("group/rooms/close", group=GROUP, room="dusk")
    assert answer["code"] == "store_away"
    assert DUSK in [room.slug for room in await hall.store.open_rooms()]
    assert TALK not in [room.slug for room in await hall.store.open_rooms()]
