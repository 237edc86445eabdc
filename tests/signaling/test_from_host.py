import msgspec
import pytest

from rooms.ids import MEMBER_ID_MAX
from rooms.limits import (
    BAN_HOURS_MAX,
    CUES_MAX,
    DOOR_TEXT_MAX_CHARS,
    INVITE_USES_MAX,
    PROBATION_MAX_MS,
    REPORT_MAX_CHARS,
    RESERVE_MAX_MS,
)
from signaling import from_host as host
from signaling.from_browser import FromBrowser

BAN = {"n": 1, "member_id": 5, "reason": "flood", "hours": 1}
CUE = {"title": "Opening"}


def _read(kind: type[FromBrowser], payload: dict[str, object]) -> FromBrowser:
    return msgspec.json.decode(msgspec.json.encode(payload), type=kind)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (host.BanMember, BAN),
        (host.BanMember, {**BAN, "hours": BAN_HOURS_MAX}),
        (host.RemoveBurst, {"n": 1, "reason": "flood", "hours": 0}),
        (host.TellGuest, {"n": 1, "member_id": 5, "text": "x" * DOOR_TEXT_MAX_CHARS}),
        (host.ReportMember, {"n": 1, "member_id": 5, "reason": "other", "words": ""}),
        (host.SetRules, {"n": 1, "rules": {}}),
        (host.SetSheet, {"n": 1, "sheet": None}),
        (host.SetSheet, {"n": 1, "sheet": {"title": "Tuesday", "cues": [CUE] * CUES_MAX}}),
        (host.ShowCue, {"n": 1, "at": -1}),
        (host.AssignCue, {"n": 1, "at": 0, "member_id": 0}),
        (host.MakeInvite, {"uses": INVITE_USES_MAX, "hours": 1, "role": "member"}),
    ],
)
def test_what_is_within_its_bounds_gets_in(kind: type[FromBrowser], payload: dict[str, object]) -> None:
    assert isinstance(_read(kind, payload), kind)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (host.BanMember, {**BAN, "hours": 0}),
        (host.BanMember, {**BAN, "hours": BAN_HOURS_MAX + 1}),
        (host.BanMember, {**BAN, "reason": "person"}),
        (host.BanMember, {**BAN, "ban_id": "chosen"}),
        (host.RemoveBurst, {"n": 1, "reason": "flood", "hours": -1}),
        (host.LiftBan, {"n": 1, "ban_id": ""}),
        (host.LiftBan, {"n": 1, "ban_id": "../x"}),
        (host.SettleReport, {"n": 1, "report_id": "x" * 65}),
        (host.TellGuest, {"n": 1, "member_id": 5, "text": ""}),
        (host.TellGuest, {"n": 1, "member_id": 5, "text": "x" * (DOOR_TEXT_MAX_CHARS + 1)}),
        (
            host.ReportMember,
            {"n": 1, "member_id": 5, "reason": "other", "words": "x" * (REPORT_MAX_CHARS + 1)},
        ),
        (host.SetRules, {"n": 1, "rules": {"probation_ms": PROBATION_MAX_MS + 1}}),
        (host.SetRules, {"n": 1, "rules": {"reserve_ms": RESERVE_MAX_MS + 1}}),
        (host.SetRules, {"n": 1, "rules": {"door": "shut"}}),
        (host.SetSheet, {"n": 1, "sheet": {"title": "Tuesday", "cues": [CUE] * (CUES_MAX + 1)}}),
        (host.SetSheet, {"n": 1, "sheet": {"title": "Tuesday", "cues": [], "at": CUES_MAX + 1}}),
        (host.SetSheet, {"n": 1, "sheet": {"title": "Tuesday", "cues": [{**CUE, "member_id": -1}]}}),
        (host.SetSheet, {"n": 1, "sheet": {"title": "Tuesday", "cues": [{**CUE, "member_id": 10**30}]}}),
        (host.SaveSheet, {"sheet_id": "a", "title": "x", "cues": [{**CUE, "member_id": MEMBER_ID_MAX + 1}]}),
        (host.SetPhase, {"n": 1, "phase": "closed", "ends_ms": 0}),
        (host.SetPhase, {"n": 1, "phase": "on", "ends_ms": -1}),
        (host.ShowCue, {"n": 1, "at": -2}),
        (host.AssignCue, {"n": 1, "at": 0, "member_id": -1}),
        (host.MakeInvite, {"uses": INVITE_USES_MAX + 1, "hours": 1, "role": "member"}),
        (host.MakeInvite, {"uses": 0, "hours": 1, "role": "member"}),
        (host.MakeInvite, {"uses": 1, "hours": 1, "role": "owner"}),
        (host.SendPrivate, {"member_id": 5, "text": ""}),
        (host.SetReachable, {"on": 1}),
    ],
)
def test_what_is_out_of_its_bounds_never_gets_in(kind: type[FromBrowser], payload: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        _read(kind, payload)
