"""What we write about without being asked: to whom, in which language, once, and only while it is still true."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, SQLModel, select

import billing
from billing.embedded import EmbeddedCore
from billing.fake import PlainDocuments
from billing.paylinks import PayLinks
from bot import dress
from bot.messages import Channel, Reply
from bot.pipeline import records
from bot.pipeline.counter import Tools
from bot.pipeline.happenings import Happenings, start_after
from bot.render import Words
from bot.settings import Settings
from bot.tokens import Tokens
from storage.database import MIGRATIONS, migrate, open_engine, reading, writing
from storage.tables import CaseRow, InboxRow, OutboxRow, PromiseRow
from tests.billing.people import ACME, AGENT, ANNA, BETA, SYSTEM, TODAY, euro, issue, key, subscribe, take_up

pytestmark = pytest.mark.slow

BEFORE = "0006"  # the migration before the one that brought the cursor
BERTA, OWNER = "Buchhaltung@acme.example", "anna@acme.example"


@dataclass
class Calendar:
    """A clock that a test moves."""

    day: date = TODAY

    def now(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)

    def today(self) -> date:
        return self.day


def plain(reply: Reply) -> str:
    """The words without the ends of lines."""
    return " ".join(dress.plain(reply).split())


class House:
    """A core over a database, and whoever reads its events."""

    def __init__(self, engine: Engine, **settings: object) -> None:
        self.engine, self.clock = engine, Calendar()
        slack = {"slack_bot_token": "xoxb-1", "slack_escalation_channel": "C0AGENTS"}
        given = Settings(_env_file=None, **{**slack, **settings})  # type: ignore[call-arg, arg-type]
        self.tools = Tools({}, Words(), given, self.clock, Tokens("k"))
        self.happenings = Happenings(engine, self.core, self.tools)

    def core(self, session: Session) -> EmbeddedCore:
        links = PayLinks("k")
        return EmbeddedCore(session, clock=self.clock, documents=PlainDocuments(), pay_links=links)

    def run(self, days: int = 0) -> int:
        """Let days pass, work the schedule of each, and tell what happened."""
        told = 0
        for _ in range(max(1, days)):
            self.clock.day += timedelta(days=1 if days else 0)
            with writing(self.engine) as session:
                self.core(session).run_due(actor=SYSTEM)
            told += self.happenings.tell()
        return told

    def letters(self, channel: Channel = Channel.EMAIL) -> list[tuple[str, Reply]]:
        """Everything that waits to leave, oldest first: recipient and words."""
        with reading(self.engine) as session:
            rows = session.exec(select(OutboxRow).where(OutboxRow.channel == channel)).all()
            rows = sorted(rows, key=lambda row: (row.created, row.inbox_id or "", row.id))
            return [(row.recipient, records.reply(row.reply)) for row in rows]

    def new_letters(self) -> list[tuple[str, str]]:
        """Recipient and subject of the letters that were written since the last look."""
        found = [(to, dress.subject(reply)) for to, reply in self.letters()]
        with writing(self.engine) as session:
            for row in session.exec(select(OutboxRow).where(OutboxRow.channel == Channel.EMAIL)).all():
                session.delete(row)
        return found


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('happenings') / 'h.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def house(database: Engine) -> Iterator[House]:
    yield House(database)
    empty(database)


def empty(database: Engine) -> None:
    """Forget everything but the audit, which nobody can."""
    with database.begin() as connection:
        for table in reversed(SQLModel.metadata.sorted_tables):
            if table.name != "audit":
                connection.execute(table.delete())


def owe(house: House, customer: billing.Customer = ACME, *, number: str = "SUB-1") -> str:
    """A customer with a subscription, and an invoice for it that nobody pays."""
    with writing(house.engine) as session:
        core = house.core(session)
        take_up(core, customer)
        renews = TODAY + timedelta(days=200)
        subscribe(core, number, customer.id, renews=renews, last_day_to_cancel=renews - timedelta(days=28))
        return issue(core, customer.id, subscription=number).number


def test_an_unpaid_invoice_is_reminded_of_three_times_and_then_stops_the_licence(house: House) -> None:
    number = owe(house)
    house.run(14)
    assert house.new_letters() == []
    house.run(7)
    assert house.new_letters() == [(BERTA, f"Erinnerung: Rechnung {number}")]
    house.run(7)
    assert house.new_letters() == [(BERTA, f"Zweite Erinnerung: Rechnung {number}")]
    house.run(14)
    last = house.new_letters()
    assert {to for to, _ in last} == {BERTA, OWNER}
    assert {subject for _, subject in last} == {f"Letzte Mahnung: Rechnung {number}"}
    house.run(14)
    stopped = house.new_letters()
    assert {to for to, _ in stopped} == {BERTA, OWNER}
    assert {subject for _, subject in stopped} == {"Ihre Lizenz Fernblick Team ist gesperrt"}
    [(channel, told)] = house.letters(Channel.SLACK)
    assert channel == "C0AGENTS"
    assert number in plain(told) and "has been stopped" in plain(told)


def test_the_last_reminder_says_on_which_day_the_licence_stops_and_that_day_it_does(house: House) -> None:
    owe(house)
    house.run(14 + 28)
    text = plain(house.letters()[-1][1])
    stops = house.clock.day + timedelta(days=14)
    assert f"am {stops.day}. " in text
    assert "Lizenz Fernblick Team" in text
    house.run(13)
    assert not any("gesperrt" in subject for _, subject in house.new_letters())
    house.run(1)
    assert any("gesperrt" in subject for _, subject in house.new_letters())


def test_a_reminder_carries_the_invoice_and_a_link_to_what_remains(house: House) -> None:
    number = owe(house)
    with writing(house.engine) as session:
        house.core(session).record_payment(number, euro(1_900), TODAY, actor=SYSTEM, idem=key())
    house.run(21)
    [(_, reply)] = house.letters()
    assert [ref.number for ref in reply.attachments] == [number]
    with reading(house.engine) as session:
        link = house.core(session).pay_link(number, of="acme")
    assert link.url in plain(reply)
    assert "100,00 €" in plain(reply)


def test_everybody_is_written_to_in_the_own_language_and_greeted_by_name(house: House) -> None:
    number = owe(house, BETA, number="SUB-2")
    house.run(21)
    [(to, reply)] = house.letters()
    assert (to, " ".join(dress.subject(reply).split())) == ("anna@acme.example", f"Rappel : facture {number}")
    assert "Bonjour Anna" in plain(reply)


def test_each_event_is_told_once_however_often_one_looks(house: House) -> None:
    owe(house)
    house.run(21)
    assert house.happenings.tell() == 0
    assert Happenings(house.engine, house.core, house.tools).tell() == 0
    assert len(house.letters()) == 1


def test_a_crash_between_letter_and_cursor_leaves_neither(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    owe(house)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("bot.pipeline.happenings._Teller.write", crash)
        with pytest.raises(KeyboardInterrupt):
            house.run(21)
    assert house.letters() == []
    house.happenings.tell()
    assert len(house.letters()) == 1


def test_an_event_that_breaks_us_does_not_stand_before_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    owe(house)
    wrong = {"invoice.reminded": lambda _tell: 1 / 0}
    monkeypatch.setattr("bot.pipeline.happenings._TOLD", {**_told(), **wrong})
    house.run(14 + 42)
    assert "action=happening_failed" in caplog.text
    assert {subject for _, subject in house.new_letters()} == {"Ihre Lizenz Fernblick Team ist gesperrt"}


def _told() -> dict[str, object]:
    from bot.pipeline import happenings

    return dict(happenings._TOLD)


def test_what_is_paid_before_we_come_to_it_is_not_asked_for(house: House) -> None:
    number = owe(house)
    house.clock.day += timedelta(days=21)
    with writing(house.engine) as session:
        core = house.core(session)
        core.run_due(actor=SYSTEM)
        core.record_payment(number, euro(11_900), house.clock.day, actor=SYSTEM, idem=key())
    assert house.happenings.tell() > 0
    assert house.letters() == []


def test_what_was_paid_too_late_lets_the_licence_run_again_unless_that_is_muted(house: House) -> None:
    number = owe(house)
    house.run(14 + 42)
    house.new_letters()
    with writing(house.engine) as session:
        house.core(session).record_payment(number, euro(11_900), house.clock.day, actor=SYSTEM, idem=key())
    house.run()
    assert {subject for _, subject in house.new_letters()} == {"Ihre Lizenz Fernblick Team läuft wieder"}


def mute(house: House, *topics: billing.Topic) -> None:
    with writing(house.engine) as session:
        core = house.core(session)
        version = core.customer("acme").version
        core.update_notifications("acme", topics, expected_version=version, actor=ANNA, idem=key())


def test_muting_everything_leaves_reminders_and_a_stopped_licence(house: House) -> None:
    number = owe(house)
    mute(house, *billing.Topic)
    house.run(14 + 42)
    assert {subject.partition(":")[0] for _, subject in house.new_letters()} == {
        "Erinnerung", "Zweite Erinnerung", "Letzte Mahnung", "Ihre Lizenz Fernblick Team ist gesperrt"
    }  # fmt: skip
    with writing(house.engine) as session:
        house.core(session).record_payment(number, euro(11_900), house.clock.day, actor=SYSTEM, idem=key())
    house.run()
    assert house.new_letters() == []


def test_a_proof_that_leads_to_nothing_stops_the_licence_again_and_says_why(house: House) -> None:
    number = owe(house)
    house.run(14 + 42)
    house.new_letters()
    with writing(house.engine) as session:
        core = house.core(session)
        scan = billing.ProofFile("a" * 64, "application/pdf", 1)
        proof = core.submit_payment_proof("acme", number, scan, actor=ANNA, idem=key())
        core.decide_proof(proof.id, True, actor=AGENT, idem=key())
    house.run()
    assert house.new_letters() == []  # the answer to the proof says that it runs
    house.run(15)
    [first, *_] = [reply for _, reply in house.letters() if "gesperrt" in dress.subject(reply)]
    assert "vorläufig weiter" in plain(first)


def test_the_last_day_to_cancel_is_announced_to_the_main_contact_unless_muted(house: House) -> None:
    owe(house)
    with reading(house.engine) as session:
        [held] = house.core(session).subscriptions("acme")
    assert held.last_day_to_cancel and held.renews
    house.clock.day = held.last_day_to_cancel - timedelta(days=14)
    house.run()
    announced = [(to, subject) for to, subject in house.new_letters() if "verlängert sich" in subject]
    assert [to for to, _ in announced] == [OWNER]


def test_whoever_muted_renewals_hears_nothing_of_the_last_day(house: House) -> None:
    owe(house)
    mute(house, billing.Topic.RENEWALS)
    with reading(house.engine) as session:
        [held] = house.core(session).subscriptions("acme")
    assert held.last_day_to_cancel
    house.clock.day = held.last_day_to_cancel - timedelta(days=14)
    house.run()
    assert not any("verlängert sich" in subject for _, subject in house.new_letters())


def test_a_term_whose_last_day_has_passed_is_not_announced(house: House) -> None:
    owe(house)
    with reading(house.engine) as session:
        [held] = house.core(session).subscriptions("acme")
    assert held.last_day_to_cancel
    house.clock.day = held.last_day_to_cancel + timedelta(days=1)
    house.run()
    assert not any("verlängert sich" in subject for _, subject in house.new_letters())


def quoted(house: House, *, by: billing.Actor = ANNA) -> billing.Quote:
    with writing(house.engine) as session:
        core = house.core(session)
        quote = core.request_renewal_quote("acme", actor=by, idem=key())
        return core.finish_quote(quote.id, actor=SYSTEM, idem=key())


def renewable(house: House) -> None:
    number = owe(house)
    with writing(house.engine) as session:
        house.core(session).record_payment(number, euro(11_900), TODAY, actor=SYSTEM, idem=key())
    mute(house, billing.Topic.RENEWALS)


def test_a_quote_that_nobody_here_waits_for_is_sent_to_who_asked_for_it(house: House) -> None:
    renewable(house)
    quote = quoted(house)
    house.run()
    [(to, reply)] = house.letters()
    assert (to, [ref.number for ref in reply.attachments]) == (OWNER, [quote.number])


def test_a_quote_that_was_promised_is_left_to_the_promise(house: House) -> None:
    renewable(house)
    quote = quoted(house)
    with writing(house.engine) as session:
        promise = PromiseRow(
            id="p", subject=f"quote:{quote.id}", intent="x", case_id="G-1", customer_id="acme", asker="{}",
            recipient="", language="de",
        )  # fmt: skip
        session.add(promise)
    house.run()
    assert house.letters() == []


def broken(*_: object) -> None:
    raise billing.Unavailable


def asked_in_vain(house: House, *, waits: bool) -> billing.Quote:
    """A quote that is asked for and cannot be made; `waits`: somebody was promised it here."""
    renewable(house)
    with writing(house.engine) as session:
        core = house.core(session)
        quote = core.request_renewal_quote("acme", actor=ANNA, idem=key())
        if waits:
            session.add(CaseRow(id="G-1", customer_id="acme", channel="email", language="de", opened=house.clock.now()))
            session.add(
                PromiseRow(id="p", subject=f"quote:{quote.id}", intent="x", case_id="G-1", customer_id="acme",
                           asker="{}", recipient="", language="de")
            )  # fmt: skip
        core.generate_due_quotes(actor=SYSTEM)
    return quote


def notices(house: House) -> list[str]:
    return [plain(reply) for _, reply in house.letters(Channel.SLACK)]


def test_agents_hear_of_a_quote_that_cannot_be_made_at_the_first_failure_and_at_the_last(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EmbeddedCore, "_finish", broken)
    asked_in_vain(house, waits=True)
    house.run()
    [first] = notices(house)
    assert "G-1" in first and "try again automatically" in first
    house.run(days=2)
    assert len(notices(house)) == 1
    house.run(days=4)
    assert [("by hand" in told) for told in notices(house)] == [False, True]
    assert house.letters() == []  # whoever waits is told by the promise
    with reading(house.engine) as session:
        assert session.get_one(CaseRow, "G-1").needs_person


def test_where_nobody_here_waits_the_letter_goes_to_who_asked_and_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EmbeddedCore, "_finish", broken)
    asked_in_vain(house, waits=False)
    house.run(days=6)
    assert house.new_letters() == [(OWNER, "Ihr Verlängerungsangebot verzögert sich")]


def test_a_quote_that_was_made_meanwhile_is_no_failure_any_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedCore, "_finish", broken)
        quote = asked_in_vain(house, waits=False)
    with writing(house.engine) as session:
        house.core(session).finish_quote(quote.id, actor=SYSTEM, idem=key())
    house.run()
    assert notices(house) == []
    assert [subject.startswith("Ihr Verlängerungsangebot verzögert") for _, subject in house.new_letters()] == [False]


def test_a_quote_that_an_agent_asked_for_goes_to_who_pays_unless_quotes_are_muted(house: House) -> None:
    renewable(house)
    quoted(house, by=AGENT)
    house.run()
    assert [to for to, _ in house.new_letters()] == [BERTA]


def test_a_quote_that_ran_out_is_said_once_and_not_where_there_is_a_newer_one(house: House) -> None:
    renewable(house)
    quote = quoted(house)
    assert quote.valid_until
    house.run()
    house.new_letters()
    house.clock.day = quote.valid_until
    house.run(1)
    assert [(to, subject) for to, subject in house.new_letters() if "Angebot" in subject] == [
        (OWNER, f"Ihr Angebot {quote.number} ist abgelaufen")
    ]
    newer = quoted(house)
    assert newer.valid_until and newer.id != quote.id
    house.run()
    assert f"Verlängerungsangebot {newer.number}" in {subject for _, subject in house.new_letters()}


def test_a_quote_that_ran_out_long_ago_is_no_news(house: House) -> None:
    renewable(house)
    quote = quoted(house)
    assert quote.valid_until
    house.run()
    house.new_letters()
    house.clock.day = quote.valid_until + timedelta(days=30)
    house.run()
    assert not any("Angebot" in subject for _, subject in house.new_letters())


def test_agents_hear_of_a_bank_account_that_is_not_ours_with_the_case_it_came_from(house: House) -> None:
    owe(house)
    asked = replace(ANNA, message_id="email:inbox-1:pay_invoice:0")
    with writing(house.engine) as session:
        session.add(
            InboxRow(id="inbox-1", channel="email", key="1", raw=b"", received=house.clock.now(), case_id="G-2345678")
        )
        house.core(session).report_iban("acme", "FR14 2004 1010 0505 0001 3M02 606", actor=asked, idem=key())
        house.core(session).report_iban("acme", "DE97999999990000012345", actor=asked, idem=key())
    house.run()
    [(channel, reply)] = house.letters(Channel.SLACK)
    text = plain(reply)
    assert channel == "C0AGENTS"
    assert "FR…2606" in text and "0505" not in text
    assert "Acme Möbel GmbH" in text and "G-2345678" in text


def test_without_slack_nothing_is_queued_for_it(database: Engine, house: House) -> None:
    owe(house)
    quiet = House(database, slack_bot_token="", slack_escalation_channel="")
    with writing(database) as session:
        quiet.core(session).report_iban("acme", "FR14", actor=ANNA, idem=key())
    assert quiet.happenings.tell() > 0
    assert house.letters(Channel.SLACK) == []


def test_an_answer_to_a_letter_finds_its_case(house: House) -> None:
    owe(house)
    house.run(21)
    with reading(house.engine) as session:
        [letter] = session.exec(select(OutboxRow)).all()
        case = session.get(CaseRow, letter.case_id)
    assert case is not None and case.customer_id == letter.customer_id == "acme"


def test_data_that_were_filled_in_are_no_news(house: House) -> None:
    number = owe(house)
    house.clock.day += timedelta(days=21)
    with writing(house.engine) as session:
        core = house.core(session)
        core.remind(number, actor=SYSTEM, idem=key())
        start_after(session, core)
    assert house.happenings.tell() == 0
    assert house.letters() == []


def test_a_machine_that_slept_writes_about_the_newest_step_only(house: House) -> None:
    number = owe(house)
    house.clock.day += timedelta(days=14 + 30)
    with writing(house.engine) as session:
        core = house.core(session)
        for _ in range(3):
            core.remind(number, actor=SYSTEM, idem=key())
    house.happenings.tell()
    assert {subject for _, subject in house.new_letters()} == {f"Letzte Mahnung: Rechnung {number}"}


def test_many_events_are_told_in_small_transactions(house: House) -> None:
    owe(house)
    with writing(house.engine) as session:
        core = house.core(session)
        for n in range(50):
            core.report_iban("acme", f"FR{n}", actor=ANNA, idem=key())
    assert house.happenings.tell() >= 50
    assert len(house.letters(Channel.SLACK)) == 50


def test_what_happened_before_the_migration_counts_as_told(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
        for n in range(3):
            connection.execute(
                text("INSERT INTO billing_event VALUES (:n, 0, 'quote.expired', 'K1', 'Q', '{}', :now)"),
                {"n": n + 1, "now": "2026-11-22 12:00:00"},
            )
        command.upgrade(config, "head")
        assert connection.execute(text("SELECT reader, place FROM cursors")).all() == [("happenings", "0:3")]
    assert House(engine).happenings.tell() == 0
    engine.dispose()


def tell_at_once(engine: Engine, readers: int) -> list[str]:
    """Several workers tell at the same time; gives what was written."""
    house = House(engine)
    number = owe(house)
    house.clock.day += timedelta(days=21)
    with writing(engine) as session:
        core = house.core(session)
        core.remind(number, actor=SYSTEM, idem=key())
        for n in range(30):
            core.report_iban("acme", f"FR{n}", actor=ANNA, idem=key())
    with ThreadPoolExecutor(readers) as pool:
        told = sum(pool.map(lambda _: Happenings(engine, house.core, house.tools).tell(), range(readers)))
    assert told >= 31
    return [dress.subject(reply) for channel in (Channel.EMAIL, Channel.SLACK) for _, reply in house.letters(channel)]


def test_of_several_workers_one_tells(house: House) -> None:
    assert len(tell_at_once(house.engine, 4)) == 31


@pytest.mark.postgres
def test_of_several_workers_one_tells_on_postgresql(postgres_tables: Engine) -> None:
    try:
        assert len(tell_at_once(postgres_tables, 4)) == 31
    finally:
        empty(postgres_tables)
