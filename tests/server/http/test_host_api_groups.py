"""What hosts do for their own group, over HTTP, on both databases."""

import asyncio
from typing import Any

import pytest

from rooms.ids import RoomSlug
from rooms.roles import Role
from server.accounts.group_messages import GROUP_ASKS, LOOKS
from server.accounts.opaque import hash_secret
from server.group_ports import (
    ROSTER_ROLES,
    GroupSlug,
    RosterEntry,
    SeriesKind,
    StoredGroup,
)
from server.ports import StoredRoom
from tests.server.accounts.groups import (
    DAWN,
    GROUP,
    OTHER,
    STRANGER,
    account_of,
)
from tests.server.http.group_hall import HOUR_MS, NUMBER, WEEKLY, Hall, hall, small_hall
from tests.server.http.host_page import TLS, Browser
from tests.server.store.conftest import place, postgresql, postgresql_url

__all__ = ["hall", "place", "postgresql", "postgresql_url", "small_hall"]  # fixtures


def payloads(series_id: str, invite_id: str) -> dict[str, dict[str, Any]]:
    """What can be asked at each path, so that nothing but the role decides."""
    reader = account_of(Role.READER)
    words = {"title": "Lamp light", "about": ""}
    return {
        "group": {},
        "group/change": {**words, "appeal": ""},
        "group/acts": {},
        "group/audit": {"room": "dawn"},
        "group/rooms/add": {"room": "noon", **words},
        "group/rooms/change": {"room": "dusk", **words},
        "group/rooms/close": {"room": "dusk"},
        "group/rooms/settings": {"room": "dusk"},
        "group/rooms/set": {"room": "dusk", "floor": "hands", "limit_ms": 120_000},
        "group/sheets/keep": {"sheet_id": "s1", "title": "Tuesday", "cues": [{"title": "Welcome"}]},
        "group/roster/invite": {"role": "reader", "alias": "Zoe"},
        "group/roster/change": {"account_id": reader, "role": "greeter", "alias": "R"},
        "group/roster/move": {"account_id": reader, "place": 1},
        "group/roster/remove": {"account_id": account_of(Role.TIMEKEEPER)},
        "group/series/add": {"room": "dusk", **WEEKLY},
        "group/series/skip": {"series_id": series_id, "date": "2026-03-03"},
        "group/series/end": {"series_id": series_id},
        "group/series/give": {"series_id": series_id, "account_id": reader},
        "group/bans": {},
        "group/bans/lift": {"ban_id": "b-lamps"},
        "group/invites": {},
        "group/invites/make": {"role": "member", "uses": 1, "hours": 24},
        "group/invites/revoke": {"invite_id": invite_id},
    }


async def _series_and_invite(page: Browser, group: str = GROUP, room: str = "dusk") -> tuple[str, str]:
    await page.ask("group/series/add", group=group, room=room, **WEEKLY)
    shown = await page.ask("group", group=group)
    made = await page.ask("group/invites/make", group=group, role="member", uses=3, hours=24)
    return shown["series"][-1]["series_id"], made["invite_id"]


async def test_each_role_may_ask_what_is_its_and_nothing_more(hall: Hall) -> None:
    series_id, invite_id = await _series_and_invite(await hall.enter(account_of(Role.SECRETARY)))
    asks = payloads(series_id, invite_id)
    assert asks.keys() == GROUP_ASKS.keys()
    before = await hall.acts()
    leads = {Role.HOST, Role.SECRETARY}
    looks = leads | {Role.COHOST, Role.SAFETY}
    for role in ROSTER_ROLES:
        page = await hall.enter(account_of(role))
        for path, payload in asks.items():
            if role in leads and GROUP_ASKS[path] not in LOOKS:
                continue
            answer = await page.ask(path, group=GROUP, **payload)
            if role in looks and GROUP_ASKS[path] in LOOKS:
                assert answer["type"].endswith("shown"), (role, path, answer)
            else:
                assert answer == {"type": "declined", "code": "not_allowed"}, (role, path)
    for account_id in (STRANGER, "a-nobody"):
        page = await hall.enter(account_id) if account_id == STRANGER else Browser(hall.client, TLS)
        refused = "not_serving" if account_id == STRANGER else "not_signed_in"
        for path, payload in asks.items():
            answer = await page.ask(path, group=GROUP, **payload)
            assert (answer["type"], answer["code"]) == ("refused", refused), path
    assert await hall.acts() == before


@pytest.mark.parametrize("role", [Role.HOST, Role.SECRETARY])
async def test_whoever_leads_may_change_all_and_each_change_is_written_down(hall: Hall, role: Role) -> None:
    page = await hall.enter(account_of(role))
    series_id, invite_id = await _series_and_invite(page)
    asks = payloads(series_id, invite_id)
    given = {"room": "dusk", **WEEKLY, "account_id": account_of(Role.SAFETY)}
    await page.ask("group/series/add", group=GROUP, **given)
    shown = (await page.ask("group", group=GROUP))["series"]
    (shift,) = [line["series_id"] for line in shown if line["kind"] == "shift"]
    asks["group/series/give"]["series_id"] = shift
    order = [path for path in asks if path not in ("group/rooms/close", "group/series/end")]
    before = len(await hall.acts())
    for path in [*order, "group/series/end", "group/rooms/close"]:
        answer = await page.ask(path, group=GROUP, **asks[path])
        assert answer["type"] not in ("declined", "refused"), (path, answer)
    acts = (await hall.acts())[before:]
    changes = {
        path.removeprefix("group/").replace("/", "_") for path in asks if GROUP_ASKS[path] not in LOOKS
    }
    assert {action for action, _, _ in acts} == changes
    assert len(acts) == len(changes)
    assert {account_id for _, account_id, _ in acts} == {account_of(role)}


async def test_the_roster_of_the_moment_decides(hall: Hall) -> None:
    page = await hall.enter(account_of(Role.HOST))
    assert (await page.ask("group", group=GROUP))["type"] == "group_shown"
    host = RosterEntry(GROUP, account_of(Role.HOST), Role.GREETER, "", 0, 1)
    await hall.store.rosters.put(host)
    assert (await page.ask("group", group=GROUP))["code"] == "not_allowed"
    await hall.store.rosters.remove(GROUP, host.account_id)
    assert (await page.ask("group", group=GROUP))["code"] == "not_serving"
    assert (await page.ask("group", group="nowhere"))["code"] == "not_serving"


async def test_a_group_sees_and_touches_nothing_of_another(hall: Hall) -> None:
    other = await hall.enter(STRANGER)
    series_id, invite_id = await _series_and_invite(other, OTHER, "talk")
    page = await hall.enter(account_of(Role.SECRETARY))
    asks = payloads(series_id, invite_id)
    asks["group/bans/lift"]["ban_id"] = "b-talk"
    asks["group/roster/remove"]["account_id"] = STRANGER
    asks["group/roster/change"]["account_id"] = STRANGER
    asks["group/roster/move"]["account_id"] = STRANGER
    of_rooms = ("group/rooms/close", "group/rooms/change", "group/rooms/settings", "group/rooms/set")
    for path in ("group/audit", "group/series/add", *of_rooms):
        asks[path]["room"] = "talk"
    for path in (
        *("group/series/skip", "group/series/end", "group/series/give", "group/bans/lift"),
        *("group/invites/revoke", "group/roster/remove", "group/roster/change", "group/roster/move"),
        *("group/audit", "group/series/add", *of_rooms),
    ):
        answer = await page.ask(path, group=GROUP, **asks[path])
        assert answer == {"type": "declined", "code": "gone"}, path
    shown = await page.ask("group", group=GROUP)
    assert [line["room"] for line in shown["series"]] == ["dawn"]
    assert [ban["ban_id"] for ban in (await page.ask("group/bans", group=GROUP))["bans"]] == ["b-lamps"]
    assert (await page.ask("group/invites", group=GROUP))["invites"] == []
    assert (await other.ask("group/invites", group=OTHER))["invites"][0]["is_revoked"] is False


async def test_what_the_page_of_a_group_shows(hall: Hall) -> None:
    page = await hall.enter(account_of(Role.HOST))
    shown = await page.ask("group", group=GROUP)
    assert (shown["title"], shown["about"], shown["appeal"]) == ("Lamps", "A light.", "Write to us.")
    assert (shown["role"], shown["may_change"], shown["reports_open"]) == ("host", True, 1)
    assert shown["gives"] == ["reader", "greeter", "timekeeper", "captioner", "safety", "cohost", "host"]
    assert [(room["slug"], room["may_change"]) for room in shown["rooms"]] == [
        ("dawn", False),
        ("dusk", True),
    ]
    lines = {line["account_id"]: line for line in shown["roster"]}
    assert [line["place"] for line in shown["roster"]] == [1, 2, 3, 0, 0, 0, 0, 0]
    assert {who for who, line in lines.items() if not line["may_change"]} == {account_of(Role.SECRETARY)}
    assert all(line["has_keys"] for line in lines.values())
    (weekly,) = shown["series"]
    assert (weekly["series_id"], weekly["days"], weekly["at"]) == ("", ["MO"], "07:00")
    assert [one["date"] for one in weekly["coming"]] == [
        "2026-03-02",
        "2026-03-09",
        "2026-03-16",
        "2026-03-23",
    ]
    looking = await (await hall.enter(account_of(Role.SAFETY))).ask("group", group=GROUP)
    assert (looking["roster"], looking["series"], looking["gives"], looking["may_change"]) == (
        [],
        [],
        [],
        False,
    )
    assert [room["slug"] for room in looking["rooms"]] == ["dawn", "dusk"]


async def test_the_words_of_a_group_and_its_rooms(hall: Hall) -> None:
    page = await hall.enter(account_of(Role.SECRETARY))
    words = {"title": " Lamps \n lit ", "about": "", "appeal": "Ask us."}
    assert (await page.ask("group/change", group=GROUP, **words))["type"] == "done"
    assert await hall.store.groups.open_group(GROUP) == ("lamps", "Lamps lit", "", "Ask us.")
    made = {"room": "noon", "title": "Noon", "about": "At noon."}
    assert (await page.ask("group/rooms/add", group=GROUP, **made))["type"] == "done"
    renamed = {"room": "noon", "title": "Midday", "about": "Bread."}
    assert (await page.ask("group/rooms/change", group=GROUP, **renamed))["type"] == "done"
    assert (await hall.store.open_rooms())[-1] == ("noon", "Midday", "Bread.", "lamps")
    configured = {**renamed, "room": "dawn"}
    assert (await page.ask("group/rooms/change", group=GROUP, **configured))["code"] == "configured"
    assert (await page.ask("group/rooms/close", group=GROUP, room="dawn"))["code"] == "configured"
    assert (await page.ask("group/rooms/close", group=GROUP, room="noon"))["type"] == "done"
    assert (await page.ask("group/rooms/add", group=GROUP, **made))["type"] == "done"
    assert (await hall.store.changes.numbers())["rooms"] == 5


async def test_a_room_takes_no_address_behind_which_something_of_others_is_found(hall: Hall) -> None:
    store, page = hall.store, await hall.enter(account_of(Role.SECRETARY))
    await store.add_room(StoredRoom(RoomSlug("open"), "Open", ""), 1)
    await store.add_room(StoredRoom(RoomSlug("gone"), "Gone", ""), 1)
    await store.close_room(RoomSlug("gone"), 2)
    await store.groups.add(StoredGroup(GroupSlug("pier"), "Pier", "", ""), 1)
    await store.rosters.put(RosterEntry(GroupSlug("quay"), "x", Role.HOST, "", 0, 1))
    _, rows = await store.audit(DAWN)
    await store.save({}, (rows[0].entry._replace(slug=RoomSlug("once")),))
    for slug in ("dawn", "talk", "open", "gone", "pier", "quay", "once", "dusk"):
        answer = await page.ask("group/rooms/add", group=GROUP, room=slug, title="Mine", about="")
        assert answer == {"type": "declined", "code": "slug_taken"}, slug


async def test_a_room_that_is_a_group_by_itself_stays_one_when_it_closes(hall: Hall) -> None:
    store = hall.store
    await store.add_room(StoredRoom(RoomSlug("solo"), "Solo", ""), 1)
    await store.rosters.put(RosterEntry(GroupSlug("solo"), STRANGER, Role.HOST, "", 0, 1))
    page = await hall.enter(STRANGER)
    second = {"room": "duo", "title": "Duo", "about": ""}
    assert (await page.ask("group/rooms/add", group="solo", **second))["type"] == "done"
    for room in ("duo", "solo"):
        assert (await page.ask("group/rooms/close", group="solo", room=room))["type"] == "done"
    shown = await page.ask("group", group="solo")
    assert (shown["title"], shown["rooms"]) == ("Solo", [])
    again = {"room": "solo", "title": "Solo again", "about": ""}
    assert (await page.ask("group/rooms/add", group="solo", **again))["type"] == "done"
    assert ("solo", "Solo again", "", None) in await store.open_rooms()
    await page.ask("group/rooms/close", group="solo", room="solo")
    await store.groups.close(GroupSlug("solo"), 9)
    assert (await page.ask("group", group="solo"))["code"] == "not_serving"


async def test_nobody_gives_a_role_above_the_own_or_changes_whoever_stands_beside(hall: Hall) -> None:
    host, secretary = account_of(Role.HOST), account_of(Role.SECRETARY)
    cohost = account_of(Role.COHOST)
    page = await hall.enter(host)
    above = {"role": "secretary", "alias": ""}
    for path, payload in (
        ("group/roster/invite", above),
        ("group/roster/change", {"account_id": cohost, **above}),
        ("group/roster/change", {"account_id": host, **above}),
        ("group/roster/change", {"account_id": cohost, "role": "member", "alias": ""}),
        ("group/roster/change", {"account_id": cohost, "role": "speaker", "alias": ""}),
        ("group/roster/change", {"account_id": secretary, "role": "reader", "alias": ""}),
        ("group/roster/remove", {"account_id": secretary}),
        ("group/invites/make", {"role": "host", "uses": 1, "hours": 1}),
    ):
        answer = await page.ask(path, group=GROUP, **payload)
        assert answer == {"type": "declined", "code": "higher_rank"}, (path, payload)
    up = {"account_id": cohost, "role": "host", "alias": "Co"}
    assert (await page.ask("group/roster/change", group=GROUP, **up))["type"] == "done"
    assert (await page.ask("group/roster/remove", group=GROUP, account_id=cohost))["code"] == "higher_rank"
    above_them = await hall.enter(secretary)
    assert (await above_them.ask("group/roster/remove", group=GROUP, account_id=cohost))["type"] == "done"


async def test_the_last_who_leads_names_another_first(hall: Hall) -> None:
    host, secretary = account_of(Role.HOST), account_of(Role.SECRETARY)
    page = await hall.enter(secretary)
    assert (await page.ask("group/roster/remove", group=GROUP, account_id=host))["type"] == "done"
    down = {"account_id": secretary, "role": "cohost", "alias": "Sec"}
    for _ in range(2):
        assert (await page.ask("group/roster/remove", group=GROUP, account_id=secretary))[
            "code"
        ] == "last_lead"
        assert (await page.ask("group/roster/change", group=GROUP, **down))["code"] == "last_lead"
        # Whoever has a link and no key yet leads nobody.
        invited = await page.ask("group/roster/invite", group=GROUP, role="secretary", alias=f"N{_}")
        assert invited["type"] == "host_invited"
    await hall.store.accounts.set_codes(invited["account_id"], ("digest",))
    assert (await page.ask("group/roster/remove", group=GROUP, account_id=secretary))["type"] == "done"
    assert (await page.ask("group", group=GROUP))["code"] == "not_serving"


async def test_the_last_two_cannot_both_leave_at_once(hall: Hall) -> None:
    leads = [account_of(Role.HOST), account_of(Role.SECRETARY)]
    pages = [await hall.enter(account_id) for account_id in leads]
    answers = await asyncio.gather(
        *(
            page.ask("group/roster/remove", group=GROUP, account_id=account_id)
            for page, account_id in zip(pages, leads, strict=True)
        )
    )
    assert sorted(answer.get("code", "done") for answer in answers) == ["done", "last_lead"]


async def test_an_invited_host_has_a_link_until_it_is_used_or_taken_back(hall: Hall) -> None:
    page = await hall.enter(account_of(Role.HOST))
    invited = await page.ask(
        "group/roster/invite", group=GROUP, role="cohost", alias="Zoe", in_succession=True
    )
    assert invited["until_ms"] == hall.clock.wall_ms() + 72 * HOUR_MS
    secret = hash_secret(invited["secret"])
    assert await hall.store.accounts.enrolling(secret, hall.clock.wall_ms()) == invited["account_id"]
    line = (await page.ask("group", group=GROUP))["roster"][3]
    assert line == {
        "account_id": invited["account_id"],
        "role": "cohost",
        "alias": "Zoe",
        "place": 4,
        "has_keys": False,
        "may_change": True,
    }
    new = Browser(hall.client, TLS)
    assert (await new.enrol(invited["secret"]))["type"] == "codes_made"
    assert (await new.ask("group", group=GROUP))["role"] == "cohost"
    gone = {"account_id": invited["account_id"]}
    assert (await page.ask("group/roster/remove", group=GROUP, **gone))["type"] == "done"
    assert (await new.ask("me"))["serving"] == []
    unused = await page.ask("group/roster/invite", group=GROUP, role="cohost", alias="Zoe")
    gone = {"account_id": unused["account_id"]}
    assert (await page.ask("group/roster/remove", group=GROUP, **gone))["type"] == "done"
    assert (await Browser(hall.client, TLS).ask("enrol/begin", secret=unused["secret"]))["type"] == "refused"
    number = await hall.enter(account_of(Role.HOST), NUMBER)
    refused = await number.ask("group/roster/invite", group=GROUP, role="cohost", alias="Zoe")
    assert refused["code"] == "no_passkeys_here"


async def test_the_succession_is_moved_one_by_one(hall: Hall) -> None:
    page = await hall.enter(account_of(Role.HOST))

    async def succession() -> list[str]:
        roster = (await page.ask("group", group=GROUP))["roster"]
        assert [line["place"] for line in roster if line["place"]] == list(
            range(1, 1 + sum(line["place"] > 0 for line in roster))
        )
        return [line["role"] for line in roster if line["place"]]

    assert await succession() == ["secretary", "host", "cohost"]
    for role, to, expected in (
        (Role.COHOST, 2, ["secretary", "cohost", "host"]),
        (Role.SECRETARY, 2, ["cohost", "secretary", "host"]),
        (Role.SAFETY, 99, ["cohost", "secretary", "host", "safety"]),
        (Role.COHOST, 0, ["secretary", "host", "safety"]),
    ):
        moved = {"account_id": account_of(role), "place": to}
        assert (await page.ask("group/roster/move", group=GROUP, **moved))["type"] == "done"
        assert await succession() == expected


async def test_a_meeting_is_planned_skipped_held_again_and_ended(hall: Hall) -> None:
    page = await hall.enter(account_of(Role.SECRETARY))
    series_id, _ = await _series_and_invite(page)
    line = (await page.ask("group", group=GROUP))["series"][1]
    assert (line["kind"], line["room"], line["account_id"]) == ("meeting", "dusk", "")
    assert [one["date"] for one in line["coming"]][:2] == ["2026-03-03", "2026-03-05"]
    assert line["coming"][0]["starts_ms"] == 1_772_564_400_000
    skip = {"series_id": series_id, "date": "2026-03-03"}
    assert (await page.ask("group/series/skip", group=GROUP, **skip))["type"] == "done"
    line = (await page.ask("group", group=GROUP))["series"][1]
    assert [one["date"] for one in line["coming"]][:1] == ["2026-03-05"]
    assert line["skipped"] == [{"date": "2026-03-03", "starts_ms": 1_772_564_400_000}]
    assert (await page.ask("group/series/skip", group=GROUP, **skip, on=False))["type"] == "done"
    line = (await page.ask("group", group=GROUP))["series"][1]
    assert ([one["date"] for one in line["coming"]][:1], line["skipped"]) == (["2026-03-03"], [])
    for wrong in ("2026-03-04", "soon", "2026-13-01"):
        answer = await page.ask("group/series/skip", group=GROUP, series_id=series_id, date=wrong)
        assert answer["code"] == "bad_date", wrong
    assert (await page.ask("group/series/end", group=GROUP, series_id=series_id))["type"] == "done"
    assert len((await page.ask("group", group=GROUP))["series"]) == 1
    assert (await page.ask("group/series/end", group=GROUP, series_id=series_id))["code"] == "gone"


async def test_a_shift_is_somebodys_and_nobodys_when_they_leave(hall: Hall) -> None:
    page = await hall.enter(account_of(Role.SECRETARY))
    safety, cohost = account_of(Role.SAFETY), account_of(Role.COHOST)
    shift = {"room": "dusk", **WEEKLY, "account_id": safety}
    assert (await page.ask("group/series/add", group=GROUP, **shift))["type"] == "done"
    unknown = {**shift, "account_id": STRANGER}
    assert (await page.ask("group/series/add", group=GROUP, **unknown))["code"] == "gone"
    (stored,) = await hall.store.series.all()
    assert (stored.kind, stored.account_id) == (SeriesKind.SHIFT, safety)
    for account_id, kind in ((cohost, "done"), (STRANGER, "declined"), ("", "done"), (cohost, "done")):
        give = {"series_id": stored.series_id, "account_id": account_id}
        assert (await page.ask("group/series/give", group=GROUP, **give))["type"] == kind
    await page.ask("group/roster/remove", group=GROUP, account_id=cohost)
    assert [one.account_id for one in await hall.store.series.all()] == [""]


@pytest.mark.parametrize(
    ("path", "change", "code"),
    [
        ("group/change", {"title": " "}, "bad_title"),
        ("group/change", {"title": "x" * 81}, "bad_title"),
        ("group/change", {"about": "x" * 281}, "bad_about"),
        ("group/change", {"about": "\u0007"}, "bad_about"),
        ("group/change", {"appeal": "x" * 281}, "bad_appeal"),
        ("group/rooms/add", {"room": "No Slug"}, "bad_slug"),
        ("group/rooms/add", {"room": ""}, "bad_slug"),
        ("group/rooms/add", {"title": ""}, "bad_title"),
        ("group/rooms/change", {"about": "x" * 281}, "bad_about"),
        ("group/roster/invite", {"alias": "x" * 41}, "bad_alias"),
        ("group/roster/invite", {"alias": "hOST"}, "alias_taken"),
        ("group/roster/change", {"alias": "host"}, "alias_taken"),
        ("group/series/add", {"days": []}, "bad_days"),
        ("group/series/add", {"days": ["XX"]}, "bad_days"),
        ("group/series/add", {"at": "25:00"}, "bad_time"),
        ("group/series/add", {"minutes": 0}, "bad_minutes"),
        ("group/series/add", {"minutes": 1441}, "bad_minutes"),
        ("group/series/add", {"zone": "Lisbon"}, "bad_zone"),
        ("group/series/add", {"zone": ""}, "bad_zone"),
        ("group/series/add", {"doors": 241}, "bad_doors"),
        ("group/series/add", {"fellowship": -1}, "bad_fellowship"),
    ],
)
async def test_what_cannot_be_is_told_by_its_field(
    small_hall: Hall, path: str, change: dict[str, Any], code: str
) -> None:
    page = await small_hall.enter(account_of(Role.SECRETARY))
    payload = {**payloads("s", "i")[path], **change}
    assert await page.ask(path, group=GROUP, **payload) == {"type": "declined", "code": code}
    assert await small_hall.acts() == []
