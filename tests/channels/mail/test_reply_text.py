"""What the person newly wrote: the corpus of mail programs, one file each, and the promise to stay linear."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.mail.read import read_mail
from bot.channels.mail.trim import trim
from bot.messages import Kind
from tests.channels.mail.letters import OWN

FOLDER = Path(__file__).parents[2] / "corpus" / "mail"
# `reply` was written with the trimmer, `measured` after it: its first count was 30 of 36.
# `both` holds mails whose text and HTML parts say the same in their own ways; none may be doubted.
# `clients` and `languages` were written blind, too: their first counts were 47 of 49 (German), 45 of 47 (French),
# 23 of 25 (English) and 18 of 40 (programs in eighteen other languages); then 18 of 22 oddities and 24 of 26 in HTML.
FOLDERS = ("reply", "measured", "both", "clients", "languages")
CORPUS = sorted(path for name in FOLDERS for path in (FOLDER / name).glob("*.eml"))


def folded(text: str) -> str:
    """White space does not count."""
    return " ".join(text.split())


def test_the_corpus_is_there() -> None:
    assert len(CORPUS) >= 300


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_only_the_new_text_is_read(path: Path) -> None:
    mail = read_mail(path.read_bytes(), "k", own=OWN)
    expected = path.with_suffix(".txt").read_text("utf-8")
    assert folded(mail.text) == folded(expected)
    assert mail.kind is Kind.PERSON
    assert bool(mail.unsure) is (not expected.strip())  # a person reads what leaves nothing; nothing else is doubted
    assert "999" not in mail.text  # every old mail of the corpus holds a request that nobody made


@pytest.mark.parametrize(
    "text",
    [
        "Guten Tag,\n\nHerr Müller schrieb:\nbitte zahlen. Was heißt das?",
        "Je vous avais écrit : aucune réponse.\nPouvez-vous regarder ?",
        "Please note:\nFrom: 1 December on our address is new.",
        "Von: Montag\nbis: Freitag sind wir da.",
        "A -- B ist gemeint.\nC",
        "Ich habe den Antrag per Mail gesendet von meinem Büro aus, und zwar gestern, bitte prüfen Sie das.",
        "Meine Adresse:\n\nSabine Krämer\nLindenweg 4\n-----\n85354 Freising",
        "Teil eins.\n—\nTeil zwei\n1\n2\n3\n4\n5\n6\n7",
        "Bitte senden an x@kunde.example\nund an y@kunde.example.\nHerr Müller schrieb mir gestern:\nalles gut.",
    ],
    ids=lambda text: text[:20],
)
def test_what_only_looks_like_an_old_mail_stays(text: str) -> None:
    assert folded(trim(text).text) == folded(text)


def test_a_mail_of_old_text_only_goes_to_a_person() -> None:
    assert trim("Am 22.11.2026 um 10:00 schrieb Guichet <s@guichet.example>:\n> ja\n").unsure == "nothing_new"


def test_text_below_an_unmarked_old_mail_is_doubted_and_not_read() -> None:
    cut = trim("On Sunday, November 22, 2026 Guichet <s@guichet.example> wrote:\n\nShall we?\n\nyes")
    assert (cut.text, cut.unsure) == ("", "nothing_new")


HOSTILE = {
    "attributions without end": "On On On " * 60_000,
    "attribution lines": "On 22/11/2026, Max <a@b.example>\n" * 40_000,
    "newlines": "\n" * 500_000,
    "blanks": " " * 500_000,
    "quote marks": ">" * 500_000,
    "header lines": "Von: a\n" * 60_000,
    "dashes": "-" * 500_000,
    "dashed lines": "----- a schrieb\n" * 40_000,
    "signatures": "x\n-- \n" * 60_000,
    "french attributions": "Le 22/11/2026 à 10:00, <a@b.c> a écrit " * 10_000,
    "control characters": "\x0b\x0c\x1c\x85" * 100_000,
    "footers": "gesendet von " * 30_000,
    "long dashes": "x\n—\n" * 60_000,
    "long dashes apart": "x\n—\n\n\n\n\n\n\n\n" * 20_000,
    "full-width colons": "发件人：" * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_costs_no_more_than_its_length(text: str) -> None:
    began = time.process_time()
    trim(text)
    assert time.process_time() - began < 1


@given(
    st.lists(
        st.sampled_from(
            ["Am 22.11.2026 schrieb X <a@b.example>:", "> alt", "neu", "", "-- ", "Von: x", "Gesendet: y", "An: z"]
        )
    )
)
@settings(max_examples=300, deadline=None)
def test_no_quoted_line_ever_stays(lines: list[str]) -> None:
    kept = trim("\n".join(lines)).text.split("\n")
    assert "> alt" not in kept


@given(st.text(max_size=2000))
@settings(max_examples=200, deadline=None)
def test_trimming_only_takes_away(text: str) -> None:
    words = set(text.split())
    assert set(trim(text).text.split()) <= words | {""}
