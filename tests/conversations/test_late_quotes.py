"""A renewal quote that cannot be made at once: who asked is told so, and gets it all the same when it is there."""

import pytest

import billing
from billing.embedded import EmbeddedCore
from storage.database import writing
from tests.conversations.drive import in_slack
from tests.threats.machine import Letter, Machine, mails

SYSTEM = billing.Actor(billing.ActorKind.SYSTEM, "test")
ASKED = {
    "de": ("juergen@moebel-muessiggang.example", "Bitte erstellen Sie uns ein Verlängerungsangebot",
           "Ihr Verlängerungsangebot verzögert sich"),
    "fr": ("noemie@dupain.example", "Pourriez-vous nous établir un devis de renouvellement ?",
           "Votre devis de renouvellement prend du retard"),
    "en": ("grace.miller@customer.example", "Could we have a renewal quote, please?",
           "Your renewal quote is delayed"),
}  # fmt: skip


def broken(*_: object) -> None:
    raise billing.Unavailable


def new_mails(machine: Machine, before: list[Letter], *, customer: str = "") -> list[Letter]:
    """What was written since; to one address, or to all but those of the demo who wait for a quote of their own."""
    known = {one.id for one in before}
    return [one for one in mails(machine.letters()) if one.id not in known and customer in ("", one.recipient)]


@pytest.mark.parametrize("language", ASKED)
def test_who_asked_hears_of_the_delay_once_and_gets_the_quote_afterwards(
    machine: Machine, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, text, subject = ASKED[language]
    [accepted] = mails(machine.mail(sender, text))
    before = machine.letters()
    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedCore, "_finish", broken)
        for _ in range(3):  # a tick each second, and a process that died between two
            machine.app.worker.keep_promises()
    [late] = new_mails(machine, before)
    assert (late.recipient, late.case, late.documents) == (sender, accepted.case, ())
    assert late.reply.subject == subject
    before = machine.letters()
    with writing(machine.app.engine) as session:
        core = machine.app.cores(session)
        [customer] = core.find_customers(email=sender)
        [failed] = [one for one in core.quotes(customer.id) if one.state == billing.QuoteState.FAILED]
        ready = core.finish_quote(failed.id, actor=SYSTEM, idem=f"test:{language}")
    for _ in range(2):
        machine.app.worker.keep_promises()
        machine.app.worker.tell_happenings()
    [pushed] = new_mails(machine, before, customer=sender)
    assert (pushed.recipient, pushed.documents) == (sender, (ready.number,))


def test_those_for_whom_it_was_asked_hear_nothing_of_a_delay(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = "camille.lefevre@courriel.example"
    others = "chef@courriel.example et compta@courriel.example"
    [question] = mails(machine.mail(sender, f"Merci d'envoyer le devis de renouvellement à {others}"))
    machine.answer_to(question, sender, "Oui")
    before = machine.letters()
    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedCore, "_finish", broken)
        machine.app.worker.keep_promises()
    assert [one.recipient for one in new_mails(machine, before)] == [sender]


def test_a_quote_that_was_asked_for_in_slack_goes_to_the_address_on_file_and_never_into_the_chat(
    machine: Machine,
) -> None:
    in_slack(machine, "", ("Bitte ein Verlängerungsangebot",), account=("K1001", "Lindenhof Gartenbau GmbH"))
    before = {one.id for one in machine.letters()}
    machine.app.worker.keep_promises()
    made = {one.channel: one for one in machine.letters() if one.id not in before and one.recipient != "agents"}
    assert made["email"].recipient == "buchhaltung@kunde.example" and made["email"].documents
    assert made["slack"].reply.subject == made["email"].reply.subject and not made["slack"].documents
