"""Once is once: a write that comes again under the same key gives its first result and does nothing."""

import functools
import hashlib
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, get_type_hints

from pydantic import TypeAdapter

from billing.clock import Clock
from billing.errors import IdempotencyConflict, ValidationError
from billing.store import Remembered, Store
from billing.values import Actor


class Remembering(Protocol):
    """What a core needs for its writes to be done once."""

    store: Store
    clock: Clock


S = TypeVar("S", bound=Remembering)
P = ParamSpec("P")
R = TypeVar("R")


def once(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Make a write idempotent and all-or-nothing. It must take `actor` and `idem` by keyword."""
    name = method.__name__

    @functools.wraps(method)
    def write(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        key = _key(kwargs)
        digest = _digest(args, kwargs)
        if known := self.store.recall(key):
            if (known.method, known.args_sha256) != (name, digest):
                raise IdempotencyConflict(key)
            return _result_type(method).validate_json(known.result_json)  # type: ignore[no-any-return]
        with self.store.savepoint():
            result = method(self, *args, **kwargs)
            written = _result_type(method).dump_json(result).decode()
            self.store.remember(Remembered(key, name, digest, written, self.clock.now()))
        return result

    return write


def _key(kwargs: dict[str, Any]) -> str:
    key = kwargs.get("idem")
    if not isinstance(key, str) or not key:
        raise ValidationError("idem", "missing")
    if not isinstance(kwargs.get("actor"), Actor):
        raise ValidationError("actor", "missing")
    return key


def _digest(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Of what is asked, not of who asks: the key already says in which message."""
    asked = {k: v for k, v in kwargs.items() if k not in ("idem", "actor")}
    return hashlib.sha256(repr((args, sorted(asked.items()))).encode()).hexdigest()


@functools.cache
def _result_type(method: Callable[..., Any]) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(method)["return"])
