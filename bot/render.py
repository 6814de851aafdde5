"""Finds the words for an outcome. No word is written here: all come from `templates/`."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import jinja2
from jinja2 import StrictUndefined, Template, Undefined, pass_context
from jinja2.runtime import Context as Names

from bot import formats, sheets
from bot.dress import Sealed, seal
from bot.messages import Choice, CsvFile, Language, Reply
from bot.outcomes import COMMON, Done, Item, Outcome, Question, Refused, Sheet, Waiting, Word

_ORDER = (Done, Question, Waiting, Refused)  # what was done comes first, what was not possible last


class NoWords(LookupError):
    """An outcome has no template in a language. Write `templates/<intent>/<outcome>.<lang>.md.j2`."""


@dataclass(frozen=True)
class House:
    """What every template may name: who writes, and where the reader can go."""

    team: str = "Guichet"
    portal_url: str = "https://portal.example/"
    public_url: str = "https://guichet.example"  # our own pages: /setup/..., /confirm/...
    support_address: str = "support@guichet.example"
    support_url: str = "https://portal.example/support"
    hours: tuple[int, int] = (9, 17)  # when support is there, on working days

    @property
    def mail(self) -> str:
        """The support address as a link."""
        return f"mailto:{self.support_address}"


@dataclass(frozen=True)
class Part:
    """One of several requests in one answer."""

    state: str  # done, question, waiting, refused
    subject: Sealed
    body: Sealed


class Words:
    """The words in three languages; implements `bot.ports.Renderer`."""

    def __init__(self, templates_package: str = "templates", *, house: House | None = None) -> None:
        self._house = house or House()
        self.environment = jinja2.Environment(
            loader=jinja2.PackageLoader(templates_package, ""),
            undefined=StrictUndefined,
            finalize=_only_words,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # facts are sealed, and each dress escapes for itself
        )
        self.environment.filters |= {**formats.filters(), "words": self._looked_up, "named": self._named}
        self._table = functools.cache(self._read_table)

    @property
    def house(self) -> House:
        """What every template may name."""
        return self._house

    def render(self, outcome: object, language: Language, *, intent: str, country: str = "") -> Reply:
        """The outcome in words. Raises UndefinedError on a missing fact, NoWords on a missing template."""
        if not isinstance(outcome, Outcome):
            raise TypeError(f"{type(outcome).__name__} is no outcome")
        folder = "_common" if type(outcome) in COMMON else intent
        facts = self._facts(outcome, language)
        subject, body = self._letter(f"{folder}/{outcome.template()}", language, country, **facts)
        choices = tuple(Choice(action, self.words("choices", language)[action]) for action in outcome.choices)
        files = tuple(self._file(sheet, language, country) for sheet in outcome.sheets)
        state = _state(outcome).__name__.lower()
        return Reply(subject, body, language, choices, (*outcome.documents, *files), state)

    def itemise(self, results: Sequence[tuple[Outcome, str]], language: Language, *, country: str = "") -> Reply:
        """Several requests (outcome, intent), one answer: what was done comes first, what was not last."""
        ranked = sorted(results, key=lambda result: _ORDER.index(_state(result[0])))
        replies = [self.render(outcome, language, intent=name, country=country) for outcome, name in ranked]
        if len(replies) == 1:
            return replies[0]
        parts = tuple(
            Part(_state(outcome).__name__.lower(), Sealed(reply.subject), Sealed(reply.body))
            for (outcome, _), reply in zip(ranked, replies, strict=True)
        )
        subject, body = self._letter("_layout/items", language, country, parts=parts)
        asking = [reply.choices for reply in replies if reply.choices]
        documents = tuple(dict.fromkeys(document for reply in replies for document in reply.attachments))
        return Reply(subject, body, language, asking[0] if len(asking) == 1 else (), documents)

    def letter(self, reply: Reply, *, salutation_name: str, case: str, page: str = "") -> Reply:
        """The reply as a letter for mail: salutation, how to answer, closing, enclosures, reference of the case.

        `page`: the address where its question can be answered by a click; only the one who is asked may read it.
        """
        answers = {choice.action: seal(choice.label) for choice in reply.choices}
        facts = {"name": salutation_name, "body": Sealed(reply.body), "answers": answers, "case": case,
                 "attachments": reply.attachments, "page": page}  # fmt: skip
        return replace(reply, body=self._written("_layout/letter", reply.language, "", **facts))

    def in_parts(self, of: int, language: Language) -> Sealed:
        """What stands below a letter whose documents come in several mails."""
        return Sealed(self._written("_layout/in_parts", language, "", of=of).strip())

    def reading(self, item: Item, language: Language) -> Sealed:
        """A request as a short phrase: `Rechnung RE-1 an x@y.de senden`; without an ask, the name of its intent."""
        if item.ask is None:
            return self.name(item.intent, language)
        facts = {field.name: getattr(item.ask, field.name) for field in fields(item.ask)}  # type: ignore[arg-type]
        return Sealed(self._written(f"{item.intent}/reading", language, "", **facts))

    def name(self, intent: str, language: Language) -> Sealed:
        """What an intent is called."""
        return Sealed(self._written(f"{intent}/_name", language, ""))

    def words(self, table: str, language: Language) -> Mapping[str, str]:
        """A table of single words by key: `choices`, `slots`, `reasons`, ..."""
        return self._table(table, language)

    # --- inside ---------------------------------------------------------------------------------------------

    def _letter(self, name: str, language: Language, country: str, /, **facts: Any) -> tuple[str, str]:
        heading, _, body = self._written(name, language, country, **facts).partition("\n")
        if not heading.startswith("# "):
            raise NoWords(f"{name}.{language}: the first line is `# Subject`")
        return heading[2:].strip(), body.strip()

    def _written(self, name: str, language: Language, country: str, /, **facts: Any) -> str:
        where = formats.locale(language, country)
        given = {"locale": where, "language": language, "house": self._house, **facts}
        text = self._template(name, language).render(given).strip()
        return formats.typeset(text, language)

    def _template(self, name: str, language: Language) -> Template:
        try:
            return self.environment.get_template(f"{name}.{language}.md.j2")
        except jinja2.TemplateNotFound as missing:
            raise NoWords(f"templates/{name}.{language}.md.j2 is not there") from missing

    def _file(self, sheet: Sheet, language: Language, country: str) -> CsvFile:
        words = self.words(sheet.name, language)
        head = [words[column] for column in sheet.columns]
        rows = [[words[cell.key] if isinstance(cell, Word) else cell for cell in row] for row in sheet.rows]
        return CsvFile(sheet.name, sheet.day.isoformat(), sheets.sheet(head, rows, formats.locale(language, country)))

    def _facts(self, outcome: Outcome, language: Language) -> dict[str, object]:
        return {field.name: self._fact(getattr(outcome, field.name), language) for field in fields(outcome)}

    def _fact(self, value: object, language: Language) -> object:
        if isinstance(value, Item):
            return self.reading(value, language)
        if isinstance(value, tuple):
            return tuple(self._fact(one, language) for one in value)
        return value

    def _read_table(self, table: str, language: Language) -> Mapping[str, str]:
        lines = self._written(f"_words/{table}", language, "").splitlines()
        return {key: words.strip() for key, _, words in (line.partition("=") for line in lines if line)}

    @pass_context
    def _looked_up(
        self, names: Names, key: str | tuple[str, ...], table: str, or_else: str = ""
    ) -> Sealed | tuple[Sealed, ...]:
        """The words of a key; `or_else` instead of those that are missing."""
        words = self.words(table, names["language"])
        if or_else and isinstance(key, str) and key not in words:
            return Sealed(seal(or_else))
        return Sealed(words[key]) if isinstance(key, str) else tuple(Sealed(words[one]) for one in key)

    @pass_context
    def _named(self, names: Names, intent: str) -> Sealed:
        return self.name(intent, names["language"])


def _state(outcome: Outcome) -> type[Outcome]:
    return next(state for state in _ORDER if isinstance(outcome, state))


def _only_words(value: object) -> object:
    """Jinja's `finalize`: words and whole numbers pass, sealed; anything unformatted is our mistake."""
    if isinstance(value, Undefined | Sealed):
        return value  # Undefined says itself what is missing
    if isinstance(value, str):
        return seal(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"{type(value).__name__} is no text: use a filter (money, date, country, listed)")


__all__ = ["House", "NoWords", "Part", "Words"]
