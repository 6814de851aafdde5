"""May we answer? Machines, lists and our own mail are told from people; no person is held back."""

import pytest

from bot.channels.mail.envelope import Envelope, seal
from bot.channels.mail.read import read_mail
from bot.messages import Inbound, Kind
from tests.channels.mail.letters import OWN, SUPPORT, TOKEN, mail
from tests.channels.mail.test_read import ARRIVED


def read(raw: bytes) -> Inbound:
    return read_mail(raw, "k", own=OWN)


def report(kind: str, part: str) -> bytes:
    """A multipart/report of this kind."""
    parts = f"--b\nContent-Type: text/plain\n\nhello\n--b\nContent-Type: {part}\n\nFinal-Recipient: rfc822; x@kunde.example\nAction: failed\nStatus: 5.1.1\n--b--"
    return mail(parts, Content_Type=f"multipart/report; report-type={kind}; boundary=b", Subject="Bericht")


OOO_DE = "Guten Tag,\n\nvielen Dank für Ihre Nachricht. Ich bin vom 20.11. bis 4.12.2026 nicht im Büro.\nIn dringenden Fällen wenden Sie sich an +49 8161 550123."
OOO_FR = "Bonjour,\n\nje suis absent jusqu'au 4 décembre 2026. En cas d'urgence, contactez le 01 23 45 67 89."
OOO_EN = "Hello,\n\nI am currently out of the office until 4 December 2026 with limited access to e-mail."

MACHINES = [
    ("a delivery report", report("delivery-status", "message/delivery-status"), Kind.BOUNCE),
    ("Exim's header", mail(X_Failed_Recipients="x@kunde.example"), Kind.BOUNCE),
    ("a mailer daemon", mail(From="MAILER-DAEMON@kunde.example"), Kind.BOUNCE),
    ("Return-Path <>", mail("This is the mail system at host mx.kunde.example.", Return_Path="<>"), Kind.BOUNCE),
    ("Exchange, German", mail("Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:", From="postmaster@kunde.example", Subject="Unzustellbar: x"), Kind.BOUNCE),
    ("Exchange, French", mail("x", From="postmaster@kunde.example", Subject="Non remis : votre facture"), Kind.BOUNCE),
    ("qmail", mail("Hi. This is the qmail-send program at kunde.example.", Subject="failure notice"), Kind.BOUNCE),
    ("Dovecot, full mailbox", mail(
        "--b\nContent-Type: text/plain\n\nYour message to <x@kunde.example> was automatically rejected:\nQuota exceeded\n--b\n"
        "Content-Type: message/disposition-notification\n\nDisposition: automatic-action/MDN-sent-automatically; deleted\n--b--",
        From="postmaster@kunde.example", Subject="Rejected: x",
        Content_Type="multipart/report; report-type=disposition-notification; boundary=b"), Kind.BOUNCE),
    ("our loop header", mail(X_Guichet_Loop="yes"), Kind.OWN),
    ("our own address", mail(From=f"Guichet <{SUPPORT}>"), Kind.OWN),
    ("our own plus address", mail(From=f"support+{TOKEN}@guichet.example"), Kind.OWN),
    ("our own Message-ID", mail(Message_ID=f"<{TOKEN}@guichet.example>"), Kind.OWN),
    ("List-Id", mail(List_Id="<news.kunde.example>"), Kind.LIST),
    ("List-Unsubscribe", mail(List_Unsubscribe="<mailto:x@kunde.example>"), Kind.LIST),
    ("Precedence: list", mail(Precedence="list"), Kind.LIST),
    ("Precedence: bulk", mail(Precedence="bulk"), Kind.LIST),
    ("a list owner", mail(From="owner-news@kunde.example"), Kind.LIST),
    ("Auto-Submitted", mail(Auto_Submitted="auto-replied; owner-email=x@y.z"), Kind.AUTO),
    ("Zimbra's vacation", mail(Auto_Submitted="auto-replied (zimbra; vacation)"), Kind.AUTO),
    ("vacation with bulk", mail(Precedence="bulk", Auto_Submitted="auto-replied"), Kind.AUTO),
    ("Exchange's mark", mail(X_Auto_Response_Suppress="OOF, AutoReply"), Kind.AUTO),
    ("a second Precedence", mail("x", "Precedence: normal", Precedence="auto_reply"), Kind.AUTO),
    ("X-Autoreply", mail(X_Autoreply="yes"), Kind.AUTO),
    ("cron", mail(X_Cron_Env="<SHELL=/bin/sh>"), Kind.AUTO),
    ("no-reply", mail(From="no-reply@kunde.example"), Kind.AUTO),
    ("ne-pas-repondre", mail(From="ne-pas-repondre@kunde.example"), Kind.AUTO),
    ("keine-antwort", mail(From="rechnung.keine-antwort@kunde.example"), Kind.AUTO),
    ("a read receipt", report("disposition-notification", "message/disposition-notification"), Kind.AUTO),
    ("a feedback report", report("feedback-report", "message/feedback-report"), Kind.AUTO),
    ("an invitation", mail("BEGIN:VCALENDAR", Content_Type="text/calendar; method=REQUEST"), Kind.AUTO),
    ("a subject, German", mail(Subject="Abwesenheitsnotiz: Rechnung"), Kind.AUTO),
    ("a subject, German, automatic", mail(Subject="Automatische Antwort: Ihre Rechnung"), Kind.AUTO),
    ("a subject, French", mail(Subject="Réponse automatique : Votre facture"), Kind.AUTO),
    ("a subject, English", mail(Subject="Out of Office: Your invoice"), Kind.AUTO),
    ("an absence that does not say I am", mail(
        "Bonjour et merci pour votre message.\n\nActuellement en congés, je serai de retour le lundi 3 mars et je vous "
        "répondrai dès que possible.\n", Subject="Re: Relance"), Kind.AUTO),
    ("a challenge in German", mail(
        "Der Empfänger schützt sein Postfach. Ihre E-Mail wird erst zugestellt, wenn Sie einmalig bestätigen, dass Sie "
        "ein Mensch sind.\n", Subject="Bitte bestätigen Sie Ihre E-Mail"), Kind.AUTO),
    ("an acknowledgement", mail(Subject="Eingangsbestätigung [Ticket#2026112210]"), Kind.AUTO),
    ("a challenge", mail(Subject="Your email requires verification verify#a7Hk29fLq"), Kind.AUTO),
    ("an absence without any mark, German", mail(OOO_DE, Subject="AW: Ihre Rechnung"), Kind.AUTO),
    ("an absence without any mark, French", mail(OOO_FR, Subject="RE: Votre facture"), Kind.AUTO),
    ("an absence without any mark, English", mail(OOO_EN, Subject="Re: Your invoice"), Kind.AUTO),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "kind"), [(raw, kind) for _, raw, kind in MACHINES], ids=[name for name, *_ in MACHINES]
)
def test_a_machine_is_recognised(raw: bytes, kind: Kind) -> None:
    inbound = read(raw)
    assert inbound.kind is kind
    assert inbound.kind_reason


PEOPLE = [
    ("a wish below an automatic reply of one's own", mail(Subject="Re: Automatic reply: Your invoice")),
    ("an answer below one, without a wish", mail(
        "Désolé pour la réponse automatique. Oui, c'est d'accord.\n", Subject="Re: Réponse automatique : facture")),
    ("an absence to come, and a wish", mail(Subject="Out of office next week - invoice")),
    ("plain", mail()),
    ("a report that a person forwards", mail(
        "--b\nContent-Type: text/plain\n\nWhy does this come back?\n--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/report; "
        "report-type=delivery-status; boundary=c\n\n--c\nContent-Type: message/delivery-status\n\nAction: failed\n--c--\n--b--",
        Content_Type="multipart/mixed; boundary=b", Subject="Fwd: Undeliverable")),
    ("Auto-Submitted: no", mail(Auto_Submitted="no")),
    ("suppresses receipts only", mail(X_Auto_Response_Suppress="DR, RN, NRN")),
    ("Precedence: normal", mail(Precedence="normal")),
    ("absence in the subject's middle", mail(Subject="Vertretung wegen Abwesenheit von Frau Krämer")),
    ("absence of an invoice", mail(Subject="Absence de facture")),
    ("an undelivered invoice", mail(Subject="Nicht zugestellte Rechnung")),
    ("asks during an absence", mail("Ich bin ab morgen im Urlaub. In dringenden Fällen bitte an Frau Krämer: Rechnung 20260123?")),
    ("an automatic renewal", mail(Subject="Automatische Verlängerung kündigen")),
    ("an invitation to talk", mail(Subject="Einladung zum Gespräch")),
    ("a ticket named", mail(Subject="Ihr Ticket 4711")),
    ("a signed mail", mail("--b\nContent-Type: text/plain\n\nx\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--", Content_Type="multipart/signed; boundary=b")),
    ("Noreen", mail(From="Noreen Reply <noreen@kunde.example>")),
    ("a person at info@", mail(From="info@kunde.example")),
    ("a reply to us", mail(In_Reply_To=f"<{TOKEN}@guichet.example>", Subject="AW: Rechnung")),
]  # fmt: skip


@pytest.mark.parametrize("raw", [raw for _, raw in PEOPLE], ids=[name for name, _ in PEOPLE])
def test_a_person_is_never_held_back(raw: bytes) -> None:
    assert read(raw).kind is Kind.PERSON


def test_the_envelope_of_the_door_counts_more_than_a_return_path_in_the_mail() -> None:
    forged = mail(Return_Path="<>")
    assert read(seal(Envelope("max@kunde.example", (SUPPORT,), ARRIVED), forged).raw).kind is Kind.PERSON
    assert read(seal(Envelope("", (SUPPORT,), ARRIVED), mail()).raw).kind is Kind.BOUNCE


def test_an_absence_with_the_null_path_is_an_absence() -> None:
    absence = seal(
        Envelope("", (SUPPORT,), ARRIVED), mail(Subject="Automatische Antwort: x", Auto_Submitted="auto-replied")
    )
    assert read(absence.raw).kind is Kind.AUTO


def test_a_bounce_keeps_its_text_and_leads_to_its_letter() -> None:
    bounced = seal(
        Envelope("", (f"support+{TOKEN}@guichet.example",), ARRIVED),
        mail("550 5.1.1 unknown", Subject="failure notice"),
    )
    inbound = read(bounced.raw)
    assert inbound.kind is Kind.BOUNCE
    assert inbound.thread.token == TOKEN
    assert "5.1.1" in inbound.text
