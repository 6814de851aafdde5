"""Bounces: whom a letter did not reach and why, in the report's fields or in the prose of mail servers."""

import pytest

from bot.channels.mail.envelope import Envelope, seal
from bot.channels.mail.read import read_mail
from bot.messages import Failure, Inbound, Kind
from tests.channels.mail.letters import OWN, SUPPORT, TOKEN, mail
from tests.channels.mail.test_read import ARRIVED

GONE = "petra.neu@kunde.example"


def read(raw: bytes, *, to: str = SUPPORT) -> Inbound:
    return read_mail(seal(Envelope("", (to,), ARRIVED), raw).raw, "k", own=OWN)


def report(
    *blocks: str, returned: str = "", kind: str = "message/delivery-status", prose: str = "I'm the mail system."
) -> bytes:
    """A delivery report (RFC 3464) with these groups of fields, and the returned mail or its headers."""
    status = "\n\n".join(["Reporting-MTA: dns; mx.kunde.example", *blocks])
    parts = f"--b\nContent-Type: text/plain\n\n{prose}\n--b\nContent-Type: {kind}\n\n{status}\n"
    parts += f"--b\n{returned}\n--b--" if returned else "--b--"
    return mail(
        parts, From="MAILER-DAEMON@mx.kunde.example", Subject="Undelivered Mail Returned to Sender", Message_ID="<b@mx.kunde.example>",
        Content_Type='multipart/report; report-type=delivery-status; boundary="b"',
    )  # fmt: skip


FAILED = f"Final-Recipient: rfc822; {GONE}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <{GONE}>:\n user unknown"
WHOLE = f"Content-Type: message/rfc822\n\nFrom: {SUPPORT}\nMessage-ID: <{TOKEN}@guichet.example>\nReferences: <x@y.example>\nSubject: Rechnung\n\nText"
HEADERS = f"Content-Type: text/rfc822-headers\n\nFrom: {SUPPORT}\nMessage-ID:\n <{TOKEN}@guichet.example>\n"

REPORTS = [
    ("Postfix", report(FAILED), (Failure(GONE, "5.1.1", True, f"550 5.1.1 <{GONE}>: user unknown"),)),
    ("upper case", report(FAILED.upper()), (Failure(GONE, "5.1.1", True, f"550 5.1.1 <{GONE.upper()}>: USER UNKNOWN"),)),
    ("delayed", report(f"Final-Recipient: rfc822; {GONE}\nAction: delayed\nStatus: 4.4.1"), (Failure(GONE, "4.4.1", False),)),
    ("given up after days", report(f"Final-Recipient: rfc822; {GONE}\nAction: failed\nStatus: 4.4.1"), (Failure(GONE, "4.4.1", True),)),
    ("no action", report(f"Final-Recipient: rfc822; {GONE}\nStatus: 5.2.2"), (Failure(GONE, "5.2.2", True),)),
    ("two recipients", report(FAILED, "Final-Recipient: rfc822; b@c.example\nAction: failed\nStatus: 5.7.1"),
     (Failure(GONE, "5.1.1", True, f"550 5.1.1 <{GONE}>: user unknown"), Failure("b@c.example", "5.7.1", True))),
    ("forwarded", report(f"Original-Recipient: rfc822; {GONE}\nFinal-Recipient: rfc822; x@else.example\nAction: failed\nStatus: 5.1.1"),
     (Failure(GONE, "5.1.1", True),)),
    ("vague status", report(f"Final-Recipient: rfc822; {GONE}\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 552 mailbox full"),
     (Failure(GONE, "5.2.2", True, "552 mailbox full"),)),
    ("internationalised", report(f"Final-Recipient: utf-8; {GONE}\nAction: failed\nStatus: 5.1.1", kind="message/global-delivery-status"),
     (Failure(GONE, "5.1.1", True),)),
    ("delivered", report(f"Final-Recipient: rfc822; {GONE}\nAction: delivered\nStatus: 2.0.0"), ()),
    ("relayed", report(f"Final-Recipient: rfc822; {GONE}\nAction: relayed\nStatus: 2.0.0"), ()),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "failures"), [row[1:] for row in REPORTS], ids=[row[0] for row in REPORTS])
def test_a_delivery_report_names_recipient_status_and_reason(raw: bytes, failures: tuple[Failure, ...]) -> None:
    inbound = read(raw)
    assert inbound.kind is Kind.BOUNCE
    assert inbound.failures == failures


PROSE = [
    ("qmail", f"Hi. This is the qmail-send program at kunde.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<{GONE}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <{TOKEN}@guichet.example>\nFrom: {SUPPORT}\n", "5.1.1", True),
    ("Postfix", f"This is the mail system at host mx.kunde.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<{GONE}>: host mx2.kunde.example[192.0.2.7] said: 552 5.2.2 Mailbox full\n    (in reply to RCPT TO command)", "5.2.2", True),
    ("Exim", f"This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  {GONE}\n    host mx.kunde.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:<{GONE}>:\n    550 No such user here", "5.1.1", True),
    ("Exim, delayed", f"This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\n  {GONE}\n\nNo action is required on your part. Delivery attempts will continue for\nsome time, and this warning may be repeated. The message is delayed.", "4.0.0", False),
    ("Exchange, English", f"Delivery has failed to these recipients or groups:\n\n{GONE} (mailto:{GONE})\nThe email address you entered couldn't be found. Please check the recipient's email address.\n\nDiagnostic information for administrators:\nGenerating server: MX1.kunde.example\n#550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup ##", "5.1.10", True),
    ("Exchange, German", f"Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:\n\n{GONE}\nDas Postfach des Empfängers ist voll und kann zurzeit keine Nachrichten annehmen.", "5.2.2", True),
    ("Exchange, French", f"Échec de la remise pour ces destinataires ou groupes :\n\n{GONE}\nL'adresse de messagerie que vous avez entrée est introuvable.", "5.1.1", True),
    ("a provider", f"Your message wasn't delivered to {GONE} because the domain kunde.example was not found.", "5.1.2", True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "status", "final"), [row[1:] for row in PROSE], ids=[row[0] for row in PROSE])
def test_the_prose_of_mail_servers_is_understood(text: str, status: str, final: bool) -> None:
    inbound = read(mail(text, From="MAILER-DAEMON@mx.kunde.example", Subject="failure notice"))
    assert inbound.kind is Kind.BOUNCE
    [failure] = inbound.failures
    assert (failure.recipient, failure.status, failure.final) == (GONE, status, final)


def test_exims_header_names_the_recipient() -> None:
    [failure] = read(mail("It failed.", X_Failed_Recipients=GONE, From="mailer-daemon@mx.kunde.example")).failures
    assert failure == Failure(GONE, "5.0.0", True)


@pytest.mark.parametrize(
    "raw",
    [
        report(FAILED, returned=WHOLE),
        report(FAILED, returned=HEADERS),
        mail(PROSE[0][1], From="MAILER-DAEMON@mx.kunde.example", Subject="failure notice"),
        mail("failed", From="MAILER-DAEMON@mx.kunde.example", In_Reply_To=f"<{TOKEN.upper()}@guichet.example>"),
    ],
    ids=["the mail", "its headers, folded", "a copy in the prose", "In-Reply-To"],
)
def test_a_bounce_leads_to_its_letter_by_message_id(raw: bytes) -> None:
    assert read(raw).thread.token == TOKEN


def test_a_bounce_leads_to_its_letter_by_the_address_it_came_to() -> None:
    assert read(report(FAILED), to=f"SUPPORT+{TOKEN.upper()}@guichet.example").thread.token == TOKEN


def test_a_forged_or_foreign_message_id_leads_nowhere() -> None:
    for local, domain in (("b" * 42, "guichet.example"), (TOKEN, "elsewhere.example")):
        returned = f"Content-Type: message/rfc822\n\nMessage-ID: <{local}@{domain}>\n\nText"
        assert read(report(FAILED, returned=returned)).thread.token == ""


def test_a_token_in_a_mail_that_is_no_bounce_is_not_looked_for_in_its_parts() -> None:
    forwarded = mail(
        f"--b\nContent-Type: text/plain\n\nSiehe unten.\n--b\n{WHOLE}\n--b--",
        Content_Type="multipart/mixed; boundary=b",
    )
    assert read_mail(forwarded, "k", own=OWN).thread.token == ""


def test_what_the_other_side_says_is_short_and_holds_no_card() -> None:
    long = report(
        f"Final-Recipient: rfc822; {GONE}\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 4111 1111 1111 1111 {'x' * 5000}"
    )
    [failure] = read(long).failures
    assert len(failure.diagnostic) <= 300
    assert "1111 1111" not in failure.diagnostic


NO_FAILURES = [
    ("a read receipt", "disposition-notification", "message/disposition-notification"),
    ("a complaint", "feedback-report", "message/feedback-report"),
]


@pytest.mark.parametrize(("kind", "part"), [row[1:] for row in NO_FAILURES], ids=[row[0] for row in NO_FAILURES])
def test_other_reports_tell_of_no_failure(kind: str, part: str) -> None:
    raw = mail(f"--b\nContent-Type: text/plain\n\nx\n--b\nContent-Type: {part}\n\nFinal-Recipient: rfc822; {GONE}\n--b--",
               Content_Type=f"multipart/report; report-type={kind}; boundary=b")  # fmt: skip
    inbound = read(raw)
    assert (inbound.kind, inbound.failures) == (Kind.AUTO, ())
