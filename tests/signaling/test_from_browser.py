import msgspec
import pytest

from signaling.from_browser import EVENTS, FromBrowser, Join


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


def test_every_text_and_list_has_an_end() -> None:
    for kind in EVENTS.values():
        schema = msgspec.json.schema(kind)
        for part in [*schema["$defs"].values()]:
            for name, field in part["properties"].items():
                if field.get("type") == "string":
                    assert "maxLength" in field, name
                if field.get("type") == "array":
                    assert "maxItems" in field, name
                if field.get("type") == "integer":
                    assert "maximum" in field, name
