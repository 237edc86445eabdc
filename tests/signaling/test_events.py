import msgspec
import pytest

from signaling.events import EVENTS
from signaling.from_browser import FromBrowser, Numbered

WITHOUT_A_NUMBER = {
    *("join", "resume", "leave", "catch_up"),
    *("open_media", "restart_media", "answer_media"),
    *("set_reachable", "ask_private", "answer_private", "send_private"),
    *("make_invite", "list_invites", "revoke_invite"),
    *("list_sheets", "save_sheet", "remove_sheet"),
}
"""What changes no room: seats, sound, private words, and what a group keeps besides its rooms."""


def test_the_table_holds_every_message_once() -> None:
    kinds = list(EVENTS.values())
    assert len(kinds) == len(set(kinds))
    assert set(kinds) == set(_kinds_below(FromBrowser)) - {Numbered, *_parts()}


def _kinds_below(root: type[FromBrowser]) -> list[type[FromBrowser]]:
    below = [kind for kind in root.__subclasses__() if kind.__module__.startswith("signaling.")]
    return below + [deeper for kind in below for deeper in _kinds_below(kind)]


def _parts() -> set[type[FromBrowser]]:
    """What stands in a message and is none itself."""
    names = {part for kind in EVENTS.values() for part in msgspec.json.schema(kind)["$defs"]}
    return {kind for kind in _kinds_below(FromBrowser) if kind.__name__ in names} - set(EVENTS.values())


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
def test_no_message_takes_a_field_that_it_does_not_know(kind: type[FromBrowser]) -> None:
    assert kind.__struct_config__.forbid_unknown_fields
    assert kind.__struct_config__.frozen


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_called_as_its_message(event: str) -> None:
    assert EVENTS[event].__name__ == event.title().replace("_", "")


def test_every_command_of_a_member_has_a_number() -> None:
    unnumbered = {event for event, kind in EVENTS.items() if not issubclass(kind, Numbered)}
    assert unnumbered == WITHOUT_A_NUMBER


def _fields() -> list[tuple[str, dict[str, object]]]:
    """Every field of every message and of the parts in it, with its schema."""
    found: list[tuple[str, dict[str, object]]] = []
    for event, kind in EVENTS.items():
        for part in msgspec.json.schema(kind)["$defs"].values():
            fields = part.get("properties", {}).items()
            found += [(f"{event}.{name}", field) for name, field in fields]
    return found


def test_every_text_list_and_number_has_an_end() -> None:
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
