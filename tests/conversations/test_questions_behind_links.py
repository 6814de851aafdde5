"""A link in a question: whose it is, how long it lives, and what a click on its page is to the machine."""

import re
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta

import pytest

from billing import BillingCore
from billing.embedded import EmbeddedCore
from bot import dress, identify
from bot.messages import Actor, Channel, Role, Standing, Trust
from bot.pipeline.page import Pages
from bot.pipeline.receive import Inbox
from bot.pipeline.work import MOST_ATTEMPTS
from bot.subject import erase
from storage import audit
from storage.database import reading
from storage.tables import InboxRow, OutboxRow, ParkedRow
from tests.threats.machine import CONTACT, OWNER, Letter, Machine, cards, mails

pytestmark = pytest.mark.slow

SEND = "Bitte senden Sie die Rechnung RE-2026-000123 an {}@steuer.example"
MOVE = "Unsere neue Rechnungsadresse lautet Gartenweg 7, 20095 Hamburg."


class Clicks:
    """The web door's side: keeps a click, and works it off at once unless `asleep`."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.asleep, self.kept = machine, False, list[str]()
        app = machine.app
        self.pages = Pages(app.engine, app.cores, app.tools, self._keep, patience=0.0)

    def _keep(self, channel: Channel, key: str, raw: bytes) -> "Future[str]":
        inbox = Inbox(self.machine.app.engine, self.machine.app.clock, on_kept=lambda _id: None)
        kept = inbox.put(channel, key, raw)
        self.kept.append(kept.result(30))
        inbox.close()
        if not self.asleep:
            self.machine.app.worker.answer(self.kept[-1])
        return kept

    def look(self, letter: Letter) -> Standing | None:
        return self.pages.look(self.token(letter))

    def say(self, letter: Letter, verdict: str = "yes") -> Standing | None:
        return self.pages.answer(self.token(letter), verdict)

    def token(self, letter: Letter) -> str:
        return self.machine.app.tools.tokens.link(letter.id)


@pytest.fixture
def clicks(machine: Machine) -> Clicks:
    return Clicks(machine)


def asked(machine: Machine, text: str, *, sender: str = CONTACT, proven: bool = True) -> Letter:
    [letter] = mails(machine.mail(sender, text, proven=proven))
    return letter


def state(found: Standing | None) -> str:
    return found.state if found else "neutral"


def parked(machine: Machine, letter: Letter) -> ParkedRow:
    with reading(machine.app.engine) as session:
        return session.get_one(ParkedRow, letter.parked)


def addressed(machine: Machine) -> str:
    with reading(machine.app.engine) as session:
        [customer] = machine.app.cores(session).find_customers(email=CONTACT)
        return customer.address.city


def test_a_click_lifts_this_one_request_to_t2_as_a_yes_by_mail_does(machine: Machine, clicks: Clicks) -> None:
    letter = asked(machine, MOVE, proven=False)
    found = clicks.look(letter)
    assert found and found.state == "open" and found.reply and found.reply.subject == letter.reply.subject
    assert "Gartenweg 7" in found.reply.body and "Guten Tag" not in found.reply.body
    assert addressed(machine) != "Hamburg"
    done = clicks.say(letter)
    assert done and done.state == "done" and done.reply and "geändert" in done.reply.subject
    assert addressed(machine) == "Hamburg"
    row = machine.row(clicks.kept[-1])
    assert (row.channel, row.state, row.trust, row.case_id) == ("page", "done", Trust.T2, letter.case)
    told = machine.letters(row.id)
    assert {one.recipient for one in told} >= {CONTACT, OWNER}


def test_the_click_stands_in_the_audit_without_an_address(machine: Machine, clicks: Clicks) -> None:
    letter = asked(machine, SEND.format("audit"))
    clicks.say(letter)
    with reading(machine.app.engine) as session:
        entries = audit.entries(session, letter.case)
        told = [one.what for one in entries]
        assert told[told.index("clicked") :][:3] == ["clicked", "decided", "done"]
        assert not any("@" in one.facts for one in entries)
        assert letter.case not in list(audit.broken(session, machine.app.tools.tokens.seal))


def test_twice_clicked_is_once_done_and_a_no_after_a_yes_too_late(machine: Machine, clicks: Clicks) -> None:
    letter = asked(machine, SEND.format("twice"))
    assert state(clicks.say(letter)) == "done"
    before = len(machine.letters())
    assert [state(clicks.say(letter)), state(clicks.say(letter, "no")), state(clicks.look(letter))] == ["yes"] * 3
    assert len(clicks.kept) == 1 and len(machine.letters()) == before


def test_two_buttons_at_the_same_time_are_one_decision(machine: Machine, clicks: Clicks) -> None:
    letter = asked(machine, SEND.format("both"))
    clicks.asleep = True
    assert [state(clicks.say(letter)) for _ in range(3)] == ["accepted"] * 3
    assert state(clicks.say(letter, "no")) == "accepted"
    assert len(set(clicks.kept)) == 2
    for inbox_id in dict.fromkeys(clicks.kept):
        machine.app.worker.answer(inbox_id)
    assert parked(machine, letter).state == "approved"
    letters = [one for inbox_id in dict.fromkeys(clicks.kept) for one in machine.letters(inbox_id)]
    assert [one.recipient for one in letters if one.documents] == ["both@steuer.example"]


def test_a_click_that_nobody_worked_off_waits_and_the_page_still_asks(machine: Machine, clicks: Clicks) -> None:
    letter = asked(machine, SEND.format("crash"))
    clicks.asleep = True
    assert state(clicks.say(letter)) == "accepted"
    assert machine.row(clicks.kept[-1]).state == "new"
    assert state(clicks.look(letter)) == "open"
    machine.app.worker.answer(clicks.kept[-1])
    assert state(clicks.look(letter)) == "yes"


def test_a_click_in_time_counts_however_late_it_is_worked_off(machine: Machine, clicks: Clicks) -> None:
    letter = asked(machine, SEND.format("intime"))
    clicks.asleep = True
    clicks.say(letter)
    now = machine.app.clock.now()
    machine.change(InboxRow, clicks.kept[-1], received=now - timedelta(hours=2))
    machine.change(ParkedRow, letter.parked, expires=now - timedelta(hours=1))
    machine.app.worker.answer(clicks.kept[-1])
    assert parked(machine, letter).state == "approved"


@pytest.mark.parametrize("before", ["open", "answered"])
def test_an_expired_link_is_like_one_that_never_was(machine: Machine, clicks: Clicks, before: str) -> None:
    letter = asked(machine, SEND.format(f"late{before}"))
    if before == "answered":
        clicks.say(letter)
    kept = len(clicks.kept)
    machine.change(ParkedRow, letter.parked, expires=machine.app.clock.now() - timedelta(seconds=1))
    assert [clicks.look(letter), clicks.say(letter), clicks.say(letter, "no")] == [None] * 3
    assert len(clicks.kept) == kept


def test_a_question_that_a_newer_one_replaced_says_so(machine: Machine, clicks: Clicks) -> None:
    letter = asked(machine, SEND.format("old"))
    [newer] = mails(machine.answer_to(letter, CONTACT, "Nein, lieber RE-2026-000116"))
    assert [state(clicks.say(letter)), state(clicks.look(newer))] == ["replaced", "open"]


def test_a_link_answers_its_own_question_and_no_other(machine: Machine, clicks: Clicks) -> None:
    first, second = asked(machine, SEND.format("one")), asked(machine, SEND.format("two"))
    clicks.say(second)
    assert (parked(machine, first).state, parked(machine, second).state) == ("open", "approved")


def test_only_a_letter_that_asks_for_a_yes_has_a_link_and_a_page(machine: Machine, clicks: Clicks) -> None:
    machine.mail(CONTACT, "Hilfe")
    machine.mail(CONTACT, "Wir heißen jetzt Lindenhof Gärten GmbH")  # an agent decides
    machine.mail(CONTACT, "Bitte senden Sie mir eine Rechnung an jemand@steuer.example")
    for letter in machine.letters():
        asks = any(choice.action == "yes" for choice in letter.reply.choices)
        link = re.search(r"^http://\S+/confirm/([a-z2-7]{42})$", letter.text, re.MULTILINE)
        assert bool(link) == (asks and letter.channel == Channel.EMAIL), letter.text
        assert bool(letter.reply.asks) == bool(link)
        if link:
            assert machine.app.tools.tokens.row_of_link(link[1]) == letter.id
            assert letter.recipient.casefold() == parked(machine, letter).address
        else:
            assert clicks.look(letter) is None


def test_what_slack_shows_has_buttons_and_no_link(machine: Machine) -> None:
    assert not any("/confirm/" in letter.text for letter in cards(machine.letters()))


def test_the_token_of_a_reply_opens_no_page_and_that_of_a_page_is_no_reply(machine: Machine, clicks: Clicks) -> None:
    letter = asked(machine, SEND.format("tokens"))
    assert clicks.pages.look(letter.token) is None
    machine.mail(CONTACT, "Ja", In_Reply_To=f"<{clicks.token(letter)}@guichet.example>")
    assert parked(machine, letter).state != "approved"


def test_a_letter_that_was_readdressed_is_nobodys(machine: Machine, clicks: Clicks) -> None:
    letter = asked(machine, SEND.format("readdressed"))
    machine.change(OutboxRow, letter.id, recipient=OWNER)
    assert clicks.look(letter) is None


def test_whoever_is_no_longer_on_file_may_no_longer_answer(
    machine: Machine, clicks: Clicks, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = asked(machine, SEND.format("gone"))
    clicks.asleep = True
    clicks.say(letter)
    monkeypatch.setattr(EmbeddedCore, "find_customers", lambda *_a, **_k: ())
    machine.app.worker.answer(clicks.kept[-1])
    assert clicks.look(letter) is None
    assert (machine.row(clicks.kept[-1]).state, parked(machine, letter).state) == ("done", "open")
    assert machine.letters(clicks.kept[-1]) == []


def test_a_contact_who_was_demoted_meanwhile_gets_nothing_done(
    machine: Machine, clicks: Clicks, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = asked(machine, SEND.format("demoted"))
    before = identify.asked_at

    def demoted(address: str, core: BillingCore) -> Actor | None:
        actor = before(address, core)
        return replace(actor, role=Role.TECHNICAL) if actor else None

    monkeypatch.setattr(identify, "asked_at", demoted)
    refused = clicks.say(letter)
    assert refused and refused.state == "refused"
    assert not any(one.documents for one in machine.letters(clicks.kept[-1]))


def test_a_question_among_answers_stands_alone_on_its_page(machine: Machine, clicks: Clicks) -> None:
    letter = asked(machine, "Please send invoice RE-2026-000123 to among@books.example. And what do we still owe you?")
    assert "This is how they stand" in letter.text and letter.reply.choices
    found = clicks.look(letter)
    assert found and found.reply and "among@books.example" in dress.plain(found.reply)
    assert "This is how they stand" not in dress.plain(found.reply) and found.reply.subject != letter.reply.subject


def test_a_click_that_breaks_us_three_times_goes_to_a_person_and_the_reader_hears_it(
    machine: Machine, clicks: Clicks, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = asked(machine, SEND.format("stuck"))
    clicks.asleep = True
    clicks.say(letter)
    inbox_id = clicks.kept[-1]
    monkeypatch.setattr("bot.pipeline.counter.serve", lambda *_: 1 / 0)
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            machine.app.worker.answer(inbox_id)
    machine.app.worker.answer(inbox_id)
    assert (machine.row(inbox_id).state, machine.row(inbox_id).case_id) == ("stuck", letter.case)
    assert [one.recipient for one in mails(machine.letters(inbox_id))] == [CONTACT]
    found = clicks.say(letter)
    assert found and (found.state, found.case) == ("stuck", letter.case)


def test_a_second_question_after_a_click_has_a_link_of_its_own(machine: Machine, clicks: Clicks) -> None:
    """An order that grew dearer, say: the second letter can be answered like the first."""
    letter = asked(machine, "Wir möchten auf einen größeren Tarif wechseln.")
    machine.change(ParkedRow, letter.parked, shown="another offer")
    again = clicks.say(letter)
    assert again and again.state == "question"
    [second] = [one for one in machine.letters(clicks.kept[-1]) if one.recipient == CONTACT]
    assert second.parked != letter.parked and state(clicks.look(second)) == "open"


def test_a_person_is_found_again_by_their_clicks(machine: Machine, clicks: Clicks) -> None:
    letter = asked(machine, SEND.format("gdpr"))
    clicks.say(letter)
    assert any(clicks.kept[-1] in one.record for one in erase(machine.app, CONTACT, really=False))
    assert CONTACT not in machine.row(clicks.kept[-1]).raw.decode()
