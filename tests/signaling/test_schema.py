from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from rooms.limits import CHAT_MAX_CHARS
from signaling import events, schema, to_browser

PAGE_TYPES = Path(__file__).parents[2] / "web" / "src" / "wire.gen.ts"


def test_the_page_has_the_types_of_the_structs() -> None:
    assert PAGE_TYPES.read_text(encoding="utf-8") == schema.write_types(), "run: python tools/write_types.py"


def test_every_event_is_in_a_table() -> None:
    text = schema.write_types()
    for event, struct in (*events.EVENTS.items(), *to_browser.EVENTS.items()):
        assert f"  readonly {event}: {struct.__name__}\n" in text


def test_tags_and_enums_are_literal_types() -> None:
    text = schema.write_types()
    assert "export interface ChatPosted {\n  readonly type: 'chat_posted'\n" in text
    assert "export type ChatMode = 'everyone' | 'hosts' | 'off'\n" in text
    assert "  | 'name_taken'\n" in text


def test_a_default_is_optional_only_on_the_way_to_the_server() -> None:
    text = schema.write_types()
    assert "  readonly invite?: string\n" in text
    assert "  readonly stranded_ms: number\n" in text


def test_limits_are_constants() -> None:
    assert f"export const CHAT_MAX_CHARS = {CHAT_MAX_CHARS:_}\n" in schema.write_types()


def test_what_a_field_is_said_to_be_for_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Noted(to_browser.ToBrowser, frozen=True, kw_only=True):
        many: Annotated[tuple[int, ...], msgspec.Meta(description="of no use to the page")]

    monkeypatch.setitem(to_browser.EVENTS, "noted", Noted)
    assert "export interface Noted {\n  readonly many: readonly number[]\n}\n" in schema.write_types()


def test_a_kind_without_a_typescript_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(to_browser.ToBrowser, frozen=True, kw_only=True):
        when: msgspec.Raw

    monkeypatch.setitem(to_browser.EVENTS, "odd", Odd)
    with pytest.raises(TypeError, match="no TypeScript for RawType"):
        schema.write_types()


class _Given(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    count: int = 0


class _Held(msgspec.Struct, tag="held"):
    content: bytes = b""


class _Gone(msgspec.Struct, tag="gone"):
    pass


def test_what_is_asked_over_http_is_a_table_of_paths() -> None:
    text = schema.write_asks("SomeAsks", {"give": _Given, "give/more": _Given}, _Held | _Gone)
    assert "export interface _Given {\n  readonly text: string\n  readonly count?: number\n}\n" in text
    assert "export interface _Held {\n  readonly type: 'held'\n  readonly content: string\n}\n" in text
    assert text.endswith(
        "export type SomeAnswer = _Held | _Gone\n\n"
        "export interface SomeAsks {\n  readonly give: _Given\n  readonly 'give/more': _Given\n}\n"
    )
