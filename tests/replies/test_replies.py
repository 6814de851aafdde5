"""The letters themselves. Each reply is one prose file in `snapshots/`; its diff is proof-read like a letter.

`UPDATE_REPLIES=1 pytest tests/replies` writes them anew.
"""

import functools
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import dress
from bot.messages import CsvFile, Language, Reply
from bot.outcomes import Outcome
from bot.render import House, Words
from tests.replies.examples import EXAMPLES
from tests.replies.facts import CASE

SNAPSHOTS = Path(__file__).parent / "snapshots"
PAGE = "https://guichet.example/confirm/" + "k7m3" * 10 + "qx"  # as long as a real one
WORDS = Words(house=House(team="Fernblick Software GmbH"))
LANGUAGES = list(Language)
INTENTS = sorted({intent for intent, _, _ in EXAMPLES})
Check = Callable[[str, Outcome, Language], None]


def every_reply(check: Check) -> Callable[[str, Language], None]:
    """Check all replies of an intent in a language in one test: one each would be thousands."""

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("intent", INTENTS)
    def check_all(intent: str, language: Language) -> None:
        for outcome in (outcome for owner, _, outcome in EXAMPLES if owner == intent):
            check(intent, outcome, language)

    check_all.__name__, check_all.__doc__ = check.__name__, check.__doc__
    return check_all


@functools.cache
def rendered(outcome: Outcome, language: Language, intent: str) -> Reply:
    """The reply in words."""
    return WORDS.render(outcome, language, intent=intent)


@functools.cache
def lettered(outcome: Outcome, language: Language, intent: str) -> Reply:
    """The reply as a letter to nobody in particular."""
    return WORDS.letter(rendered(outcome, language, intent), salutation_name="", case=CASE)


def _file(intent: str, special: str, outcome: Outcome, language: Language) -> str:
    variant = "-" + re.sub(r"[^a-z]+", "-", special) if special else ""
    return f"{intent}/{outcome.template()}{variant}.{language}.txt"


def as_prose(reply: Reply) -> str:
    """The reply in its three dresses, as one file that reads well."""
    letter = WORDS.letter(reply, salutation_name="Sabine Krüger", case=CASE, page=PAGE)
    visible = re.sub(r' style="[^"]*"', "", dress.html(letter).split('class="letter"', 1)[1].partition("\n")[2])
    shown = visible.rpartition("</div>")[0].strip()
    choices = "".join(f"\n[{choice.action}: {choice.label}]" for choice in reply.choices)
    lists = [(one.kind, one.text[1:].replace("\r", "")) for one in reply.attachments if isinstance(one, CsvFile)]
    files = "".join(f"\n--- {kind}\n\n{lines}" for kind, lines in lists)
    return (
        f"{dress.subject(reply)}\n\n--- mail\n\n{dress.plain(letter)}\n"
        f"--- Slack\n\n{dress.slack(reply)}\n{choices}\n\n--- HTML\n\n{shown}\n{files}"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("intent", INTENTS)
def test_the_replies_read_as_they_were_proof_read(intent: str, language: Language) -> None:
    changed = []
    for owner, special, outcome in EXAMPLES:
        if owner != intent:
            continue
        file = SNAPSHOTS / _file(intent, special, outcome, language)
        prose = as_prose(rendered(outcome, language, intent))
        if os.environ.get("UPDATE_REPLIES"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(prose, encoding="utf-8")
        if not file.exists() or file.read_text(encoding="utf-8") != prose:
            changed.append(f"{file.relative_to(SNAPSHOTS)}:\n{prose}")
    assert not changed, "\n\n".join(changed)


def test_no_snapshot_is_left_over() -> None:
    kept = {str(file.relative_to(SNAPSHOTS)) for file in SNAPSHOTS.rglob("*.txt")}
    made = {_file(*example, language) for example in EXAMPLES for language in LANGUAGES}
    assert kept == made


@every_reply
def test_the_subject_fits_a_header_line(intent: str, outcome: Outcome, language: Language) -> None:
    reply = rendered(outcome, language, intent)
    assert len(dress.subject(reply)) <= 78
    assert not re.search(r"[\n\r\ue000-\uf8ff]", dress.subject(reply))


@every_reply
def test_a_reply_says_more_than_one_sentence(intent: str, outcome: Outcome, language: Language) -> None:
    text = dress.plain(rendered(outcome, language, intent))
    assert len(re.findall(r"[.!?:](?:\s|$|“|»|”)", text)) >= 2, text


@every_reply
def test_no_markup_or_seal_is_left_over(intent: str, outcome: Outcome, language: Language) -> None:
    reply = lettered(outcome, language, intent)
    for dressed in (dress.plain(reply), dress.slack(reply), dress.html(reply)):
        assert not re.search(r"[\ue000-\uf8ff]|\*\*|\{\{|\]\(|None|Undefined", dressed)


@every_reply
def test_a_french_reply_keeps_its_punctuation_on_the_line(intent: str, outcome: Outcome, language: Language) -> None:
    reply = lettered(outcome, language, intent)
    text = f"{reply.subject}\n{reply.body}"
    if language is Language.FR and outcome.template() != "other_language":  # half of that is English
        assert not re.search(r"(?<=\w)[?!;»](?=\s|$)|[ ][:;!?»]|«[ ]|«\w", text), text
        assert "'" not in text
    elif language is not Language.FR:
        assert "\u202f" not in re.sub(r"\d\u202f\d", "", text)


@every_reply
def test_what_a_reply_names_is_the_same_in_every_language(intent: str, outcome: Outcome, language: Language) -> None:
    def named(spoken: Language) -> tuple[list[str], list[str], list[str], tuple[object, ...]]:
        reply = rendered(outcome, spoken, intent)
        text = dress.plain(reply)
        numbers = sorted(set(re.findall(r"\b(?:RE|SUB|AN|GS|DRAFT|G)-[\w-]+", text)))
        addresses = sorted(
            set(
                re.findall(
                    r"[\w.]+@[\w.]+\w", re.sub(r"accounts@customer|comptabilite@client", "buchhaltung@kunde", text)
                )
            )
        )
        links = sorted(set(re.findall(r"https?://[^\s>]+", text)))
        return numbers, addresses, links, tuple((one.kind, one.number) for one in reply.attachments)

    assert named(language) == named(Language.DE)


@every_reply
def test_amounts_and_days_are_the_same_in_every_language(intent: str, outcome: Outcome, language: Language) -> None:
    def counted(spoken: Language) -> tuple[list[str], list[str]]:
        text = re.sub(r"[\u00a0\u202f]", "", dress.plain(rendered(outcome, spoken, intent)))
        amounts = re.findall(r"(?<![\d-])\d[\d.,]*[.,]\d\d(?!\d)", text)
        days = re.findall(r"(?<!\d)(\d{1,2})(?:\.|er)?(?=[A-Za-zäûé]+\s+20\d\d)", text)
        return sorted(re.sub(r"[.,]", "", amount) for amount in amounts), sorted(days)

    assert counted(language) == counted(Language.DE)


@every_reply
def test_only_a_question_that_wants_a_yes_has_choices(intent: str, outcome: Outcome, language: Language) -> None:
    reply = rendered(outcome, language, intent)
    assert tuple(choice.action for choice in reply.choices) == outcome.choices
    letter = dress.plain(lettered(outcome, language, intent))
    told = {"de": "„Ja“", "fr": "«\u00a0Oui\u00a0»", "en": "“Yes”"}[language] in letter
    assert told == ("yes" in outcome.choices)


def test_a_german_reply_has_no_french_or_english_words() -> None:
    foreign = re.compile(r"\b(?:the|your|please|invoice|votre|nous|facture|merci)\b", re.IGNORECASE)
    for intent, _, outcome in EXAMPLES:
        if outcome.template() != "other_language":
            text = dress.plain(rendered(outcome, Language.DE, intent))
            assert not foreign.search(re.sub(r"\S+@\S+|\S+://\S+", "", text)), text


def test_a_french_reply_has_no_german_or_english_words() -> None:
    foreign = re.compile(r"\b(?:the|your|please|invoice|Ihre|bitte|Rechnung|wir)\b", re.IGNORECASE)
    for intent, _, outcome in EXAMPLES:
        if outcome.template() != "other_language":
            text = dress.plain(rendered(outcome, Language.FR, intent))
            assert not foreign.search(re.sub(r"\S+@\S+|\S+://\S+", "", text)), text
