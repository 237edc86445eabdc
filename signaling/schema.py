"""The wire's structs as TypeScript types, so that the page cannot drift from the server.

Pure: from the structs to one text. `tools/write_types.py` writes it, a test compares it.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Final

from msgspec import inspect

from rooms import facts, ids, limits, roles
from signaling import events, from_browser, to_browser

_HEAD: Final = """\
// Written by tools/write_types.py from the server's structs. Do not edit: change those and run it again.
"""

_SCALARS: Final[tuple[tuple[type[inspect.Type], str], ...]] = (
    (inspect.BoolType, "boolean"),
    (inspect.IntType, "number"),
    (inspect.FloatType, "number"),
    (inspect.StrType, "string"),
    (inspect.BytesType, "string"),  # in base64 (RFC 4648 section 4)
    (inspect.NoneType, "null"),
)

_UNIONS: Final = {"Answer": to_browser.Answer, "Fact": facts.Fact, "Sync": to_browser.Sync}
_LINE_MAX_CHARS: Final = 110  # as in web/biome.json


def write_types() -> str:
    """Return the text of `web/src/wire.gen.ts`.

    One interface for each struct, one union of texts for each enum, the tables of events and of roles,
    and the numbers that bound a room, so that forms and server agree.

    Raises:
        TypeError: if a struct has a field of a kind that no wire message should have.
    """
    sent = events.EVENTS
    received = to_browser.EVENTS
    roots = [*sent.values(), *received.values(), *_UNIONS.values()]
    roots.append(to_browser.TurnedAway)  # of no struct: Socket.IO has a form of its own for it
    named = _collect(inspect.type_info(root) for root in roots)
    blocks = [_HEAD, *_constants()]
    blocks += [_write_named(named[name]) for name in sorted(named)]
    blocks += [*_trust()]
    blocks += [_alias(name, _choices(inspect.type_info(union))) for name, union in _UNIONS.items()]
    blocks += [_write_events("FromBrowserEvents", sent), _write_events("ToBrowserEvents", received)]
    return "\n".join(blocks)


def write_asks(name: str, asks: Mapping[str, type], answers: object) -> str:
    """Return the text of types for what is asked over HTTP: a table of paths, and a union of answers.

    Args:
        name: what the table is called; the union is called the same with "Answer" for "Asks".
        asks: the struct of each path.
        answers: the union of all answers.

    Raises:
        TypeError: if a struct has a field of a kind that nothing sent should have.
    """
    named = _collect(inspect.type_info(root) for root in (*asks.values(), answers))
    blocks = [_HEAD, *(_write_named(named[name]) for name in sorted(named))]
    blocks.append(_alias(name.replace("Asks", "Answer"), _choices(inspect.type_info(answers))))
    lines = [f"  readonly {_path(path)}: {struct.__name__}\n" for path, struct in asks.items()]
    return "\n".join([*blocks, f"export interface {name} {{\n{''.join(lines)}}}\n"])


def _path(path: str) -> str:
    return path if path.isidentifier() else f"'{path}'"


def _constants() -> Iterator[str]:
    bounds = {name: value for name, value in vars(limits).items() if name.isupper()}
    bounds["TICKET_MAX_CHARS"] = from_browser.TICKET_MAX_CHARS
    bounds["MEMBER_ID_MAX"] = ids.MEMBER_ID_MAX
    lines = [f"export const {name} = {value:_}\n" for name, value in sorted(bounds.items())]
    yield "".join(lines)
    yield f"export const SLUG_PATTERN = '{ids.SLUG_PATTERN}'\n"


def _trust() -> Iterator[str]:
    """The table of roles: what each may do, and its rank."""
    yield _alias("Ability", [_quote(ability) for ability in roles.Ability])
    rows = [
        f"  {role.value}: [{', '.join(_quote(one) for one in roles.Ability if roles.may(role, one))}],\n"
        for role in roles.Role
    ]
    yield "".join(["export const ABILITIES: Readonly<Record<Role, readonly Ability[]>> = {\n", *rows, "}\n"])
    ranks = [f"  {role.value}: {roles.RANK[role]},\n" for role in roles.Role]
    yield "".join(["export const RANK: Readonly<Record<Role, number>> = {\n", *ranks, "}\n"])


_Named = inspect.StructType | inspect.EnumType


def _collect(roots: Iterable[inspect.Type]) -> dict[str, _Named]:
    """Every struct and enum that can be reached, by name."""
    found: dict[str, _Named] = {}
    left = list(roots)
    while left:
        kind = left.pop()
        if isinstance(kind, _Named):
            if kind.cls.__name__ in found:
                continue
            found[kind.cls.__name__] = kind
        left.extend(_parts(kind))
    return found


def _parts(kind: inspect.Type) -> Iterator[inspect.Type]:
    """The types that a type is made of."""
    match kind:
        case inspect.StructType(fields=fields):
            yield from (field.type for field in fields)
        case inspect.UnionType(types=types):
            yield from types
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            yield item
        case inspect.DictType(key_type=key, value_type=value):
            yield key
            yield value
        case inspect.Metadata(type=inner):
            yield inner
        case _:
            pass


def _write_named(kind: _Named) -> str:
    if isinstance(kind, inspect.EnumType):
        return _alias(kind.cls.__name__, [_quote(member) for member in kind.cls])
    if not kind.fields and kind.tag is None:
        return _alias(kind.cls.__name__, ["Readonly<Record<string, never>>"])
    lines = [f"export interface {kind.cls.__name__} {{"]
    if kind.tag is not None:
        lines.append(f"  readonly {kind.tag_field}: '{kind.tag}'")
    # The server always writes every field; a browser may leave out what has a default.
    from_page = kind.cls.__struct_config__.forbid_unknown_fields
    for field in kind.fields:
        mark = "?" if from_page and not field.required else ""
        lines.append(f"  readonly {field.encode_name}{mark}: {_refer(field.type)}")
    return "\n".join([*lines, "}"]) + "\n"


def _alias(name: str, choices: list[str]) -> str:
    line = f"export type {name} = {' | '.join(choices)}\n"
    if len(line) <= _LINE_MAX_CHARS:
        return line
    return f"export type {name} =\n" + "".join(f"  | {choice}\n" for choice in choices)


def _write_events(name: str, events: Mapping[str, type]) -> str:
    lines = [f"  readonly {event}: {struct.__name__}\n" for event, struct in events.items()]
    return f"export interface {name} {{\n{''.join(lines)}}}\n"


def _refer(kind: inspect.Type) -> str:
    """Return the TypeScript name of a type."""
    for scalar, name in _SCALARS:
        if isinstance(kind, scalar):
            return name
    match kind:
        case inspect.StructType(cls=cls) | inspect.EnumType(cls=cls):
            return str(cls.__name__)
        case inspect.UnionType():
            return _refer_union(kind)
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            inner = _refer(item)
            return f"readonly ({inner})[]" if "|" in inner else f"readonly {inner}[]"
        case inspect.DictType(value_type=value):
            return f"Readonly<Record<string, {_refer(value)}>>"  # JSON keys are texts
        case inspect.Metadata(type=inner_kind):
            return _refer(inner_kind)
        case _:
            raise TypeError(f"no TypeScript for {type(kind).__name__}")


def _refer_union(kind: inspect.UnionType) -> str:
    choices = _choices(kind)
    for name, union in _UNIONS.items():
        if set(choices) == set(_choices(inspect.type_info(union))):
            return name
    return " | ".join(choices)


def _choices(kind: inspect.Type) -> list[str]:
    """The names that a union is made of; one for a type that is no union."""
    return [_refer(part) for part in kind.types] if isinstance(kind, inspect.UnionType) else [_refer(kind)]


def _quote(member: Enum) -> str:
    return f"'{member.value}'"
