"""Some value of a struct's type, for tests that walk every kind of message or fact."""

from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

_PLAIN: Final[dict[type[inspect.Type], object]] = {
    inspect.IntType: 7,
    inspect.StrType: "words",
    inspect.BoolType: True,
    inspect.NoneType: None,
}

_Struct = TypeVar("_Struct", bound=msgspec.Struct)


def plain_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return what a struct of this kind may look like as JSON, with every field that it has."""
    return dict(_fields_of(inspect.type_info(kind)))


def example_of(kind: type[_Struct]) -> _Struct:
    """Return a struct of this kind."""
    return msgspec.convert(plain_of(kind), kind)


def _fields_of(kind: inspect.Type) -> dict[str, Any]:
    assert isinstance(kind, inspect.StructType)
    tag = {} if kind.tag is None else {str(kind.tag_field): kind.tag}
    return tag | {field.encode_name: _some(field.type) for field in kind.fields}


def _some(kind: inspect.Type) -> Any:  # noqa: ANN401 - what JSON may hold
    match kind:
        case inspect.EnumType(cls=cls):
            return list(cls)[-1].value
        case inspect.StructType():
            return _fields_of(kind)
        case inspect.VarTupleType(item_type=item):
            return [_some(item)]
        case inspect.UnionType(types=types):
            return _some(next(one for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.StrType(pattern=pattern) if pattern is not None and "{22" in pattern:
            return "A" * 22
        case _:
            return _PLAIN[type(kind)]
