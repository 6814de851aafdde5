"""Invoices of every kind, made by the core's own rules: for the tests of documents and for looking at them."""

import random
from dataclasses import dataclass, replace
from datetime import timedelta

from billing import rules
from billing.seller import DEMO_SELLER, Seller
from billing.values import (
    Address,
    Contact,
    ContactRole,
    Customer,
    Invoice,
    InvoiceKind,
    InvoiceState,
    Line,
    Money,
    Payment,
)
from tests.billing.people import TODAY

LEITWEG = "04011000-1234512345-06"  # the example of KoSIT's description
SELLER = replace(DEMO_SELLER, rates=(("CHF", "1.0512"), ("GBP", "1.1433"), ("USD", "0.8617"), ("JPY", "0.00563")))
EXEMPT_SELLER = replace(SELLER, exemption="Gemäß § 19 UStG wird keine Umsatzsteuer berechnet.")
COUNTRIES = ("DE", "AT", "FR", "BE", "NL", "IT", "ES", "PL", "GR", "IE", "CH", "LI", "GB", "US", "NO", "JP")
CURRENCIES = ("EUR", "CHF", "GBP", "USD", "JPY")
PLACES = {
    "DE": Address("Lange Straße 1", "", "50667", "Köln"),
    "AT": Address("Getreidegasse 20", "Stiege 2", "5020", "Salzburg"),
    "FR": Address("27 quai Gailleton", "", "69002", "Lyon"),
    "CH": Address("Limmatquai 112", "", "8001", "Zürich"),
    "GB": Address("14 Quayside", "", "BS1 4QS", "Bristol"),
    "US": Address("500 Harbor Street", "Suite 210", "02110", "Boston"),
}
TEXTS = (
    "Fernblick Team, Jahresabonnement je Arbeitsplatz",
    "Fernblick Pro, abonnement annuel par poste",
    "Training, half a day",
    "Migration & <Einrichtung>, «sur mesure» – Œuvre, ẞ, ő, č",
)


# Valid check digits, and nobody's that we know of.
VAT_IDS = {
    "DE": "DE999999018", "AT": "ATU99900009", "FR": "FR29999990013", "BE": "BE0999900051", "NL": "NL999900006B01",
    "IT": "IT99999900014", "ES": "ESB99900003", "PL": "PL9999900009", "GR": "EL999900008", "IE": "IE9900000T",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What an invoice is generated from. `paid`: percent of the total, above 100 for too much."""

    country: str = "DE"
    who: str = "business"  # business: checked VAT id; unchecked; consumer; public
    currency: str = "EUR"
    lines: int = 1
    paid: int = 0
    language: str = "de"
    credit: bool = False
    exempt: bool = False
    seed: int = 0
    name: str = "Acme Möbel GmbH"

    @property
    def seller(self) -> Seller:
        """Who sells."""
        return EXEMPT_SELLER if self.exempt else SELLER


def customer(case: Case) -> Customer:
    """The buyer of this case."""
    tax_id = VAT_IDS.get(case.country, "") if case.who == "business" else ""
    return Customer(
        "K1", case.name, case.country, case.language,
        contacts=(Contact("buchhaltung@kunde.example", "Berta Buch", ContactRole.BILLING, case.language),),
        business=case.who != "consumer", tax_id=tax_id, tax_id_checked=bool(tax_id),
        buyer_reference=LEITWEG if case.who == "public" else "",
        address=PLACES.get(case.country, Address("1 Main Street", "", "12345", "Town")), currency=case.currency,
    )  # fmt: skip


def lines(case: Case) -> tuple[Line, ...]:
    """As many lines as the case wants; the first is dear, so that the sum is not below zero."""
    dice = random.Random(case.seed)
    return (_line(dice, case, dear=True), *(_line(dice, case, dear=False) for _ in range(case.lines - 1)))


def _line(dice: random.Random, case: Case, *, dear: bool) -> Line:
    quantity = dice.choice((1, 1, 2, 7, 120)) if dear else dice.choice((-1, 1, 1, 2, 7, 120))
    price = Money(dice.randint(500_000, 999_999) if dear else dice.randint(0, 3_000), case.currency)
    starts = TODAY if dice.random() < 0.3 else None
    off = Money(dice.randint(1, 400), case.currency) if quantity > 0 and dice.random() < 0.3 else None
    return Line(
        dice.choice(TEXTS), price, quantity, dice.choice(("C62", "HUR", "MON")), starts,
        TODAY + timedelta(days=364) if starts else None, off, dice.choice(("", "Treuerabatt")) if off else "",
    )  # fmt: skip


def invoice(case: Case) -> Invoice:
    """The invoice as the core would hand it to the document maker."""
    buyer, positions = customer(case), lines(case)
    treatment = rules.tax_treatment(buyer, case.seller)
    net, tax, total = rules.amounts(positions, treatment, case.currency)
    nothing = Money(0, case.currency)
    paid = nothing if case.credit else Money(total.minor * case.paid // 100, case.currency)
    return rules.as_of(
        Invoice(
            number="RK-2026-000101" if case.credit else "RE-2026-000123", customer_id="K1",
            state=InvoiceState.FINALISED, payment=Payment.OPEN, currency=case.currency, total=total, remaining=total,
            issued=TODAY, due=TODAY + timedelta(days=14), overdue=False, lines=positions,
            kind=InvoiceKind.CREDIT_NOTE if case.credit else InvoiceKind.INVOICE, net=net, tax=tax, paid=paid,
            credited=nothing, paid_on=TODAY if paid else None, treatment=treatment, buyer=rules.buyer(buyer),
            language=case.language, corrects="RE-2026-000107" if case.credit else None, subscription="SUB-1001",
        ),
        TODAY,
    )  # fmt: skip


def corrected(case: Case) -> Invoice | None:
    """What the credit note of this case corrects."""
    if not case.credit:
        return None
    return replace(invoice(replace(case, credit=False)), number="RE-2026-000107", issued=TODAY - timedelta(days=30))
