import msgspec
import pytest

from rooms.limits import CAPTION_MAX_CHARS, HANDS_MAX, SHARE_TEXT_MAX_CHARS, SLOW_MAX_MS
from signaling.from_browser import (
    AddTime,
    EndShare,
    EraseCaption,
    FromBrowser,
    GiveRole,
    Join,
    MoveHand,
    RaiseHand,
    React,
    SetChat,
    SetFloor,
    SetFreeze,
    WriteCaption,
    WriteShare,
)


@pytest.mark.parametrize("slug", ["", "Talk", "a--b", "-a", "a-", "../x", "a" * 65, "a b", "t\u00e4lk"])
def test_a_slug_has_one_form(slug: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"room": slug, "name": "Maya"}, Join)


@pytest.mark.parametrize(
    "device", ["short", "a" * 21, "a" * 23, "a" * 21 + "=", "\u00e4" * 22, "a" * 21 + "\n"]
)
def test_a_device_has_128_bits_or_nothing(device: str) -> None:
    assert msgspec.convert({"room": "talk", "name": "Maya"}, Join).device == ""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"room": "talk", "name": "Maya", "device": device}, Join)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (RaiseHand, {"n": 1, "lane": "shout"}),
        (MoveHand, {"n": 1, "member_id": 5, "place": -1}),
        (MoveHand, {"n": 1, "member_id": 5, "place": HANDS_MAX + 1}),
        (AddTime, {"n": 1, "more_ms": 0}),
        (WriteShare, {"n": 1}),
        (WriteShare, {"n": 1, "text": "x" * (SHARE_TEXT_MAX_CHARS + 1)}),
        (WriteCaption, {"n": 1, "line": 1, "text": "x"}),
        (WriteCaption, {"n": 1, "line": 0, "text": "x", "is_over": False}),
        (WriteCaption, {"n": 1, "line": 1, "text": "x" * (CAPTION_MAX_CHARS + 1), "is_over": False}),
        (WriteCaption, {"n": 1, "line": 1, "text": "x", "is_over": False, "name": "Tom"}),
        (EraseCaption, {"n": 1, "member_id": 0, "line": 1}),
        (React, {"n": 1, "kind": "hug"}),
        (React, {"n": 1, "kind": "thanks", "member_id": 5}),
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
