"""What people can ask for, declared once in a handler's file: the `intent` decorator and the registry it fills."""

import importlib
import pkgutil
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from typing import Any

from bot.messages import Language, SlotValue


class Risk(StrEnum):
    """What a wrong act would cost: the rows of the policy table."""

    R0 = "R0"  # public information, help, refusals
    R1 = "R1"  # own data to the address on file
    R1_PLUS = "R1+"  # adds only
    R2 = "R2"  # own data to another address
    R3A = "R3a"  # own name, phone, language
    R3 = "R3"  # reversible change
    R4 = "R4"  # contract, money, identity: an agent decides


class DeclarationError(Exception):
    """An intent is declared in a way that cannot work; the text says what to mend."""


class MissingSlots(Exception):
    """A request lacks slots that its intent cannot do without."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(", ".join(names))
        self.names = names


Phrases = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Intent:
    """One intent: its name, its slots (the fields of `ask`), its risk, what people say, and how it can end."""

    name: str
    ask: type[Any]
    risk: Callable[[Any], Risk]
    phrases: Phrases
    handler: Callable[[Any, Any], Any]
    outcomes: tuple[type[Any], ...]
    for_anyone: bool = False  # serves people who belong to no customer, too
    technical: bool = False  # a technical contact may ask for it, too
    # says what to write when background work is ready: to whom the document goes instead, or ""
    follow_up: Callable[[Any, Any, str], Any] | None = None

    def ask_from(self, slots: Mapping[str, SlotValue]) -> Any:
        """The typed request. Slots that the intent does not know are left out; raises MissingSlots."""
        known = {field.name: slots[field.name] for field in fields(self.ask) if field.name in slots}
        missing = tuple(
            field.name
            for field in fields(self.ask)
            if field.name not in known and field.default is MISSING and field.default_factory is MISSING
        )
        if missing:
            raise MissingSlots(missing)
        return self.ask(**{name: _as_declared(self.ask, name, value) for name, value in known.items()})


def _as_declared(ask: type[Any], name: str, value: SlotValue) -> SlotValue:
    wants_many = typing.get_origin(typing.get_type_hints(ask)[name]) is tuple
    if wants_many:
        return value if isinstance(value, tuple) else (value,)
    return value if isinstance(value, str) else value[0]


_registry: dict[str, Intent] = {}


def intent(
    name: str,
    *,
    risk: Risk | Callable[[Any], Risk],
    phrases: Phrases,
    for_anyone: bool = False,
    technical: bool = False,
    follow_up: Callable[[Any, Any, str], Any] | None = None,
) -> Callable[[Callable[[Any, Any], Any]], Callable[[Any, Any], Any]]:
    """Declare a handler `(ask, ctx) -> Outcome | Outcome ...`; its return annotation lists how it can end."""

    def declare(handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        if name in _registry and _registry[name].handler.__module__ != handler.__module__:
            raise DeclarationError(f"intent {name!r} is declared twice")
        if handler.__module__.rpartition(".")[2] != name:
            raise DeclarationError(f"intent {name!r} belongs in handlers/{name}.py")
        lacking = [language for language in Language if not phrases.get(language)]
        if lacking:
            raise DeclarationError(f"intent {name!r} has no phrases in {', '.join(lacking)}")
        hints = typing.get_type_hints(handler)
        outcomes = _members(hints.pop("return")) + (
            _members(typing.get_type_hints(follow_up)["return"]) if follow_up else ()
        )
        rule = risk if callable(risk) else (lambda _ask, fixed=risk: fixed)
        _registry[name] = Intent(
            name, hints["ask"], rule, phrases, handler, outcomes,
            for_anyone=for_anyone, technical=technical, follow_up=follow_up,
        )  # fmt: skip
        return handler

    return declare


def _members(annotation: Any) -> tuple[type[Any], ...]:
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return typing.get_args(annotation)
    return (annotation,)


def load(package: str = "handlers") -> dict[str, Intent]:
    """Import every handler and give the registry, by name in alphabetical order."""
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        importlib.import_module(f"{package}.{module.name}")
    return dict(sorted(_registry.items()))
