"""show_notifications: what people say, what they do not say, what happens."""

from datetime import date
from typing import Any

import pytest

from billing import Money, NoticeKind
from bot.messages import Language, Role, Trust
from bot.outcomes import NotAllowed, Outcome
from bot.render import Words
from handlers.show_notifications import Ask, Nothing, Notice, Notices
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import EUR

DUE, LATE = date(2026, 11, 25), date(2026, 11, 2)
AMOUNT = Money(114240, EUR)


def notice(kind: NoticeKind, subject: str, day: date | None = None, amount: Money | None = None) -> Notice:
    return Notice(kind.value, subject, day, amount)


EVERY = (
    notice(NoticeKind.OVERDUE, "RE-2026-000120", LATE, Money(76160, EUR)),
    notice(NoticeKind.DUE_SOON, "RE-2026-000123", DUE, AMOUNT),
    notice(NoticeKind.LICENCE_INACTIVE, "SUB-1003"),
    notice(NoticeKind.LICENCE_PROVISIONAL, "SUB-1002", DUE),
    notice(NoticeKind.PROOF_RECEIVED, "RE-2026-000117"),
    notice(NoticeKind.QUOTE_READY, "AN-2026-000101", DUE, AMOUNT),
    notice(NoticeKind.CANCEL_BY, "SUB-1001", date(2026, 12, 5), Money(142800, EUR)),
    notice(NoticeKind.CHANGE_OPEN, "CR000002"),
    notice(NoticeKind.DISPUTE_OPEN, "RE-2026-000122"),
    notice(NoticeKind.CREDIT_BALANCE, "", None, Money(23200, "USD")),
)
EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Notices(EVERY[1:2])),
    ("of every kind", Notices(EVERY, 3)),
    ("one more", Notices(EVERY[:2], 1)),
    ("", Nothing()),
]
READINGS: list[Any] = [Ask()]

SAID = [
    ("de", "Welche Benachrichtigungen liegen für unser Konto vor?", Ask()),
    ("de", "Bitte zeigen Sie mir unsere Mitteilungen", Ask()),
    ("fr", "Quelles notifications y a-t-il sur notre compte ?", Ask()),
    ("fr", "Merci de me montrer nos notifications", Ask()),
    ("en", "Which notifications are there for our account?", Ask()),
    ("en", "Please show me our notifications", Ask()),
]
NOT_SAID = [
    "Bitte schicken Sie mir keine Benachrichtigungen mehr zu Produktneuheiten.",
    "Merci pour votre notification.",
    "Thank you for the notification.",
]

HAPPENS: list[tuple[str, str, list[tuple[str, str]] | None]] = [
    ("due soon, and the last day to cancel", "K1001", [("due_soon", "RE-2026-000123"), ("cancel_by", "SUB-1001")]),
    ("overdue", "K1002", [("overdue", "RE-2026-000120")]),
    ("a licence that stands still, a proof on the desk", "K1003",
     [("overdue", "RE-2026-000117"), ("licence_inactive", "SUB-1003"), ("proof_received", "RE-2026-000117")]),
    ("a change that is open", "K1010", [("overdue", "RE-2026-000106"), ("change_open", "CR000002")]),
    ("a quote", "K1012", [("quote_ready", "AN-2026-000101")]),
    ("paid too much", "K1014", [("credit_balance", "")]),
    ("none", "K1009", None),
]  # fmt: skip


@pytest.mark.parametrize(("customer", "wanted"), [r[1:] for r in HAPPENS], ids=[r[0] for r in HAPPENS])
@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2, Trust.INTERNAL, Trust.AGENT])
def test_what_happens(customer: str, wanted: list[tuple[str, str]] | None, trust: Trust) -> None:
    outcome = Desk().serve("show_notifications", Ask(), customer, trust=trust).outcome
    if wanted is None:
        assert outcome == Nothing()
    else:
        assert isinstance(outcome, Notices)
        assert [(one.kind, one.subject) for one in outcome.notices] == wanted
        assert outcome.more == 0


def test_a_technical_contact_and_a_colleague_get_none() -> None:
    for role in (Role.TECHNICAL, Role.COLLEAGUE):
        served = Desk().serve("show_notifications", Ask(), "K1001", sender="it@kunde.example", role=role)
        assert served.outcome == NotAllowed()


def test_a_long_list_is_cut_and_the_rest_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.show_notifications.MOST", 2)
    outcome = Desk().serve("show_notifications", Ask(), "K1003").outcome
    assert isinstance(outcome, Notices)
    assert ([one.kind for one in outcome.notices], outcome.more) == (["overdue", "licence_inactive"], 1)


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_of_notice_has_words_of_its_own(kind: NoticeKind) -> None:
    shown = [one for one in EVERY if one.kind == kind.value] or [notice(kind, "X-1", DUE, AMOUNT)]
    for language in Language:
        known = Words().render(Notices(tuple(shown)), language, intent="show_notifications").body
        unknown = Words().render(Notices((Notice("?", "X-1", None, None),)), language, intent="show_notifications").body
        explained = unknown.split("**:")[-1].split("** :")[-1].partition(".")[0]
        assert explained not in known


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("show_notifications", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "show_notifications")
