# ruff: noqa: ANN401 - what comes out of JSON has no type here
"""Run-sheets that a group keeps: who may ask, what is kept of them, and what is not."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from rooms.limits import READING_MAX_CHARS, SHEET_MAX_BYTES, SHEETS_MAX
from rooms.roles import Ability, Role, may
from server.group_ports import GroupSlug, StoredSheet
from server.ports import StoreError
from server.store.sql_store import SqlStore, open_store
from tests.server.gateway.house import TALK, Browser, House

HARBOUR = GroupSlug("harbour")
WELCOME = {"title": "Welcome", "text": "Good evening.", "mutes": True}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with open_store("", tmp_path) as store:
        yield store


@pytest.fixture
async def house(store: SqlStore) -> AsyncIterator[House]:
    async with House() as house:
        await house.book.read(store, {TALK: HARBOUR})
        yield house


async def save(browser: Browser, sheet_id: str = "one", title: str = "Tuesday", **sheet: Any) -> Any:
    return await browser.ask("save_sheet", sheet_id=sheet_id, title=title, cues=sheet.get("cues", [WELCOME]))


async def listed(browser: Browser) -> list[Any]:
    answer = await browser.ask("list_sheets")
    assert answer["type"] == "sheets", answer
    return list(answer["sheets"])


async def test_a_sheet_is_kept_mended_and_removed(house: House) -> None:
    tom, ann = await house.host("Tom"), await house.host("Ann")
    assert await listed(tom) == []
    assert (await save(tom))["type"] == "accepted"
    assert (await save(tom))["type"] == "accepted"  # sent twice, kept once
    assert (await save(tom, "two", "Friday"))["type"] == "accepted"
    assert [one["title"] for one in await listed(ann)] == ["Friday", "Tuesday"]
    await save(ann, "one", "  Tuesday \n night ", cues=[WELCOME, {"title": "News", "chat": "everyone"}])
    _, mended = await listed(tom)
    assert (mended["sheet_id"], mended["title"]) == ("one", "Tuesday night")
    assert [cue["title"] for cue in mended["cues"]] == ["Welcome", "News"]
    assert mended["cues"][1]["chat"] == "everyone"
    assert mended["cues"][0] == {**mended["cues"][0], **WELCOME}
    for _ in range(2):  # gone is gone, however often it is asked
        assert (await ann.ask("remove_sheet", sheet_id="one"))["type"] == "accepted"
    assert [one["title"] for one in await listed(tom)] == ["Friday"]


async def test_nobody_is_named_in_what_is_kept(house: House, store: SqlStore) -> None:
    tom = await house.host("Tom")
    await save(tom, cues=[{**WELCOME, "member_id": tom.member_id}])
    (kept,) = await store.sheets.of_group(HARBOUR)
    assert str(tom.member_id) not in kept.cues
    ((cue,),) = [one["cues"] for one in await listed(tom)]
    assert cue["member_id"] == 0


async def test_groups_do_not_see_each_others_sheets(house: House, store: SqlStore) -> None:
    await store.sheets.put(StoredSheet("far", GroupSlug("far"), "Theirs", "[]", 1))
    tom = await house.host("Tom")
    assert await listed(tom) == []
    await tom.ask("remove_sheet", sheet_id="far")
    assert (await save(tom, "far"))["code"] == "busy"  # an id is one group's only
    (theirs,) = await store.sheets.of_group(GroupSlug("far"))
    assert theirs.title == "Theirs"


# Nobody is made a secretary from within a room.
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SECRETARY])
async def test_whoever_settles_how_a_meeting_runs_keeps_its_sheets(house: House, role: Role) -> None:
    asking = await with_role(house, role)
    code = None if may(role, Ability.SET_RULES) else "not_allowed"
    assert (await asking.ask("list_sheets")).get("code") == code
    assert (await save(asking)).get("code") == code
    assert (await asking.ask("remove_sheet", sheet_id="one")).get("code") == code


async def with_role(house: House, role: Role) -> Browser:
    """Somebody with that role, by an invite that a host made."""
    host = await house.host("Tom")
    if role is Role.HOST:
        return host
    made = await host.ask("make_invite", uses=1, hours=1, role=role.value)
    other = await house.browser()
    assert (await other.join("Jo", made["secret"]))["type"] == "joined"
    return other


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        ({"cues": []}, "out_of_bounds"),
        ({"title": " \n"}, "empty_text"),
        ({"cues": [{"title": ""}]}, "empty_text"),
        ({"cues": [{"title": "A", "limit_ms": 1_000}]}, "out_of_bounds"),
        ({"cues": [{"title": "A", "text": "a" * (READING_MAX_CHARS + 1)}]}, "bad_message"),
        ({"cues": [{"title": "A", "text": "a" * READING_MAX_CHARS}] * 5}, "text_too_long"),
        ({"sheet_id": "a/b"}, "bad_message"),
    ],
)
async def test_what_cannot_be_kept_is_refused_with_a_reason(
    house: House, sheet: dict[str, Any], code: str
) -> None:
    tom = await house.host("Tom")
    assert (await save(tom, **sheet))["code"] == code
    assert await listed(tom) == []


async def test_the_largest_sheet_fits_into_one_frame(house: House) -> None:
    tom = await house.host("Tom")
    cues = [{"title": "A", "text": "\u20ac" * 1_950}] * 4  # three bytes each
    assert SHEET_MAX_BYTES * 0.95 < len(str(cues).encode()) < SHEET_MAX_BYTES
    assert (await save(tom, cues=cues))["type"] == "accepted"
    ((kept,),) = [await listed(tom)]
    sheet = {"title": kept["title"], "cues": kept["cues"]}
    assert (await tom.ask("set_sheet", n=1, sheet=sheet))["type"] == "accepted"
    assert (await tom.fact("sheet_set"))["sheet"]["cues"][3]["text"] == cues[3]["text"]


async def test_a_group_keeps_so_many_and_can_mend_them_still(house: House, store: SqlStore) -> None:
    for number in range(SHEETS_MAX):
        await store.sheets.put(StoredSheet(str(number), HARBOUR, "Old", "[]", 1))
    tom = await house.host("Tom")
    assert (await save(tom, "one-more"))["code"] == "out_of_bounds"
    assert (await save(tom, "7"))["type"] == "accepted"


async def test_a_damaged_sheet_hides_no_other(house: House, store: SqlStore) -> None:
    await store.sheets.put(StoredSheet("bad", HARBOUR, "Bad", '[{"title": 7}]', 1))
    tom = await house.host("Tom")
    await save(tom)
    assert [one["sheet_id"] for one in await listed(tom)] == ["one"]


async def test_a_store_that_is_away_is_said(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise StoreError("away")

    tom = await house.host("Tom")
    for method in ("sheets_of", "remove_sheet"):
        monkeypatch.setattr(house.book, method, away)
    for refused in (
        await tom.ask("list_sheets"),
        await save(tom),
        await tom.ask("remove_sheet", sheet_id="one"),
    ):
        assert (refused["code"], refused["retry_ms"] > 0) == ("busy", True)


async def test_without_a_store_nothing_is_kept_and_it_is_said() -> None:
    async with House() as house:
        tom = await house.host("Tom")
        assert (await tom.ask("list_sheets"))["code"] == "busy"
