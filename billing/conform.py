"""Wrong types end at the door: every public method of a core checks its arguments against its own annotations."""

import functools
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from inspect import Signature, signature
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from billing.errors import ValidationError

BIGGEST = 2**63 - 1  # what a database keeps as a whole number
LONGEST = 20_000  # characters of any one text

C = TypeVar("C", bound=type)


def conforms(value: object, hint: Any) -> bool:
    """Whether the value is of the annotated type through and through: no bool for an int, no instant for a day."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(conforms(value, choice) for choice in get_args(hint))
    if origin is tuple:
        return isinstance(value, tuple) and all(conforms(item, get_args(hint)[0]) for item in value)
    if hint is None or hint is type(None):
        return value is None
    if isinstance(hint, type) and is_dataclass(hint):
        return isinstance(value, hint) and all(conforms(getattr(value, n), h) for n, h in _fields(hint).items())
    return _is_plain(value, hint)


def _is_plain(value: object, hint: Any) -> bool:
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= BIGGEST
    if hint is date:
        return isinstance(value, date) and not isinstance(value, datetime)
    if hint is datetime:
        return isinstance(value, datetime) and value.tzinfo is not None
    if hint is str:
        return isinstance(value, str) and len(value) <= LONGEST and _storable(value)
    return isinstance(value, hint)


def _storable(text: str) -> bool:
    """PostgreSQL refuses NUL, and half a surrogate pair is no text at all."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


@functools.cache
def _fields(value_type: type) -> Mapping[str, Any]:
    hints = get_type_hints(value_type)
    return {f.name: hints[f.name] for f in fields(value_type)}


@functools.cache
def _expected(method: Callable[..., Any]) -> tuple[Signature, Mapping[str, Any]]:
    hints = get_type_hints(method)
    hints.pop("return", None)
    return signature(method), hints


def conforming(core: C) -> C:
    """Let every public method of this class raise ValidationError for an argument of a wrong type."""
    for name, method in list(vars(core).items()):
        if not name.startswith("_") and isinstance(method, types.FunctionType):
            setattr(core, name, _checked(method))
    return core


def _checked(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        shape, hints = _expected(method)
        given = shape.bind(*args, **kwargs).arguments
        for name, hint in hints.items():
            if name in given and not conforms(given[name], hint):
                raise ValidationError(name, "invalid")
        return method(*args, **kwargs)

    return call
