"""update_profile: what people say, what they do not say, what happens."""

from typing import Any

import pytest

from bot.context import Grant
from bot.messages import Role, Trust, Written
from bot.outcomes import NotAllowed, Outcome
from bot.pipeline.serve import Served
from handlers.update_profile import (
    Ask,
    EmailByPerson,
    NoContact,
    NotAName,
    NotAPhone,
    ShallIUpdate,
    Unchanged,
    Updated,
    WhatToChange,
)
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import CASE, US

PHONE = "+49 761 1234567"


def ask(name: str | None = None, phone: str | None = None, language: str | None = None) -> Ask:
    return Ask(name, phone, language)  # type: ignore[arg-type]


EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Updated(US, "Sabine Neumann", PHONE, "fr")),
    ("only the phone", Updated(US, "", PHONE, "")),
    ("and another address", Updated(US, "Sabine Neumann", "", "de", True, CASE)),
    ("", ShallIUpdate(US, "Sabine Neumann", PHONE, "en")),
    ("", EmailByPerson(US, CASE)),
    ("", WhatToChange(US, "Sabine Krüger", "", "de")),
    ("", Unchanged(US, "Sabine Krüger", PHONE, "de")),
    ("", NotAPhone("ext. seven")),
    ("", NotAName()),
    ("", NoContact()),
]
READINGS: list[Any] = [ask(), ask("Sabine Neumann"), ask(phone=PHONE), ask("Sabine Neumann", PHONE, "fr")]

SAID = [
    ("de", "Meine neue Telefonnummer ist +49 761 1234567, bitte im Profil ändern.", ask(phone=PHONE)),
    ("de", "Bitte schreiben Sie mir künftig auf Französisch.", ask(language="fr")),
    ("fr", "Merci de m'écrire désormais en allemand.", ask(language="de")),
    ("fr", "Mon nouveau numéro de téléphone est le +33 4 99 57 12 34.", ask(phone="+33 4 99 57 12 34")),
    ("en", "My new phone number is +44 117 496 0123, please update my profile.", ask(phone="+44 117 496 0123")),
    ("en", "Please write to me in German from now on.", ask(language="de")),
]

NOT_SAID = [
    "Sie erreichen mich unter +49 761 1234567.",
    "Vous pouvez m'appeler au +33 4 99 57 12 34.",
    "Call me on +44 117 496 0123 if you have questions.",
    "Bitte ändern Sie meine Telefonnummer nicht.",
]


def profile(asked: Ask, text: str = "", *, desk: Desk | None = None, sender: str = US, **who: Any) -> Served:
    return (desk or Desk()).serve(
        "update_profile", asked, "K1001", sender=sender, written=Written(text), **{"role": Role.BILLING, **who}
    )


HAPPENS: list[tuple[str, Ask, str, Outcome]] = [
    ("a phone number", ask(phone=PHONE), "", Updated(US, "", PHONE, "", case="G-1")),
    ("everything", ask("Sabine  Neumann", PHONE, "fr"), "", Updated(US, "Sabine Neumann", PHONE, "fr", case="G-1")),
    ("one of two is new", ask("Sabine Krüger", PHONE), "", Updated(US, "", PHONE, "", case="G-1")),
    ("the same language", ask(language="de"), "", Unchanged(US, "Sabine Krüger", "", "de")),
    ("no number", ask(phone="ext. seven"), "", NotAPhone("ext. seven")),
    ("a book", ask("Anna " * 50), "", NotAName()),
    ("nothing named", ask(), "Bitte ändern Sie mein Profil.", WhatToChange(US, "Sabine Krüger", "", "de")),
    (
        "another address", ask(), "Bitte ändern Sie mein Profil: sabine@neu.example",
        EmailByPerson(US, "G-1"),
    ),
    (
        "another address and phone", ask(phone=PHONE), "Neue E-Mail-Adresse: s@neu.example, Telefon +49 761 1234567",
        Updated(US, "", PHONE, "", True, "G-1"),
    ),
    (
        "a recipient of something else", ask(phone=PHONE), "Rechnung 123 an pruefung@kanzlei.example. Telefon: ...",
        Updated(US, "", PHONE, "", False, "G-1"),
    ),
    (
        "an address on file", ask(phone=PHONE), "Neue Nummer, die E-Mail-Adresse bleibt it@kunde.example",
        Updated(US, "", PHONE, "", False, "G-1"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "text", "outcome"), [row[1:] for row in HAPPENS], ids=[row[0] for row in HAPPENS])
def test_what_happens(asked: Ask, text: str, outcome: Outcome) -> None:
    served = profile(asked, text)
    assert served.outcome == outcome
    by_person = isinstance(outcome, EmailByPerson) or (isinstance(outcome, Updated) and outcome.email)
    assert served.calls == (("new_email",) if by_person else ())


@pytest.mark.parametrize("trust", [Trust.T1, Trust.T2])
def test_a_proven_contact_changes_the_own_entry_at_once(trust: Trust) -> None:
    desk = Desk()
    profile(ask("Sabine Neumann", PHONE, "fr"), desk=desk, trust=trust)
    contact = desk.core.customer("K1001").contact(US)
    assert contact is not None
    assert (contact.name, contact.phone, contact.language, contact.role) == ("Sabine Neumann", PHONE, "fr", "billing")


def test_an_unproven_sender_is_asked_at_the_address_on_file() -> None:
    desk = Desk()
    served = profile(ask(phone=PHONE), desk=desk, trust=Trust.T0)
    assert served.outcome == ShallIUpdate(US, "", PHONE, "")
    assert served.parked
    again = profile(ask(phone=PHONE), desk=desk, trust=Trust.T2, grant=Grant(confirmed=True))
    assert again.outcome == Updated(US, "", PHONE, "", case="G-1")


def test_a_technical_contact_changes_the_own_entry_only() -> None:
    desk = Desk()
    profile(ask(phone=PHONE), desk=desk, sender="it@kunde.example", role=Role.TECHNICAL)
    phones = {contact.email: contact.phone for contact in desk.core.customer("K1001").contacts}
    assert phones == {"martin.linden@kunde.example": "", US: "", "it@kunde.example": PHONE}


def test_a_colleague_of_ours_changes_nobodys_profile() -> None:
    assert profile(ask(phone=PHONE), trust=Trust.INTERNAL, role=Role.TEAM).outcome == NotAllowed()


def test_a_support_agent_changes_the_contact_that_is_named() -> None:
    desk = Desk()
    text = f"Neue Nummer für it@kunde.example: {PHONE}"
    served = profile(ask(phone=PHONE), text, desk=desk, trust=Trust.AGENT, role=Role.TEAM)
    assert served.outcome == Updated("it@kunde.example", "", PHONE, "", case="G-1")


def test_who_is_no_contact_has_no_entry() -> None:
    assert profile(ask(phone=PHONE), sender="neu@kunde.example").outcome == NoContact()


def test_the_answer_to_a_new_language_is_written_in_it() -> None:
    assert Updated(US, "", "", "fr").speaks == "fr"
    assert Updated(US, "", PHONE, "").speaks == ""


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("update_profile", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "update_profile")
