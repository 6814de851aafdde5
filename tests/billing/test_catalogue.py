"""Plans from the seller file, and the rate of exchange that an invoice keeps."""

from dataclasses import replace
from pathlib import Path

import pytest

from billing.catalogue import load_catalogue
from billing.clock import FixedClock
from billing.desk import Desk
from billing.documents import Documents, law
from billing.fake import FakeCore, PlainDocuments
from billing.matters import NoOffer
from billing.seller import DEMO_SELLER, Seller, load_seller
from billing.terms import DEMO_CATALOGUE
from billing.values import Invoice, InvoiceKind, Line, Money, NewInvoice, Offer
from tests.billing.conftest import embedded, memory_engine
from tests.billing.people import ACME, AGENT, SYSTEM, TODAY, issue, key, subscribe, take_up

PLANS = """
name = "A GmbH"
country = "DE"
email = "a@a.example"
vat_id = "DE999999018"
iban = "DE97999999990000012345"

[[plans]]
name = "Fernblick Team"
prices = { EUR = 119, CHF = "129.50", JPY = 19000 }

[[plans]]
name = "Fernblick Pro"
prices = { EUR = 189.00 }
"""


def file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "seller.toml"
    path.write_text(text)
    return path


def test_plans_come_from_the_seller_file_each_better_than_the_one_above(tmp_path: Path) -> None:
    path = file(tmp_path, PLANS)
    team, pro = load_catalogue(path)
    assert (team.name, team.rank, pro.name, pro.rank) == ("Fernblick Team", 1, "Fernblick Pro", 2)
    assert team.price("CHF", 2) == Money(25_900, "CHF")
    assert team.price("JPY", 1) == Money(19_000, "JPY")
    assert pro.price("EUR", 3) == Money(56_700, "EUR")
    assert pro.price("CHF", 1) is None
    assert load_seller(path).name == "A GmbH"


def test_only_without_a_seller_file_the_demos_plans_are_sold(tmp_path: Path) -> None:
    assert load_catalogue() == load_catalogue(None) == DEMO_CATALOGUE
    assert load_catalogue(file(tmp_path, PLANS.partition("[[")[0])) == ()


def test_the_how_to_shows_plans_that_can_be_read(tmp_path: Path) -> None:
    guide = Path(__file__).parents[2].joinpath("docs/how-to/documents.md").read_text(encoding="utf-8")
    assert len(load_catalogue(file(tmp_path, guide.partition("```toml\n")[2].partition("```")[0]))) == 2


@pytest.mark.parametrize(
    ("plans", "message"),
    [
        ("plans = 1", "seller file: write each plan as a table [[plans]]"),
        ("plans = [1]", "seller file: write each plan as a table [[plans]]"),
        ("[[plans]]\nprices = {EUR = 1}", "seller file: plan 1 has no name"),
        ('[[plans]]\nname = " "\nprices = {EUR = 1}', "seller file: plan 1 has no name"),
        ('[[plans]]\nname = "A"', "seller file: plan A has no prices"),
        ('[[plans]]\nname = "A"\nprices = {}', "seller file: plan A has no prices"),
        ('[[plans]]\nname = "A"\nrank = 1\nprices = {EUR = 1}', "seller file: plan A has an unknown key rank"),
        ('[[plans]]\nname = "A"\nprices = {EUX = 1}', "seller file: plan A: EUX is no currency"),
        ('[[plans]]\nname = "A"\nprices = {EUR = "x"}', "seller file: plan A: the price in EUR is no number"),
        ("name = ", "seller file: Invalid value (at end of document)"),
        (
            '[[plans]]\nname = "A"\nprices = {EUR = 1}\n[[plans]]\nname = "A"\nprices = {EUR = 2}',
            "seller file: two plans have the same name",
        ),
        *(
            (
                f'[[plans]]\nname = "A"\nprices = {{{price}}}',
                f"seller file: plan A: the price in {price[:3]} must be above zero, in whole minor units",
            )
            for price in ("EUR = 0", "EUR = -1", "EUR = 1.005", "JPY = 1.5", "EUR = inf", 'EUR = "NaN"')
        ),
    ],
)
def test_a_wrong_plan_says_what_is_wrong(tmp_path: Path, plans: str, message: str) -> None:
    with pytest.raises(ValueError, match="seller file") as wrong:
        load_catalogue(file(tmp_path, plans))
    assert str(wrong.value) == message


@pytest.mark.parametrize(("sold", "best"), [(True, "Fernblick Pro"), (False, None)])
def test_offers_are_made_of_what_the_seller_sells(tmp_path: Path, sold: bool, best: str | None) -> None:
    core = FakeCore()
    core.catalogue = load_catalogue(file(tmp_path, PLANS if sold else PLANS.partition("[[")[0]))
    take_up(core, ACME)
    subscribe(core)
    found = core.best_offer("SUB-1", of="acme")
    assert found == NoOffer("not_in_catalogue") if best is None else isinstance(found, Offer) and found.plan == best


# The rate of exchange

THEN, NOW = replace(DEMO_SELLER, rates=(("CHF", "1.0512"),)), replace(DEMO_SELLER, rates=(("CHF", "0.9"),))
FRANCS = replace(ACME, currency="CHF")


def selling(core: Desk, seller: Seller) -> Desk:
    core.documents = PlainDocuments(seller)
    return core


def bill(core: Desk) -> Invoice:
    new = NewInvoice("acme", (Line("x", Money(10_000, "CHF")),), issued=TODAY)
    draft = core.draft_invoice(new, actor=SYSTEM, idem=key())
    assert draft.exchange == ""
    return core.finalise(draft.number, actor=SYSTEM, idem=key())


@pytest.fixture(params=["fake", "embedded"])
def core(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    if request.param == "fake":
        yield FakeCore(clock=FixedClock(TODAY))
        return
    engine = memory_engine()
    with embedded(engine)() as core:
        yield core
    engine.dispose()


def test_the_rate_of_the_day_it_was_finalised_stands_for_ever(core: Desk) -> None:
    take_up(selling(core, THEN), FRANCS)
    number = bill(core).number
    kept = selling(core, NOW)._exact(number)
    assert kept.exchange == "1.0512"
    assert law.home_tax(kept, NOW) == Money(1_997, "EUR")  # 19.00 x 1.0512, not x 0.9
    assert b">19.97<" in Documents(NOW).invoice(kept, None).xml


def test_a_credit_note_keeps_the_rate_of_what_it_corrects_and_a_new_invoice_has_its_own(core: Desk) -> None:
    take_up(selling(core, THEN), FRANCS)
    first, second = bill(core), bill(core)
    selling(core, NOW)
    again = core.reissue_invoice(first.number, "name", actor=AGENT, idem=key())
    assert (again.credit_note.exchange, again.invoice.exchange) == ("1.0512", "0.9")
    partly = NewInvoice(
        "acme", (Line("x", Money(100, "CHF")),), kind=InvoiceKind.CREDIT_NOTE, corrects=second.number, issued=TODAY
    )
    draft = core.draft_invoice(partly, actor=SYSTEM, idem=key())
    assert core.finalise(draft.number, actor=SYSTEM, idem=key()).exchange == "1.0512"


def test_at_home_there_is_nothing_to_exchange_and_an_old_invoice_takes_todays_rate(core: Desk) -> None:
    take_up(selling(core, THEN), ACME)
    assert issue(core).exchange == ""
    old = replace(issue(core), currency="CHF", tax=Money(1_900, "CHF"))
    assert law.home_tax(old, THEN) == Money(1_997, "EUR")


def test_every_seller_numbers_in_series_of_his_own(core: Desk) -> None:
    take_up(selling(core, replace(DEMO_SELLER, invoice_series="FA", credit_series="AV", quote_series="DV")), ACME)
    subscribe(core)
    invoice = issue(core)
    note = core.credit(invoice.number, actor=AGENT, idem=key())
    quote = core.request_renewal_quote("acme", actor=AGENT, idem=key())
    ready = core.finish_quote(quote.id, actor=SYSTEM, idem=key())
    assert (invoice.number, note.number, ready.number) == ("FA-2026-000001", "AV-2026-000001", "DV-2026-000001")
