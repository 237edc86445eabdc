import msgspec
import pytest

from signaling.events import EVENTS
from signaling.from_browser import AnswerMedia, PostChat
from signaling.from_host import SaveSheet, SetRules, SetSheet
from signaling.strict import has_lax_parts, says_only_known

CUE = {"title": "Opening", "text": "Welcome."}
SHEET = {"title": "Tuesday", "cues": [CUE, CUE], "at": 0}


def test_which_messages_have_parts_that_the_store_reads_too() -> None:
    assert {name for name, kind in EVENTS.items() if has_lax_parts(kind)} == {
        "set_rules",
        "set_sheet",
        "save_sheet",
    }
    assert not has_lax_parts(PostChat)
    assert not has_lax_parts(AnswerMedia)  # its parts are strict by themselves


@pytest.mark.parametrize(
    ("kind", "payload", "is_known"),
    [
        (SetRules, {"n": 1, "rules": {}}, True),
        (SetRules, {"n": 1, "rules": {"door": "open", "has_private": True}}, True),
        (SetRules, {"n": 1, "rules": {"doors": "open"}}, False),
        (SetRules, {"n": 1, "rules": {"type": "rules"}}, False),
        (SetSheet, {"n": 1, "sheet": None}, True),
        (SetSheet, {"n": 1, "sheet": SHEET}, True),
        (SetSheet, {"n": 1, "sheet": {**SHEET, "more": 1}}, False),
        (SetSheet, {"n": 1, "sheet": {**SHEET, "cues": [CUE, {**CUE, "more": 1}]}}, False),
        (SaveSheet, {"sheet_id": "a", "title": "x", "cues": [CUE]}, True),
        (SaveSheet, {"sheet_id": "a", "title": "x", "cues": [{**CUE, "": 1}]}, False),
    ],
)
def test_a_field_that_nobody_knows_is_found_wherever_it_is(
    *, kind: type[msgspec.Struct], payload: dict[str, object], is_known: bool
) -> None:
    raw = msgspec.json.encode(payload)
    msgspec.json.decode(raw, type=kind)  # the structs alone let all of these through
    assert says_only_known(kind, msgspec.Raw(raw)) is is_known
