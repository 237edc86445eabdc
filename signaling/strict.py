"""Whether a payload says only what its struct has a field for, in its parts as well.

Messages refuse unknown fields by themselves. Parts that are the room's own structs (rules, run-sheets)
cannot: the store reads them too, and passes over what another version wrote.
"""

import msgspec
from msgspec import inspect


def has_lax_parts(struct: type[msgspec.Struct]) -> bool:
    """Whether some part of a struct takes fields that it does not know."""
    return any(_is_lax(part) for part in _parts(inspect.type_info(struct)))


def says_only_known(struct: type[msgspec.Struct], raw: msgspec.Raw) -> bool:
    """Whether a payload that fits the struct has no field beyond it."""
    return _is_known(msgspec.json.decode(raw), inspect.type_info(struct))


def _is_lax(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.StructType) and not kind.forbid_unknown_fields


def _parts(kind: inspect.Type) -> list[inspect.Type]:
    match kind:
        case inspect.StructType(fields=fields):
            inner = [field.type for field in fields]
        case inspect.VarTupleType(item_type=item):
            inner = [item]
        case inspect.UnionType(types=types):
            inner = list(types)
        case _:
            inner = []
    return [kind, *(part for one in inner for part in _parts(one))]


def _is_known(value: object, kind: inspect.Type) -> bool:
    match kind, value:
        case inspect.StructType(fields=fields), dict():
            kinds = {field.encode_name: field.type for field in fields}
            return all(name in kinds and _is_known(part, kinds[name]) for name, part in value.items())
        case inspect.VarTupleType(item_type=item), list():
            return all(_is_known(part, item) for part in value)
        case inspect.UnionType(types=types), dict():
            return any(isinstance(one, inspect.StructType) and _is_known(value, one) for one in types)
        case _:
            return True
