"""Cutting text into word pieces: the best cut, with places in the text as it was written."""

import time

import pytest

from bot.understand.pieces import Vocabulary

PIECES = ("<unk>", "▁", "▁in", "▁invoice", "voice", "s", "▁Gr", "öße", "ß", "e", "i", "n", "1", "2", "12", "▁f", "fi")
SCORES = (0.0, -5.0, -3.0, -2.0, -3.0, -2.0, -3.0, -3.0, -4.0, -4.0, -4.0, -4.0, -4.0, -4.0, -5.0, -4.0, -3.0)


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary(PIECES, SCORES, {"\n": " ", "\t": " ", "ﬁ": "fi"}, unknown=0)


def cut(vocabulary: Vocabulary, text: str) -> list[str]:
    return [PIECES[piece.id] for piece in vocabulary.encode(text)]


def test_the_cut_with_the_best_sum_wins(vocabulary: Vocabulary) -> None:
    assert cut(vocabulary, "invoices") == ["▁invoice", "s"]  # -4, against -8 for in + voice + s


def test_pieces_know_where_they_stand_in_the_text_as_it_was_written(vocabulary: Vocabulary) -> None:
    text = "  invoices\n\tGröße 12"
    assert [text[piece.start : piece.end] for piece in vocabulary.encode(text)] == [
        "invoice",
        "s",
        "Gr",
        "öße",
        "",
        "12",
    ]


def test_accents_that_stand_apart_are_read_as_one_letter(vocabulary: Vocabulary) -> None:
    text = "Gro\u0308ße"
    assert cut(vocabulary, text) == ["▁Gr", "öße"]
    assert vocabulary.encode(text)[-1].end == len(text)


def test_ligatures_are_written_out(vocabulary: Vocabulary) -> None:
    assert cut(vocabulary, "ﬁ") == ["▁", "fi"]


def test_neighbours_that_nobody_knows_are_one_piece(vocabulary: Vocabulary) -> None:
    assert cut(vocabulary, "invoice日本") == ["▁invoice", "<unk>"]


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_blank_text_has_no_pieces(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.encode(text) == []


@pytest.mark.parametrize("text", ["x" * 100_000, "in" * 50_000, "e\u0301" * 50_000])
def test_a_word_without_end_costs_linear_time(vocabulary: Vocabulary, text: str) -> None:
    began = time.process_time()
    vocabulary.encode(text)
    assert time.process_time() - began < 5  # a square would take hours
