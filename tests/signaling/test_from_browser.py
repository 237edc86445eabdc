import msgspec
import pytest

from rooms.limits import HANDS_MAX, SHARE_TEXT_MAX_CHARS, SLOW_MAX_MS
from signaling.from_browser import (
    EVENTS,
    AddTime,
    EndShare,
    FromBrowser,
    GiveRole,
    Join,
    MoveHand,
    Numbered,
    RaiseHand,
    SetChat,
    SetFloor,
    SetFreeze,
    WriteShare,
)


def test_the_table_holds_every_message_once() -> None:
    kinds = list(EVENTS.values())
    assert len(kinds) == len(set(kinds))
    assert all(issubclass(kind, FromBrowser) for kind in kinds)


@pytest.mark.parametrize("kind", EVENTS.values())
def test_no_message_takes_a_field_that_it_does_not_know(kind: type[FromBrowser]) -> None:
    assert kind.__struct_config__.forbid_unknown_fields
    assert kind.__struct_config__.frozen


@pytest.mark.parametrize("slug", ["", "Talk", "a--b", "-a", "a-", "../x", "a" * 65, "a b", "t\u00e4lk"])
def test_a_slug_has_one_form(slug: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"room": slug, "name": "Maya"}, Join)


def _fields() -> list[tuple[str, dict[str, object]]]:
    """Every field of every message, with its schema; those without a field of their own have none."""
    found: list[tuple[str, dict[str, object]]] = []
    for event, kind in EVENTS.items():
        for part in msgspec.json.schema(kind)["$defs"].values():
            fields = part.get("properties", {}).items()
            found += [(f"{event}.{name}", field) for name, field in fields]
    return found


def test_every_text_and_list_has_an_end() -> None:
    fields = _fields()
    for name, field in fields:
        if field.get("type") == "string":
            assert "maxLength" in field, name
        if field.get("type") == "array":
            assert "maxItems" in field, name
        if field.get("type") == "integer":
            assert "minimum" in field, name
            assert "maximum" in field, name
    assert {kind for _, field in fields if isinstance(kind := field.get("type"), str)} == {
        "string",
        "array",
        "integer",
        "boolean",
    }


def test_every_command_of_a_member_has_a_number() -> None:
    unnumbered = {event for event, kind in EVENTS.items() if not issubclass(kind, Numbered)}
    assert unnumbered == {
        "join",
        "resume",
        "leave",
        "catch_up",
        "open_media",
        "restart_media",
        "answer_media",
    }


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (RaiseHand, {"n": 1, "lane": "shout"}),
        (MoveHand, {"n": 1, "member_id": 5, "place": -1}),
        (MoveHand, {"n": 1, "member_id": 5, "place": HANDS_MAX + 1}),
        (AddTime, {"n": 1, "more_ms": 0}),
        (WriteShare, {"n": 1}),
        (WriteShare, {"n": 1, "text": "x" * (SHARE_TEXT_MAX_CHARS + 1)}),
        (SetFloor, {"n": 1, "mode": "chaos", "limit_ms": 0}),
        (SetFloor, {"n": 1, "mode": "open", "limit_ms": -1}),
        (SetChat, {"n": 1, "mode": "off", "slow_ms": SLOW_MAX_MS + 1}),
        (GiveRole, {"n": 1, "member_id": 0, "role": "member"}),
        (GiveRole, {"n": 1, "member_id": 5, "role": "owner"}),
        (SetFreeze, {"n": 1, "on": 1}),
        (EndShare, {"n": 1}),
    ],
)
def test_what_is_out_of_its_bounds_never_gets_in(kind: type[FromBrowser], payload: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(payload), type=kind)
