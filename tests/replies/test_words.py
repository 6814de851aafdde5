"""No outcome without words, no words without an outcome, the same facts in all three languages."""

import re
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import jinja2
import jinja2.meta
import pytest

from billing import Money
from bot import dress, intents, outcomes
from bot.messages import DocumentRef, Language
from bot.outcomes import Done, Item, Outcome
from bot.pipeline import happenings
from bot.render import House, NoWords, Words
from handlers.activate_portal import Requested
from handlers.activate_portal import Reseller as PortalReseller
from handlers.help import Examples
from handlers.send_invoice import Enclosed, ShallISend
from tests.intents.test_send_invoice import LATE, OPEN
from tests.replies.examples import EXAMPLES, READINGS
from tests.replies.facts import THEM

TEMPLATES = Path(__file__).parents[2] / "templates"
REGISTRY = intents.load()
WORDS = Words()
GIVEN = {"locale", "language", "house"}  # what every template has
OWN = ("_layout", "_words", "_pages", "documents", "fonts")


def declared() -> dict[str, tuple[type[Outcome], ...]]:
    """Every folder of words with the outcomes that must have some there."""
    handled = {name: tuple(dict.fromkeys(one for one in intent.outcomes if one not in outcomes.COMMON))
               for name, intent in REGISTRY.items()}  # fmt: skip
    return {**handled, "_common": outcomes.COMMON, "_approval": outcomes.FOR_AGENTS, "_news": happenings.OUTCOMES}


OUTCOMES = [(folder, outcome) for folder, every in declared().items() for outcome in every]


def test_every_outcome_has_an_example() -> None:
    shown = {(intent, type(outcome)) for intent, _, outcome in EXAMPLES}
    assert [name for name in OUTCOMES if name not in shown] == []


@pytest.mark.parametrize(("folder", "outcome"), OUTCOMES, ids=[f"{f}-{o.template()}" for f, o in OUTCOMES])
def test_the_three_languages_use_the_same_facts_and_no_others(folder: str, outcome: type[Outcome]) -> None:
    def asked(language: Language) -> set[str]:
        source = (TEMPLATES / folder / f"{outcome.template()}.{language}.md.j2").read_text()
        return jinja2.meta.find_undeclared_variables(WORDS.environment.parse(source)) - GIVEN

    assert asked(Language.DE) == asked(Language.FR) == asked(Language.EN)
    assert asked(Language.DE) <= {field.name for field in fields(outcome)}


def test_no_words_are_there_without_an_outcome() -> None:
    wanted = {
        f"{folder}/{name}.{language}.md.j2"
        for folder, every in declared().items()
        for name in [outcome.template() for outcome in every] + (["reading", "_name"] if folder in REGISTRY else [])
        for language in Language
    }
    there = {str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*.j2")}
    included = {name for name in there if name.rpartition("/")[2].startswith("_line.")}
    assert {name for name in there - included if name.partition("/")[0] not in OWN} == wanted


@pytest.mark.parametrize("table", sorted({f.name.partition(".")[0] for f in (TEMPLATES / "_words").iterdir()}))
def test_a_table_of_words_has_the_same_keys_in_every_language(table: str) -> None:
    keys = {language: set(WORDS.words(table, language)) for language in Language}
    assert keys[Language.DE] == keys[Language.FR] == keys[Language.EN]
    assert all(words for language in Language for words in WORDS.words(table, language).values())


def test_every_slot_of_an_intent_has_a_name() -> None:
    slots = {field.name for intent in REGISTRY.values() for field in fields(intent.ask)}
    assert slots <= set(WORDS.words("slots", Language.DE))


@pytest.mark.parametrize(("intent", "ask"), READINGS, ids=[f"{i}-{n}" for n, (i, _) in enumerate(READINGS)])
def test_a_request_is_named_in_one_line(intent: str, ask: object) -> None:
    for language in Language:
        phrase = dress.unseal(WORDS.reading(Item(intent, ask), language))
        assert phrase == phrase.strip()
        assert "\n" not in phrase
        assert "  " not in phrase
        assert not phrase.endswith(".")


def test_a_reading_names_numbers_and_recipients() -> None:
    intent, ask = next((intent, ask) for intent, ask in READINGS if intent == "send_invoice")
    assert dress.unseal(WORDS.reading(Item(intent, ask), Language.DE)) == (
        "Rechnungen RE-1 und RE-2 an a@b.example und c@d.example senden"
    )
    assert dress.unseal(WORDS.reading(Item(intent, ask), Language.FR)) == (
        "envoyer les factures RE-1 et RE-2 à a@b.example et c@d.example"
    )
    assert dress.unseal(WORDS.reading(Item(intent, ask), Language.EN)) == (
        "send invoices RE-1 and RE-2 to a@b.example and c@d.example"
    )


# --- several requests, one answer ---------------------------------------------------------------------------


def test_what_was_done_stands_before_what_waits_and_what_was_not_possible() -> None:
    results = [
        (PortalReseller(), "activate_portal"),
        (outcomes.HandedOver("G-1"), ""),
        (ShallISend((LATE,), (THEM,), (THEM,)), "send_invoice"),
        (Examples(), "help"),
    ]
    reply = WORDS.itemise(results, Language.EN)
    headings = re.findall(r"^## (.*)$", reply.body, re.MULTILINE)
    assert [heading.partition(":")[0] for heading in headings] == [
        "Done", "Waiting for your answer", "With our support team", "Not possible",
    ]  # fmt: skip
    assert [choice.action for choice in reply.choices] == ["yes", "no"]


@pytest.mark.parametrize("language", Language)
def test_several_requests_become_one_letter(language: Language) -> None:
    asked = (ShallISend((OPEN,), (THEM,), (THEM,)), "send_invoice")
    reply = WORDS.itemise([asked, (Requested(), "activate_portal")], language)
    alone = WORDS.render(Requested(), language, intent="activate_portal")
    assert alone.subject in reply.body
    assert alone.body in reply.body


def test_two_open_questions_offer_no_single_yes() -> None:
    asked = (ShallISend((OPEN,), (THEM,), (THEM,)), "send_invoice")
    assert WORDS.itemise([asked, asked], Language.DE).choices == ()


def test_one_request_needs_no_headings() -> None:
    assert WORDS.itemise([(Examples(), "help")], Language.FR) == WORDS.render(Examples(), Language.FR, intent="help")


def test_a_document_travels_once() -> None:
    letter = Enclosed("X", ("RE-1", "RE-2"))
    reply = WORDS.itemise([(letter, "send_invoice"), (letter, "send_invoice")], Language.DE)
    assert reply.attachments == (DocumentRef("invoice", "RE-1"), DocumentRef("invoice", "RE-2"))


# --- the letter ---------------------------------------------------------------------------------------------


def test_a_letter_greets_names_its_enclosures_and_its_case() -> None:
    words = Words(house=House(team="Fernblick Software GmbH"))
    reply = words.render(Enclosed("Lindenhof", ("RE-1", "RE-2")), Language.FR, intent="send_invoice")
    text = dress.plain(words.letter(reply, salutation_name="Claire Moreau", case="G-7"))
    assert text.startswith("Bonjour Claire Moreau,\n\nÀ la demande de Lindenhof")
    assert "Cordialement,\nFernblick Software GmbH\n" in text
    assert "Pièces jointes\u00a0: Facture RE-1, Facture RE-2\n" in text
    assert text.endswith("Dossier G-7\n")


def test_a_letter_to_nobody_by_name_greets_all_the_same() -> None:
    reply = WORDS.render(Examples(), Language.DE, intent="help")
    assert dress.plain(WORDS.letter(reply, salutation_name="", case="G-7")).startswith("Guten Tag!\n\n")


# --- what is refused ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Odd(Done):
    """An outcome with a fact of any kind."""

    fact: object

    @classmethod
    def template(cls) -> str:
        return "odd"


def _saying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Words:
    package = tmp_path / "oddwords"
    (package / "odd").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "odd" / "odd.en.md.j2").write_text(f"# Odd\n\n{text}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "oddwords", raising=False)
    return Words("oddwords")


@pytest.mark.parametrize("fact", [None, 1.5, True, date(2026, 11, 22), Money(100, "EUR"), ("a", "b")])
def test_an_unformatted_fact_is_refused(fact: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = _saying(tmp_path, monkeypatch, "{{ fact }}")
    with pytest.raises(TypeError, match="filter"):
        words.render(_Odd(fact), Language.EN, intent="odd")


def test_a_misspelt_fact_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = _saying(tmp_path, monkeypatch, "{{ fakt }}")
    with pytest.raises(jinja2.UndefinedError, match="fakt"):
        words.render(_Odd("x"), Language.EN, intent="odd")


def test_a_misspelt_attribute_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = _saying(tmp_path, monkeypatch, "{{ fact.numbr }}")
    with pytest.raises(jinja2.UndefinedError, match="numbr"):
        words.render(_Odd(OPEN), Language.EN, intent="odd")


def test_a_language_without_words_is_our_mistake_and_says_which_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = _saying(tmp_path, monkeypatch, "x")
    with pytest.raises(NoWords, match=r"odd/odd\.fr\.md\.j2"):
        words.render(_Odd("x"), Language.FR, intent="odd")


def test_a_script_link_is_never_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = _saying(tmp_path, monkeypatch, "[x]({{ fact | link }})")
    with pytest.raises(ValueError, match="http"):
        words.render(_Odd("javascript:alert(1)"), Language.EN, intent="odd")
