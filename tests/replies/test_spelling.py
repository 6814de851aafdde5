"""Every reply is spelt by the dictionaries of its language (Debian: hunspell-de-de, hunspell-fr, hunspell-en-gb).

The words of facts are left out. What is left are our own: an English word in a German or French letter is a mistake
here, unless the dictionary of that language has it, too, or the list below lets it stand.
"""

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest

from bot import dress
from bot.messages import Language
from bot.outcomes import Item
from bot.render import House, Words
from tests.replies.examples import EXAMPLES, READINGS

WORDS = Words(house=House(team="Fernblick"))
DICTIONARIES = {Language.DE: "de_DE", Language.FR: "fr", Language.EN: "en_GB"}
NAMES = {
    *(
        "Fernblick",
        "Slack",
        "PayPal",
        "Excel",
        "SEPA",
        "IBAN",
        "BIC",
        "EPC",
        "PDF",
        "QR",
        "CSV",
        "DMARC",
        "UTC",
        "JPEG",
        "PNG",
        "HEIC",
        "TIFF",
        "CHF",
    ),
    *("Remote", "Access", "Premium", "Assist", "AR", "Tensor", "Corporate", "Business", "Management"),  # plans
    "OUR",  # what one ticks on a transfer form, in every language
}
ALLOWED = {
    Language.DE: {"Absenderprüfung", "Portalzugang", "Banking-App", "USt-IdNr"},  # right, but rare
    Language.FR: {"Kbis", "Exempleville", "autoliquidation"},  # the extract from the register; an example; VAT
    Language.EN: {"Sampletown", "Musterstrasse"},  # examples of addresses
}
_LINK = re.compile(r"(?:https?://|mailto:)\S+")
_NOT_WORDS = re.compile(r"\S*@\S+|\b[A-Z]{1,6}-[\w-]+|\w*\d\w*")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quelqu)['’](?=\w)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_KEY = re.compile(r"[a-z_]*")  # a fact like "overdue" is a key, and never to be read as it is


def facts(value: object) -> Iterator[str]:
    """Every text in an outcome that its templates may show as it is."""
    if isinstance(value, str) and not _KEY.fullmatch(value):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from facts(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from facts(getattr(value, field.name))


def own_words(text: str, value: object, language: Language) -> set[str]:
    """The words of a reply that are ours, as a dictionary has them."""
    plain = dress.unseal(text).replace("**", "").replace("\\\n", "\n")
    plain = _LINK.sub(" ", plain)
    for fact in sorted(facts(value), key=len, reverse=True):
        plain = re.sub(rf"(?<!\w)(?:{re.escape(fact)}|{re.escape(fact[:1].upper() + fact[1:])})(?!\w)", " ", plain)
    plain = _NOT_WORDS.sub(" ", plain)
    return set(_WORD.findall(_ELISION.sub(" ", plain) if language is Language.FR else plain))


def unknown(words: set[str], language: Language) -> set[str]:
    """The words that the dictionary does not have."""
    done = subprocess.run(
        ["hunspell", "-d", DICTIONARIES[language], "-i", "utf-8", "-l"],
        input="\n".join(sorted(words)), capture_output=True, check=True, encoding="utf-8",
    )  # fmt: skip
    return set(done.stdout.split()) - NAMES - ALLOWED[language]


def words_by_place(language: Language) -> dict[str, set[str]]:
    """Every word of ours, and in which replies and readings it stands."""
    where = defaultdict(set)
    for intent, special, outcome in EXAMPLES:
        if outcome.template() != "other_language":  # two languages on purpose
            reply = WORDS.letter(WORDS.render(outcome, language, intent=intent), salutation_name="", case="")
            for word in own_words(f"{reply.subject}\n{reply.body}", outcome, language):
                where[word].add(f"{intent}/{outcome.template()} {special}".strip())
    for intent, ask in READINGS:
        for word in own_words(WORDS.reading(Item(intent, ask), language), ask, language):
            where[word].add(f"{intent}/reading")
    return where


pytestmark = [pytest.mark.slow, pytest.mark.skipif(not shutil.which("hunspell"), reason="needs hunspell")]


@pytest.mark.parametrize("language", Language)
def test_every_word_of_every_reply_is_in_the_dictionary(language: Language) -> None:
    where = words_by_place(language)
    assert len(where) > 500
    assert {word: sorted(where[word])[:3] for word in sorted(unknown(set(where), language))} == {}


@pytest.mark.parametrize("language", Language)
def test_no_word_is_allowed_that_no_reply_needs(language: Language) -> None:
    assert set(words_by_place(language)) >= ALLOWED[language]


@pytest.mark.parametrize(
    ("language", "wrong"),
    [
        (Language.DE, {"Rechung", "invoice", "payment", "overdue", "facture"}),
        (Language.FR, {"facutre", "invoice", "overdue", "Rechnung", "paiment"}),
        (Language.EN, {"invioce", "Rechnung", "color", "Zahlung"}),
    ],
)
def test_mistakes_and_words_of_another_language_are_found(language: Language, wrong: set[str]) -> None:
    assert unknown(wrong, language) == wrong
