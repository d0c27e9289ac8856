"""Makes msgspec structs with a value in every field, for tests of code that prints them."""

import types
import typing
from typing import Any, TypeVar

import msgspec

_T = TypeVar("_T")
_VALUES: dict[object, Any] = {int: 3, float: 0.5, str: "x", bool: True}


def filled(kind: type[_T]) -> _T:
    """A struct with a value in every field: 3, 0.5, "x", True, one item in each collection, nothing None."""
    made: _T = _value(kind)
    return made


def _value(hint: Any) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint in _VALUES:
        return _VALUES[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        hints = typing.get_type_hints(hint)
        return hint(**{name: _value(hints[name]) for name in hint.__struct_fields__})
    if origin is typing.Literal:
        return args[0]
    if origin in {typing.Union, types.UnionType}:
        return _value(next(arg for arg in args if arg is not types.NoneType))
    if origin is list:
        return [_value(args[0])]
    if origin is dict:
        return {_value(args[0]): _value(args[1])}
    if origin is tuple:
        return (_value(args[0]),) if args[-1] is Ellipsis else tuple(map(_value, args))
    raise TypeError(f"no value for {hint}")
