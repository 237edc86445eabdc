"""The shape of all that one node writes and another reads, and what a release before would make of it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from rooms.model import Record
from server.bus.directory import Lease, NodeNews
from server.bus.envelope import _Message
from server.bus.redis_bus import Entry, News
from server.ports import NodeLoad, PassedOn, SentWords, SharedLetters
from server.tickets import _Ticket

Shape = dict[str, Any]
"""JSON Schema of each struct and enum by its name, without words and defaults."""

PASSING: Final = frozenset(
    {
        "Lease",
        "NodeState",
        "NodeLoad",
        "SharedLetters",
        "LettersNews",
        "SentWords",
        "PassedOn",
        "SeatTicket",
        "Invite",
        "HostTicket",
        "Card",
        "OperatorPass",
    }
)
"""What is written anew each time and kept nowhere: a neighbour may pass over a field here and do no harm.
In facts and records it would be gone with that neighbour's next snapshot."""

_LETTERS: Final = (SharedLetters, SentWords, PassedOn)
_ROOTS: Final = (_Message, Entry, News, Record, Lease, NodeNews, NodeLoad, *_LETTERS, _Ticket)
_WORDS: Final = ("title", "description", "default")
_ROOT: Final = "#/$defs/"
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def shape() -> Shape:
    """Return the shape of this tree."""
    _, components = msgspec.json.schema_components(_ROOTS)
    return {name: _bare(components[name]) for name in sorted(components)}


def _bare(schema: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(schema, list):
        return [_bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    names = schema.get("properties")
    bare = {key: _bare(value) for key, value in schema.items() if key not in _WORDS and key != "properties"}
    if names is not None:
        bare["properties"] = {name: _bare(value) for name, value in names.items()}
    return bare


def unreadable(before: Shape, now: Shape) -> list[str]:
    """Return what a node of the shape `before` could not read, or would lose, of what one of `now` may write.

    And what a node of `now` could not read of one of `before`: a field that it needs and that was not there.
    """
    found: list[str] = []
    for name, struct in now.items():
        if name in before:
            found += [f"{name}: {what}" for what in _differences(name, before[name], struct)]
    return found


def _differences(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    fields, fields_before = now.get("properties", {}), before.get("properties", {})
    for field in fields.keys() - fields_before.keys():
        if name not in PASSING or field in now.get("required", ()):
            yield f"the field {field} is not known before"
    for field in fields_before.keys() - fields.keys():
        yield f"the field {field} is gone"
    for field in sorted(fields.keys() & fields_before.keys()):
        if fields[field] != fields_before[field]:
            yield f"the field {field} was another"
    needed = set(now.get("required", ())) ^ set(before.get("required", ()))
    yield from (f"the field {field} was needed, or is so now" for field in needed & fields_before.keys())
    of_fields = {"properties", "required"}
    rest, rest_before = ({k: v for k, v in one.items() if k not in of_fields} for one in (now, before))
    if rest != rest_before:
        yield "has another form, other values or other places"


def strange(known: Shape, name: str, value: object) -> str:
    """Return what of a written value the shape `known` does not have; empty where it has all."""
    return _strange(known, {"$ref": _ROOT + name}, value, name)


def _strange(known: Shape, schema: Mapping[str, Any], value: object, path: str) -> str:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_ROOT)
        return _strange(known, known[name], value, path) if name in known else f"{path}: no {name}"
    if "anyOf" in schema:
        tried = [_strange(known, one, value, path) for one in schema["anyOf"]]
        return "" if "" in tried else max(tried, key=len)
    if not _fits(schema, value):
        return f"{path}: {value!r}"
    return next((what for what in _parts(known, schema, value, path) if what), "")


def _fits(schema: Mapping[str, Any], value: object) -> bool:
    """Whether a value itself, not what is in it, is as it was."""
    if "enum" in schema:
        return value in schema["enum"]
    if not isinstance(value, _KINDS.get(schema.get("type", ""), (object,))):
        return False
    if isinstance(value, str):
        return len(value) <= int(schema.get("maxLength", len(value)))
    if isinstance(value, int):
        low, high = (int(schema.get(bound, value)) for bound in ("minimum", "maximum"))
        return low <= value <= high
    return True


def _parts(known: Shape, schema: Mapping[str, Any], value: object, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        fields, rest = schema.get("properties", {}), schema.get("additionalProperties")
        for key, part in value.items():
            if key in fields:
                yield _strange(known, fields[key], part, f"{path}.{key}")
            elif isinstance(rest, dict):
                yield _strange(known, rest, part, f"{path}.{key}")
            else:
                yield f"{path}: no field {key}"
    elif isinstance(value, list):
        places = schema.get("prefixItems", ())
        for place, part in enumerate(value):
            one = places[place] if place < len(places) else schema.get("items")
            here = f"{path}[{place}]"
            yield _strange(known, one, part, here) if isinstance(one, dict) else f"{here}: one too many"
