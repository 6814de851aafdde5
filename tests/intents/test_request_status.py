"""request_status: what people say, what they do not say, what happens."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from billing import Actor as By
from billing import ActorKind, ChangeSet
from billing.demo import AGENT
from bot.messages import Actor, Language, Role, Trust
from bot.outcomes import Earlier, Item, NotAllowed, Outcome, WithPerson
from bot.pipeline.serve import Wish, serve
from bot.render import Words
from handlers import change_company_name as name
from handlers import send_invoice as send
from handlers.request_status import REASONS, Ask, Decided, Line, NotFound, NothingOpen, Standing
from tests.intents.counter import DEMO_DAY, REGISTRY, Desk, acted_on, asks_in, read


def ask(reference: str | None = None) -> Ask:
    return Ask(reference)  # type: ignore[arg-type]


ASKED, TOLD, UNTIL = date(2026, 11, 9), date(2026, 11, 18), date(2026, 12, 10)
RENAMING = Line("G-7K3M9Q", "company_name", "", "open", ASKED)
EVERY = (
    RENAMING,
    Line("G-8PQ2XY", "proof", "RE-2026-000117", "approved", ASKED, TOLD),
    Line("G-2ABCDE", "tax_id", "", "approved", ASKED, TOLD),
    Line("G-3ABCDE", "dispute", "RE-2026-000122", "rejected", ASKED, TOLD, "duplicate"),
    Line("G-4ABCDE", "country", "", "rejected", ASKED, TOLD),
    Line("AN-2026-000101", "quote", "SUB-1012", "ready", ASKED, None, "", UNTIL),
    Line("Q000003", "quote", "SUB-1013", "queued", ASKED),
    Line("Q000004", "quote", "SUB-1013", "failed", ASKED),
    Line("AN-2026-000102", "quote", "SUB-1003", "expired", ASKED, None, "", UNTIL),
    Line("AN-2026-000103", "quote", "SUB-1003", "superseded", ASKED),
    Line("AN-2026-000104", "quote", "SUB-1003", "withdrawn", ASKED),
    Line("AN-2026-000105", "quote", "SUB-1003", "accepted", ASKED),
    Line("G-5ABCDE", "cancel", "SUB-1008", "expired", ASKED),
    Line("G-6ABCDE", "upgrade", "", "open", ASKED),
    Line("CR000007", "several", "", "open", ASKED),
    Line("G-7ABCDE", "other", "", "open", ASKED),
    Line("G-8ABCDE", "company_name", "", "asked", ASKED, question=TOLD),
    Line("G-9ABCDE", "other", "", "person", TOLD),
)
IN_HAND = WithPerson("G-9ABCDE", datetime(2026, 11, 18, 9, tzinfo=UTC))
EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Standing((RENAMING,))),
    ("of every kind", Standing(EVERY)),
    ("a quote", Standing((EVERY[5],))),
    ("over", Standing((EVERY[3],))),
    ("asked", Standing((EVERY[-2],))),
    ("with a person", Standing((EVERY[-1],))),
    ("", Decided(EVERY[1:3])),
    ("", NothingOpen()),
    ("", NotFound("G-7K3M9Q")),
]
READINGS: list[Any] = [ask(), ask("G-7K3M9Q")]

SAID = [
    ("de", "Wie ist der Stand meiner Anfrage G-7K3M9Q?", ask("G-7K3M9Q")),
    ("de", "Gibt es etwas Neues zu unserem Antrag CR000001?", ask("CR000001")),
    ("fr", "Où en est ma demande G-7K3M9Q ?", ask("G-7K3M9Q")),
    ("fr", "Avez-vous du nouveau concernant notre demande ?", ask()),
    ("en", "What is the status of my request G-7K3M9Q?", ask("G-7K3M9Q")),
    ("en", "Any news on case G-7K3M9Q?", ask("G-7K3M9Q")),
]
NOT_SAID = [
    "Vielen Dank für die schnelle Bearbeitung meiner Anfrage.",
    "Merci d'avoir traité notre demande.",
    "Thanks for dealing with our request so quickly.",
]

HAPPENS: list[tuple[str, str, Ask, type[Outcome], list[tuple[str, str, str]]]] = [
    ("by its number", "K1010", ask("CR000002"), Standing, [("CR000002", "company_name", "open")]),
    ("written small", "K1010", ask("cr000002"), Standing, [("CR000002", "company_name", "open")]),
    ("all that is open", "K1010", ask(), Standing, [("CR000002", "company_name", "open")]),
    ("a proof", "K1003", ask("P000001"), Standing, [("P000001", "proof", "open")]),
    ("a proof, by its invoice", "K1003", ask("RE-2026-000117"), Standing, [("P000001", "proof", "open")]),
    ("a quote that is being made", "K1013", ask(), Standing, [("Q000003", "quote", "queued")]),
    ("a quote that is ready", "K1012", ask("AN-2026-000101"), Standing, [("AN-2026-000101", "quote", "ready")]),
    ("a quote that has expired", "K1003", ask("AN-2026-000102"), Standing, [("AN-2026-000102", "quote", "expired")]),
    ("decided lately", "K1011", ask(), Decided, [("CR000001", "company_name", "approved")]),
    ("nothing", "K1001", ask(), NothingOpen, []),
    ("unknown", "K1001", ask("CR000999"), NotFound, []),
    ("another customer's", "K1001", ask("CR000002"), NotFound, []),
    ("another customer's quote", "K1001", ask("AN-2026-000101"), NotFound, []),
]


@pytest.mark.parametrize(
    ("customer", "asked", "outcome", "lines"), [r[1:] for r in HAPPENS], ids=[r[0] for r in HAPPENS]
)
@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2, Trust.INTERNAL, Trust.AGENT])
def test_what_happens(
    customer: str, asked: Ask, outcome: type[Outcome], lines: list[tuple[str, str, str]], trust: Trust
) -> None:
    served = Desk().serve("request_status", asked, customer, trust=trust)
    assert type(served.outcome) is outcome, served.outcome
    shown = getattr(served.outcome, "lines", ())
    assert [(line.reference, line.matter, line.state) for line in shown] == lines


def test_unknown_and_foreign_references_are_told_apart_by_nothing() -> None:
    unknown, foreign = (Desk().serve("request_status", ask(n), "K1001").outcome for n in ("CR000999", "CR000002"))
    assert (unknown, foreign) == (NotFound("CR000999"), NotFound("CR000002"))


def serve_with(
    desk: Desk, asked: Ask, earlier: tuple[Earlier, ...], actor: Actor, in_hand: tuple[WithPerson, ...] = ()
) -> Outcome:
    slots = {"reference": asked.reference} if asked.reference else {}
    wish = Wish(
        REGISTRY["request_status"], slots, actor, Language.DE, "G-1", "email:1",  # type: ignore[arg-type]
        earlier=lambda: earlier, with_person=lambda: in_hand,
    )  # fmt: skip
    return serve(wish, desk.core, DEMO_DAY).outcome


WHEN = datetime(2026, 11, 20, 9, tzinfo=UTC)
OWNER = Actor("noemie@dupain.example", Role.OWNER, Trust.T1, (), "K1010", "noemie@dupain.example")
CASE_OF_CHANGE = Earlier(
    "G-7K3M9Q", Item("change_company_name", name.Ask("X")), "open", WHEN, filed=("CR000002",), asker=OWNER.address
)
UNFILED = Earlier("G-8PQ2XY", Item("send_invoice", send.Ask()), "open", WHEN, asker=OWNER.address)


@pytest.mark.parametrize("called", ["G-7K3M9Q", "g-7k3m9q", "CR000002"])
def test_what_was_filed_is_named_by_the_case_that_people_know(called: str) -> None:
    outcome = serve_with(Desk(), ask(called), (CASE_OF_CHANGE, UNFILED), OWNER)
    assert isinstance(outcome, Standing)
    assert [(line.reference, line.matter) for line in outcome.lines] == [("G-7K3M9Q", "company_name")]


def test_what_an_agent_must_allow_is_listed_too_and_nothing_twice() -> None:
    outcome = serve_with(Desk(), ask(), (CASE_OF_CHANGE, UNFILED), OWNER)
    assert isinstance(outcome, Standing)
    assert sorted(line.reference for line in outcome.lines) == ["G-7K3M9Q", "G-8PQ2XY"]


@pytest.mark.parametrize("reference", [None, "G-9ABCDE", "g-9abcde"])
def test_what_a_person_has_in_hand_is_told_with_its_day(reference: str | None) -> None:
    nobody_else = Actor(
        "oliver.hart@customer.example", Role.OWNER, Trust.T1, (), "K1009", "oliver.hart@customer.example"
    )
    outcome = serve_with(Desk(), ask(reference), (), nobody_else, (IN_HAND,))
    assert outcome == Standing((Line("G-9ABCDE", "other", "", "person", date(2026, 11, 18)),))


def test_a_case_that_waits_for_a_decision_is_told_once_although_a_person_has_it() -> None:
    both = WithPerson(UNFILED.case, WHEN)
    outcome = serve_with(Desk(), ask(), (CASE_OF_CHANGE, UNFILED), OWNER, (both,))
    assert isinstance(outcome, Standing)
    assert sorted(line.reference for line in outcome.lines) == ["G-7K3M9Q", "G-8PQ2XY"]


def test_a_rejection_is_told_with_its_reason() -> None:
    desk = Desk()
    desk.core.reject_change("CR000002", reason="not_proven", actor=AGENT, idem="test:no")
    outcome = serve_with(desk, ask(), (replace(CASE_OF_CHANGE, state="rejected"),), OWNER)
    assert isinstance(outcome, Decided)
    [line] = outcome.lines
    assert (line.reference, line.state, line.reason, line.decided) == ("G-7K3M9Q", "rejected", "not_proven", DEMO_DAY)


def test_a_reason_without_words_is_left_out() -> None:
    desk = Desk()
    desk.core.reject_change("CR000002", reason="internal note", actor=AGENT, idem="test:no")
    outcome = serve_with(desk, ask("CR000002"), (), OWNER)
    assert isinstance(outcome, Standing)
    assert outcome.lines[0].reason == ""


def test_a_technical_contact_sees_only_what_they_asked_for() -> None:
    desk = Desk()
    technical = Actor("it@kunde.example", Role.TECHNICAL, Trust.T1, (), "K1001", "it@kunde.example")
    owner = By(ActorKind.CUSTOMER, "martin.linden@kunde.example", "email", "test")
    filed = desk.core.request_change("K1001", ChangeSet(company_name="Linden AG"), actor=owner, idem="test:change")
    theirs = Earlier("G-7K3M9Q", Item("send_invoice", None), "open", WHEN, asker="martin.linden@kunde.example")
    mine = Earlier("G-8PQ2XY", Item("send_invoice", None), "open", WHEN, asker="IT@kunde.example")
    assert serve_with(desk, ask(filed.id), (), technical) == NotFound(filed.id)
    outcome = serve_with(desk, ask(), (theirs, mine), technical)
    assert isinstance(outcome, Standing)
    assert [line.reference for line in outcome.lines] == ["G-8PQ2XY"]


def test_a_colleague_who_is_no_contact_hears_nothing() -> None:
    served = Desk().serve("request_status", ask(), "K1010", sender="x@dupain.example", role=Role.COLLEAGUE)
    assert served.outcome == NotAllowed()


def test_the_known_reasons_are_those_that_have_words() -> None:
    assert set(REASONS) == set(Words().words("reasons", Language.DE))


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("request_status", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "request_status")
