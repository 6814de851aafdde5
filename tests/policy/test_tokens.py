"""Tokens: genuine ones are recognised in any letter case, everything else is nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tokens import Tokens, derive_id

TOKENS = Tokens("key of this installation")
ROW = derive_id("letter", "inbox", "0")
TOKEN = TOKENS.make(ROW)


def test_a_token_names_its_row_however_a_mail_server_folds_it() -> None:
    assert TOKENS.row_of(TOKEN) == ROW
    assert TOKENS.row_of(TOKEN.upper()) == ROW


@pytest.mark.parametrize("place", range(len(TOKEN)))
def test_one_changed_character_is_no_token(place: int) -> None:
    other = "b" if TOKEN[place] != "b" else "c"
    assert TOKENS.row_of(TOKEN[:place] + other + TOKEN[place + 1 :]) is None


def test_another_installation_does_not_know_it() -> None:
    assert Tokens("another key").row_of(TOKEN) is None


@given(st.text(max_size=60))
def test_any_text_is_no_token(text: str) -> None:
    assert TOKENS.row_of(text) is None


def test_the_token_of_a_letter_opens_no_page_and_that_of_a_page_answers_no_letter() -> None:
    link = TOKENS.link(ROW)
    assert TOKENS.row_of_link(link) == ROW
    assert TOKENS.row_of_link(link[:-1] + ("a" if link[-1] != "a" else "e")) is None
    assert TOKENS.row_of_link(TOKEN) is None and TOKENS.row_of(link) is None


def test_a_token_fits_the_local_part_of_an_address() -> None:
    assert len(f"support+{TOKEN}") <= 64  # RFC 5321 4.5.3.1.1
