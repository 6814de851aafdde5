"""Writes `docs/reference/intents.md` from the registry: `python -m docs.intents`. A test keeps the page current."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from bot import gates, intents
from bot.context import Verdict
from bot.dress import unseal
from bot.intents import Intent, Risk
from bot.messages import Language
from bot.outcomes import Done, Outcome, Question, Refused, Waiting
from bot.render import Words

PAGE = Path(__file__).parent / "reference" / "intents.md"
HEAD = """# What people can ask for

Made by `python -m docs.intents` from the declarations in `handlers/`; do not edit it.

Each intent has a *risk*; the table below says what each trust of a message gets for it. A technical contact may ask
only where it says so; a colleague on the customer's domain who is no contact, and a stranger, for R0 only.
Every request can also end in one of the common outcomes: not understood, which one, something missing, confirm,
waiting for an agent, not allowed, core unavailable.
"""
VERDICTS = {Verdict.GO: "at once", Verdict.CONFIRM: "after a yes", Verdict.AGENT: "an agent decides", Verdict.NO: "no"}
KINDS = ((Done, "done"), (Question, "asked back"), (Waiting, "with our support"), (Refused, "not possible"))


def page() -> str:
    """The whole page."""
    registry = intents.load()
    words = Words()
    parts = [HEAD, _policy(), *(_about(intent, words) for intent in registry.values())]
    return "\n".join(parts)


def _policy() -> str:
    rows = [f"| {risk} | " + " | ".join(VERDICTS[one] for one in row) + " |" for risk, row in gates.POLICY.items()]
    head = ["## Who may what", "", "| risk | " + " | ".join(gates.TRUSTS) + " |", "|---" * 6 + "|"]
    return "\n".join([*head, *rows, ""])


def _about(intent: Intent, words: Words) -> str:
    named = ", ".join(unseal(words.name(intent.name, language)) for language in (Language.EN, Language.DE, Language.FR))
    lines = [f"## {intent.name}", "", f"{named}. {_first_line(intent.handler)}", ""]
    lines += [f"- **Who**: {_who(intent)}", f"- **Risk**: {_risk(intent)}", f"- **Slots**: {_slots(intent)}", ""]
    lines += ["| people say | |", "|---|---|", *_phrases(intent), ""]
    lines += ["| it ends | outcome | which means |", "|---|---|---|", *_outcomes(intent), ""]
    return "\n".join(lines)


def _who(intent: Intent) -> str:
    who = ["owner and billing contacts"]
    who += ["technical contacts"] if intent.technical or intent.for_anyone else []
    who += ["anybody"] if intent.for_anyone else []
    return ", ".join(who)


def _risk(intent: Intent) -> str:
    plain = intent.risk(_smallest(intent))
    asked_for_others = "recipients" in intent.ask.__dataclass_fields__
    return f"{plain}; {Risk.R2} where recipients are named" if asked_for_others else str(plain)


def _smallest(intent: Intent) -> object:
    needed = {f.name: ("",) if str(f.type).startswith("tuple") else "" for f in fields(intent.ask) if not _optional(f)}
    return intent.ask(**needed)


def _optional(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _slots(intent: Intent) -> str:
    named = [f"`{f.name}`" + ("" if _optional(f) else " (asked for where it is missing)") for f in fields(intent.ask)]
    return ", ".join(named) or "none"


def _phrases(intent: Intent) -> Iterator[str]:
    for language in (Language.EN, Language.DE, Language.FR):
        yield f"| {language} | {' · '.join(_cell(phrase) for phrase in intent.phrases[language])} |"


def _outcomes(intent: Intent) -> Iterator[str]:
    rank = {kind: place for place, (kind, _) in enumerate(KINDS)}
    for outcome in sorted(intent.outcomes, key=lambda one: rank[_kind(one)]):
        yield f"| {dict(KINDS)[_kind(outcome)]} | `{outcome.__name__}` | {_cell(_first_line(outcome))} |"


def _kind(outcome: type[Outcome]) -> type[Outcome]:
    return next(kind for kind, _ in KINDS if issubclass(outcome, kind))


def _first_line(declared: object) -> str:
    return " ".join((declared.__doc__ or "").split("\n\n")[0].split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
