"""The shipped model: its files belong together, and with the code and the messages that it was made from."""

import json
import shutil
from pathlib import Path

import pytest

from bot.understand.encoder import HEADER, MODEL, NETWORK, NOTHING, PIECES, WORDS, BrokenModel, Encoder, windows
from bot.understand.frames import SLOTS as SLOTS_OF
from bot.understand.pieces import Piece
from bot.understand.text import read_text
from training import parts


@pytest.fixture(scope="module")
def header() -> dict[str, object]:
    return json.loads((MODEL / HEADER).read_text("utf-8"))


@pytest.mark.parametrize("name", [NETWORK, WORDS, PIECES])
def test_a_file_that_was_changed_is_refused(tmp_path: Path, name: str) -> None:
    shutil.copytree(MODEL, tmp_path / "model")
    with (tmp_path / "model" / name).open("ab") as changed:
        changed.write(b" ")
    with pytest.raises(BrokenModel, match=name):
        Encoder(tmp_path / "model")


def test_labels_and_languages_are_those_of_the_training_and_in_their_order(header: dict[str, object]) -> None:
    assert tuple(header["labels"]) == parts.LABELS  # type: ignore[arg-type]
    assert tuple(header["languages"]) == parts.LANGUAGES  # type: ignore[arg-type]
    assert parts.LABELS[-1] == NOTHING


def test_the_model_was_made_from_the_messages_that_lie_here(header: dict[str, object]) -> None:
    """Somebody who changes a message trains again, or says in the header that he did not."""
    assert header["fitted_on"] == {name: parts.fingerprint(name) for name in parts.FITTING}


def test_it_was_not_fitted_on_what_it_is_measured_with(header: dict[str, object]) -> None:
    kept_apart = {*parts.VALIDATION, *parts.CALIBRATION}
    assert kept_apart.isdisjoint(header["fitted_on"])  # type: ignore[call-overload]
    fitted = {message["text"] for name in parts.FITTING for message in parts.read_part(name)}
    shared = [
        m["text"] for name in kept_apart for m in parts.read_part(name) if m["text"] in fitted and len(m["text"]) > 40
    ]
    assert shared == []


@pytest.mark.parametrize("name", [*parts.VALIDATION, *parts.CALIBRATION])
def test_fitting_on_a_part_that_is_kept_apart_is_refused(name: str) -> None:
    with pytest.raises(parts.NotForFitting, match=name):
        parts.read_for_fitting([name])


def test_every_message_is_labelled_with_known_names() -> None:
    for name in (*parts.FITTING, *parts.CALIBRATION, *parts.VALIDATION):
        for message in parts.read_part(name):
            assert message["lang"] in parts.LANGUAGES, message["id"]
            for request in message["requests"]:
                assert request["intent"] in parts.LABELS and set(request["slots"]) <= set(
                    SLOTS_OF.get(request["intent"], ())
                ), message["id"]


@pytest.mark.parametrize("length", [1, 222, 223, 1000, 6000])
def test_windows_hold_every_piece_and_none_is_too_long(length: int) -> None:
    text = read_text("word. " * length)
    pieces = [Piece(1, 1 + 6 * n, 5 + 6 * n) for n in range(length)]
    found = windows(pieces, text)
    assert all(len(window) <= 222 for window in found)
    assert {piece.start for window in found for piece in window} == {piece.start for piece in pieces}


def test_a_sentence_without_end_is_cut_into_windows_too() -> None:
    text = read_text("word " * 1000)
    pieces = [Piece(1, 1 + 5 * n, 5 + 5 * n) for n in range(1000)]
    found = windows(pieces, text)
    assert all(0 < len(window) <= 222 for window in found)
    assert sum(map(len, found)) >= 1000
