"""submit_payment_proof: what people say, what they do not say, what happens."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

import billing
from billing import Money
from bot.channels.mail.mime import Part, as_attachment
from bot.context import Grant
from bot.messages import Attachment, Role, Trust, Written
from bot.outcomes import NotAllowed, Outcome
from bot.pipeline.serve import Served
from handlers.submit_payment_proof import (
    Accepted,
    AlreadyPaid,
    Ask,
    Encrypted,
    LicenceActive,
    Line,
    NoAttachment,
    NotFound,
    NothingOwed,
    Received,
    SameAgain,
    TooLarge,
    WhichInvoice,
    WrongType,
)
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import CASE, EUR

STOPPED = Line("RE-2026-000117", Money(337_365, EUR), date(2026, 8, 28))
OPEN = Line("RE-2026-000123", Money(114_240, EUR), date(2026, 11, 25))
SLIP = Attachment("Überweisung.pdf", "application/pdf", 48_000, "a" * 64)
PHOTO = Attachment("IMG_0412.heic", "image/heic", 2_100_000, "b" * 64)
SHEET = Attachment("umsaetze.xlsx", "application/zip", 9_000, "c" * 64)
LOCKED = replace(SLIP, filename="auszug.pdf", sha256="d" * 64, encrypted=True)
FILM = Attachment("scan.tiff", "image/tiff", 11 * 2**20, "e" * 64)


def ask(*invoices: str) -> Ask:
    return Ask(invoices)  # type: ignore[arg-type]


EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Received((STOPPED,), 1, CASE)),
    ("with everything", Received((STOPPED, OPEN), 2, CASE, ("umsaetze.xlsx",), ("RE-2026-000101",), ("999",))),
    ("", LicenceActive((OPEN,), 1, CASE)),
    ("on an earlier proof", LicenceActive((STOPPED,), 1, CASE, date(2026, 12, 6), ("umsaetze.xlsx",))),
    ("", Accepted(("RE-2026-000117",), date(2026, 12, 6))),
    ("licence was not stopped", Accepted(("RE-2026-000123", "RE-2026-000124"), None)),
    ("", NoAttachment(("RE-2026-000117",))),
    ("without a number", NoAttachment((), ("RE-2026-000124", "RE-2026-000120"))),
    ("", WhichInvoice("", ("RE-2026-000124", "RE-2026-000120"))),
    ("several fit", WhichInvoice("12", ("RE-2026-000112", "RE-2025-000012"))),
    ("", WrongType(("umsaetze.xlsx",))),
    ("", Encrypted(("auszug.pdf", "beleg.pdf"))),
    ("", TooLarge(10, 10)),
    ("", NotFound(("RE-2026-000132",), ("RE-2026-000123",))),
    ("several", NotFound(("999", "998"))),
    ("", AlreadyPaid("RE-2026-000101", date(2026, 1, 11), licence="active")),
    ("but stopped", AlreadyPaid("RE-2025-000009", date(2025, 8, 23), ("RE-2025-000008",), "inactive")),
    ("no licence", AlreadyPaid("RE-2026-000118", None)),
    ("", NothingOwed(())),
    ("void", NothingOwed(("RE-2026-000112",))),
    ("", SameAgain("RE-2026-000117", date(2026, 11, 20), "received")),
    ("accepted", SameAgain("RE-2026-000117", date(2026, 11, 20), "accepted")),
    ("rejected", SameAgain("RE-2026-000117", date(2026, 11, 20), "rejected")),
]
READINGS: list[Any] = [ask(), ask("RE-2026-000117"), ask("RE-2026-000117", "RE-2026-000120")]

SAID = [
    ("de", "Anbei der Zahlungsnachweis zur Rechnung RE-2026-000117.", ask("RE-2026-000117")),
    ("de", "Wir haben RE-2026-000117 bezahlt, Beleg im Anhang. Bitte Lizenz freischalten!", ask("RE-2026-000117")),
    ("fr", "Ci-joint la preuve de paiement de la facture RE-2026-000117.", ask("RE-2026-000117")),
    ("fr", "Merci de réactiver notre licence, vous trouverez le justificatif de virement en pièce jointe.", ask()),
    ("en", "Please find attached the proof of payment for invoice RE-2026-000117.", ask("RE-2026-000117")),
    ("en", "We paid RE-2026-000117, the receipt is attached. Please unlock our licence.", ask("RE-2026-000117")),
]

NOT_SAID = [
    "Wir überweisen die Rechnung RE-2026-000117 nächste Woche.",
    "Nous paierons la facture RE-2026-000117 la semaine prochaine.",
    "We will pay invoice RE-2026-000117 next week.",
    "Attached is our own invoice for the carpets.",
]


def hand_in(customer: str, asked: Ask, *files: Attachment, desk: Desk | None = None, **who: Any) -> Served:
    return (desk or Desk()).serve("submit_payment_proof", asked, customer, written=Written("", None, files), **who)


HAPPENS: list[tuple[str, str, Ask, tuple[Attachment, ...], Outcome]] = [
    ("the stopped licence", "K1003", ask("117"), (SLIP,), Received((STOPPED,), 1, "G-1")),
    ("no number, one open", "K1003", ask(), (SLIP, PHOTO), Received((STOPPED,), 2, "G-1")),
    (
        "a sheet beside the slip", "K1003", ask("117"), (SLIP, SHEET),
        Received((STOPPED,), 1, "G-1", ("umsaetze.xlsx",)),
    ),
    ("a licence that runs", "K1001", ask("RE-2026-000123"), (SLIP,), LicenceActive((OPEN,), 1, "G-1")),
    (
        "paid and unknown beside it", "K1001", ask("RE-2026-000123", "RE-2026-000101", "777"), (PHOTO,),
        LicenceActive((OPEN,), 1, "G-1", None, (), ("RE-2026-000101",), ("777",)),
    ),
    ("nothing attached", "K1003", ask("117"), (), NoAttachment(("RE-2026-000117",))),
    ("nothing attached, no number", "K1002", ask(), (), NoAttachment((), ("RE-2026-000124", "RE-2026-000120"))),
    ("several open", "K1002", ask(), (SLIP,), WhichInvoice("", ("RE-2026-000124", "RE-2026-000120"))),
    ("a number that fits twice", "K1001", ask("123"), (SLIP,), WhichInvoice("123", ("000123", "RE-2026-000123"))),
    ("only a sheet", "K1003", ask("117"), (SHEET,), WrongType(("umsaetze.xlsx",))),
    ("only a locked file", "K1003", ask("117"), (LOCKED,), Encrypted(("auszug.pdf",))),
    ("a scan of eleven mebibytes", "K1003", ask("117"), (FILM,), TooLarge(10, 10)),
    ("an unknown number", "K1003", ask("RE-2026-000171"), (SLIP,), NotFound(("RE-2026-000171",), ("RE-2026-000117",))),
    ("another customer's", "K1004", ask("RE-2026-000117"), (SLIP,), NotFound(("RE-2026-000117",), ("RE-2026-000118",))),
    (
        "paid long ago", "K1001", ask("RE-2026-000101"), (SLIP,),
        AlreadyPaid("RE-2026-000101", date(2026, 1, 11), licence="active"),
    ),
    ("void", "K1008", ask("RE-2026-000112"), (SLIP,), NothingOwed(("RE-2026-000112",))),
    ("nothing open", "K1004", ask(), (SLIP,), NothingOwed(())),
]  # fmt: skip


@pytest.mark.parametrize(
    ("customer", "asked", "files", "outcome"), [row[1:] for row in HAPPENS], ids=[row[0] for row in HAPPENS]
)
def test_what_happens(customer: str, asked: Ask, files: tuple[Attachment, ...], outcome: Outcome) -> None:
    assert hand_in(customer, asked, *files).outcome == outcome


@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2, Trust.INTERNAL])
def test_a_proof_only_adds_so_everybody_known_may_hand_it_in(trust: Trust) -> None:
    desk = Desk()
    served = hand_in("K1003", ask("117"), SLIP, desk=desk, trust=trust, role=Role.BILLING)
    assert served.for_agent
    [proof] = served.filed
    assert isinstance(proof, billing.Proof)
    assert (proof.invoice, proof.state, proof.file.sha256) == ("RE-2026-000117", "received", SLIP.sha256)
    assert desk.core.subscription("SUB-1003", of="K1003").licence == billing.Licence.INACTIVE


def test_after_the_agents_yes_the_licence_runs_provisionally() -> None:
    desk = Desk()
    filed = hand_in("K1003", ask("117"), SLIP, PHOTO, desk=desk).filed
    grant = Grant(confirmed=True, agent="U0ADA", filed=tuple(one.id for one in filed))
    served = hand_in("K1003", ask("117"), SLIP, PHOTO, desk=desk, grant=grant)
    assert served.outcome == Accepted(("RE-2026-000117",), date(2026, 12, 6))
    assert desk.core.subscription("SUB-1003", of="K1003").licence == billing.Licence.PROVISIONAL
    assert {proof.state.value for proof in desk.core.proofs("K1003")[:2]} == {"accepted"}


def test_after_the_agents_yes_a_licence_that_ran_keeps_running() -> None:
    desk = Desk()
    [filed] = hand_in("K1001", ask("RE-2026-000123"), SLIP, desk=desk).filed
    served = hand_in("K1001", ask("RE-2026-000123"), SLIP, desk=desk, grant=Grant(agent="U0ADA", filed=(filed.id,)))
    assert served.outcome == Accepted(("RE-2026-000123",), None)
    assert desk.core.subscription("SUB-1001", of="K1001").licence == billing.Licence.ACTIVE


def test_the_same_file_again_is_not_filed_twice() -> None:
    desk = Desk()
    hand_in("K1003", ask("117"), SLIP, desk=desk)
    again = hand_in("K1003", ask("117"), SLIP, desk=desk)
    assert again.outcome == SameAgain("RE-2026-000117", date(2026, 11, 22), "received")
    assert not again.filed


def test_another_proof_while_the_licence_runs_on_an_earlier_one() -> None:
    desk = Desk()
    [filed] = hand_in("K1003", ask("117"), SLIP, desk=desk).filed
    hand_in("K1003", ask("117"), SLIP, desk=desk, grant=Grant(agent="U0ADA", filed=(filed.id,)))
    second = hand_in("K1003", ask("117"), PHOTO, desk=desk)
    assert second.outcome == LicenceActive((STOPPED,), 1, "G-1", date(2026, 12, 6))


def test_a_technical_contact_hands_in_no_proof() -> None:
    assert hand_in("K1001", ask("RE-2026-000123"), SLIP, role=Role.TECHNICAL).outcome == NotAllowed()


@pytest.mark.parametrize(
    ("octets", "locked"),
    [
        (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<</Root 1 0 R/Encrypt 9 0 R/ID[<00><00>]>>", True),
        (b"%PDF-1.4\ntrailer << /Size 3 /Encrypt << /Filter /Standard >> >>", True),
        (b"%PDF-1.7\n(/Encryption is not for us)\ntrailer\n<</Root 1 0 R>>", False),
        (b"\x89PNG\r\n\x1a\n/Encrypt 9 0 R", False),
    ],
    ids=["a reference", "a dictionary", "only a word", "no PDF"],
)
def test_a_pdf_that_wants_a_password_is_known_by_its_trailer(octets: bytes, locked: bool) -> None:
    assert as_attachment(Part("application/pdf", (), octets)).encrypted is locked


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("submit_payment_proof", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "submit_payment_proof")
