"""Slack's text becomes what the person typed."""

import pytest

from bot.channels.slack.labels import REASONS, labels, language_of
from bot.channels.slack.read import is_press, plain, read_press, read_slack
from bot.channels.slack.stored import CLICK, MESSAGE, pack
from bot.messages import Language

US = "U00000BOT"
TYPED = {
    "a mention in front": (f"<@{US}> help", "help"),
    "a mention with a name, in the middle": (f"bitte <@{US}|guichet> Rechnung 123", "bitte Rechnung 123"),
    "a mail address": ("send it to <mailto:a.b@kunde.example|a.b@kunde.example>", "send it to a.b@kunde.example"),
    "a bare domain that Slack links": ("see <http://kunde.example|kunde.example>", "see kunde.example"),
    "a link with words": ("<https://x.example/a|here>", "here (https://x.example/a)"),
    "a bare link": ("<https://x.example/?a=1&amp;b=2>", "https://x.example/?a=1&b=2"),
    "a phone number": ("<tel:+4930123|+49 30 123>", "+49 30 123 (+4930123)"),
    "a colleague": ("frag <@U123|ada>", "frag @ada"),
    "a channel": ("in <#C123|general>", "in #general"),
    "the whole channel": ("<!channel> help", "@channel help"),
    "a date": ("<!date^1392734382^{date}|18 Feb 2014>", "18 Feb 2014"),
    "escaped signs": ("Müller &amp; Söhne &lt;b&gt;", "Müller & Söhne <b>"),
    "an escaped entity stays as typed": ("&amp;lt;", "&lt;"),
    "a number in backticks": ("Rechnung `RE-2026-000123`", "Rechnung RE-2026-000123"),
    "a quoted line": ("&gt; senden Sie Rechnung 123\nja", "ja"),
    "only a quote": ("&gt; yes", ""),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("case", TYPED)
def test_text_is_read_as_it_was_typed(case: str) -> None:
    written, typed = TYPED[case]
    assert plain(written, US) == typed


def test_a_click_is_no_message_and_a_message_no_click() -> None:
    click = pack("k", CLICK, {"actions": [{"action_id": "yes", "value": "p"}], "user": {"id": "U1"}}, bot_user=US)
    assert is_press(click.raw)
    with pytest.raises(ValueError, match="no message"):
        read_slack(click.raw, click.key)
    event = {"channel": "D1", "ts": "1795328322.000100", "user": "U1", "text": "yes"}
    message = pack("D1:1", MESSAGE, {"event": event}, bot_user=US)
    assert not is_press(message.raw)
    assert read_press(message.raw) is None


def test_the_first_message_of_a_thread_answers_nothing() -> None:
    event = {"channel": "D1", "ts": "1795328322.000100", "user": "U1", "thread_ts": "1795328322.000100"}
    message = pack("D1:1", MESSAGE, {"event": event}, bot_user=US)
    inbound = read_slack(message.raw, message.key)
    assert (inbound.text, inbound.thread.in_reply_to) == ("", "")
    assert inbound.sent.tzinfo is not None


@pytest.mark.parametrize("language", Language)
def test_every_word_exists_and_fits(language: Language) -> None:
    words = labels(language)
    assert tuple(words.reasons) == REASONS
    short = (words.title_approve, words.title_reject, words.submit_approve, words.submit_reject, words.close)
    assert all(0 < len(word) <= 24 for word in short)
    assert all(len(reason) <= 75 for reason in words.reasons.values())


@pytest.mark.parametrize(
    ("locale", "language"), [("de-DE", "de"), ("fr-CA", "fr"), ("en-GB", "en"), ("ja-JP", "en"), ("", "en")]
)
def test_an_agent_reads_their_own_language_or_english(locale: str, language: str) -> None:
    assert language_of(locale) == language
