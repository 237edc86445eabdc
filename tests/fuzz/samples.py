"""The smallest good value of any message struct, as JSON: what readers of messages are fuzzed from."""

import re
from base64 import b64encode
from typing import Any

import msgspec
from msgspec import inspect

_FITTING = ("talk", "abc", "2026-11-23", "10:00", "#aabbcc", "en", "a" * 22, "")


def sample_of(kind: Any, *, full: bool = False) -> bytes:  # noqa: ANN401 - any type that msgspec knows
    """Return JSON that decodes as the type; `full`: optional fields as well."""
    encoded = msgspec.json.encode(_value(inspect.type_info(kind), full=full))
    msgspec.json.decode(encoded, type=kind)
    return encoded


def _value(kind: inspect.Type, *, full: bool) -> object:  # noqa: C901, PLR0911, PLR0912 - one line for each kind
    match kind:
        case inspect.StructType(fields=fields):
            value = {one.encode_name: _value(one.type, full=full) for one in fields if one.required or full}
            return {kind.tag_field: kind.tag, **value} if kind.tag_field else value
        case inspect.EnumType(cls=cls):
            return next(iter(cls)).value
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.UnionType(types=types):
            return _value(types[-1] if full else types[0], full=full)
        case (
            inspect.VarTupleType(item_type=item, min_length=least)
            | inspect.ListType(item_type=item, min_length=least)
        ):
            return [_value(item, full=full)] * max(least or 0, int(full))
        case inspect.DictType():
            return {}
        case inspect.BoolType():
            return True
        case inspect.IntType(ge=least, gt=above):
            return max(least or 0, 0 if above is None else above + 1, 1)
        case inspect.FloatType():
            return 1.0
        case inspect.StrType(pattern=pattern, min_length=least, max_length=most):
            short = (text for text in _FITTING if len(text) <= (most or len(text)))
            fitting = (text for text in short if re.search(pattern or "", text))
            return next(fitting).ljust(least or 0, "x")
        case inspect.BytesType(min_length=least):
            return b64encode(bytes(least or 1)).decode()
        case _:
            return None
