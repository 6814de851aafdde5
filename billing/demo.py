"""The demo's customers, invoices and quotes: the same on every machine, made through the core like real ones.

The seller and all buyers are invented; ids have valid check digits and belong to nobody; addresses are under reserved
domains. Dates are fixed around the demo's day. Seeding again finds every key used and changes nothing.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from billing import rules
from billing.clock import Clock
from billing.exchange import as_json, load_jsonl
from billing.matters import ProofFile
from billing.protocol import BillingCore
from billing.values import (
    Actor,
    ActorKind,
    Address,
    ChangeSet,
    Contact,
    ContactRole,
    Customer,
    ImportedInvoice,
    Invoice,
    InvoiceKind,
    InvoiceState,
    Licence,
    Line,
    Money,
    NewInvoice,
    Portal,
    Subscription,
    SubscriptionKind,
)

__all__ = ["as_json", "load_jsonl", "seed"]

DEMO_DAY = date(2026, 11, 22)
SYSTEM = Actor(ActorKind.SYSTEM, "demo")
AGENT = Actor(ActorKind.AGENT, "demo-agent")
OWNER, BILLING, TECHNICAL = ContactRole.OWNER, ContactRole.BILLING, ContactRole.TECHNICAL


def _people(language: str, *people: tuple[ContactRole, str, str]) -> tuple[Contact, ...]:
    return tuple(Contact(email, name, role, language) for role, name, email in people)


CUSTOMERS = (
    Customer(
        "K1001", "Lindenhof Gartenbau GmbH", "DE", "de",
        contacts=_people(
            "de",
            (OWNER, "Martin Linden", "martin.linden@kunde.example"),
            (BILLING, "Sabine Krüger", "buchhaltung@kunde.example"),
            (TECHNICAL, "Jonas Pohl", "it@kunde.example"),
        ),
        standing_recipients=("rechnungsarchiv@kunde.example",),
        domains=("kunde.example",), tax_id="DE999999018", tax_id_checked=True,
        address=Address("Gärtnerweg 12", "", "53111", "Bonn"),
    ),
    Customer(
        "K1002", "Müßiggang & Söhne Möbelwerkstätten OHG", "DE", "de",
        contacts=_people(
            "de",
            (OWNER, "Jürgen Müßiggang", "juergen@moebel-muessiggang.example"),
            (BILLING, "Käthe Groß", "rechnung@moebel-muessiggang.example"),
        ),
        domains=("moebel-muessiggang.example",), portal=Portal.ACTIVE, tax_id="DE999999026", tax_id_checked=True,
        address=Address("Hölderlinstraße 88", "Hinterhaus", "50968", "Köln"),
    ),
    Customer(
        "K1003", "Hafenblick Logistik GmbH", "DE", "de",
        contacts=_people(
            "de",
            (OWNER, "Antje Petersen", "antje.petersen@hafenblick.example"),
            (BILLING, "Ole Brandt", "buchhaltung@hafenblick.example"),
        ),
        domains=("hafenblick.example",), portal=Portal.ACTIVE, tax_id="DE999999034", tax_id_checked=True,
        address=Address("Am Sandtorkai 40", "", "20457", "Hamburg"),
    ),
    Customer(
        "K1004", "Steuerkanzlei Roth PartG mbB", "DE", "de",
        contacts=_people("de", (OWNER, "Dr. Helene Roth", "roth@kanzlei-roth.example")),
        domains=("kanzlei-roth.example",), tax_id="DE999999042", tax_id_checked=True,
        address=Address("Königsallee 3", "", "40212", "Düsseldorf"),
    ),
    Customer(
        "K1005", "Systemhaus Nordlicht GmbH", "DE", "de",
        contacts=_people(
            "de",
            (OWNER, "Finn Harms", "harms@nordlicht.example"),
            (BILLING, "Meike Thoms", "einkauf@nordlicht.example"),
        ),
        domains=("nordlicht.example",), portal=Portal.ACTIVE, is_reseller=True,
        tax_id="DE999999059", tax_id_checked=True, address=Address("Deichstraße 9", "", "24939", "Flensburg"),
    ),
    Customer(
        "K1006", "Zahnarztpraxis Dr. Vogt", "DE", "de",
        contacts=_people("de", (OWNER, "Dr. Miriam Vogt", "praxis@zahnarzt-vogt.example")),
        domains=("zahnarzt-vogt.example",), reseller_id="K1005",
        address=Address("Marktplatz 2", "", "24837", "Schleswig"),
    ),
    Customer(
        "K1007", "Buchhandlung Seitenweise e. K.", "DE", "de",
        contacts=_people("de", (OWNER, "Tilman Blatt", "blatt@seitenweise.example")),
        domains=("seitenweise.example",), reseller_id="K1005",
        address=Address("Große Straße 51", "", "24937", "Flensburg"),
    ),
    Customer(
        "K1008", "Les Jardins du Rhône SARL", "FR", "fr",
        contacts=_people(
            "fr",
            (OWNER, "Étienne Marchand", "direction@client.example"),
            (BILLING, "Claire Moreau", "comptabilite@client.example"),
        ),
        domains=("client.example",), tax_id="FR29999990013", tax_id_checked=True,
        address=Address("27 quai Gailleton", "", "69002", "Lyon"),
    ),
    Customer(
        "K1009", "Camille Lefèvre", "FR", "fr",
        contacts=_people("fr", (OWNER, "Camille Lefèvre", "camille.lefevre@courriel.example")),
        portal=Portal.ACTIVE, business=False, address=Address("8 rue des Lilas", "Appartement 14", "31000", "Toulouse"),
    ),
    Customer(
        "K1010", "Boulangerie Dupain SAS", "FR", "fr",
        contacts=_people("fr", (OWNER, "Noémie Dupain", "noemie@dupain.example")),
        domains=("dupain.example",), portal=Portal.ACTIVE, tax_id="FR53999990021", tax_id_checked=True,
        address=Address("3 place du Bouffay", "", "44000", "Nantes"),
    ),
    Customer(
        "K1011", "Alpenquell Getränke KG", "AT", "de",  # renamed below
        contacts=_people("de", (OWNER, "Leopold Quell", "office@alpenquell.example")),
        domains=("alpenquell.example",), portal=Portal.INVITED,
        address=Address("Getreidegasse 20", "", "5020", "Salzburg"),
    ),
    Customer(
        "K1012", "Uhrwerk Zürich AG", "CH", "de",
        contacts=_people(
            "de",
            (OWNER, "Regula Amstutz", "regula.amstutz@uhrwerk.example"),
            (BILLING, "Beat Zehnder", "kreditoren@uhrwerk.example"),
        ),
        domains=("uhrwerk.example",), portal=Portal.ACTIVE, currency="CHF",
        address=Address("Limmatquai 112", "", "8001", "Zürich"),
    ),
    Customer(
        "K1013", "Brightwater Analytics Ltd", "GB", "en",
        contacts=_people(
            "en",
            (OWNER, "Oliver Hart", "oliver.hart@customer.example"),
            (BILLING, "Priya Shah", "accounts@customer.example"),
        ),
        domains=("customer.example",), currency="GBP", address=Address("14 Quayside", "", "BS1 4QS", "Bristol"),
    ),
    Customer(
        "K1014", "Brightwater Labs Inc.", "US", "en",
        contacts=_people("en", (OWNER, "Grace Miller", "grace.miller@customer.example")),
        domains=("customer.example",), portal=Portal.ACTIVE, currency="USD",
        address=Address("500 Harbor Street", "Suite 210", "02110", "Boston"),
    ),
)  # fmt: skip

SEAT = {"Solo": 4_900, "Team": 11_900, "Pro": 18_900}  # net, a year
LICENCE = 89_000  # a perpetual one


def _plan(number: str, customer: str, plan: str, seats: int, renews: date, currency: str = "EUR") -> Subscription:
    price = Money(SEAT[plan] * seats, currency)
    starts = date(renews.year - 2, renews.month, renews.day)
    return Subscription(number, customer, f"Fernblick {plan}", seats, starts, renews, renews - rules.NOTICE, price)


SUBSCRIPTIONS = (
    _plan("SUB-1001", "K1001", "Team", 12, date(2027, 1, 2)),
    _plan("SUB-1002", "K1002", "Team", 6, date(2027, 2, 10)),
    replace(
        _plan("SUB-1003", "K1003", "Pro", 15, date(2027, 8, 14)),
        licence=Licence.INACTIVE,
        licence_reason="payment_default",
    ),
    Subscription(
        "LIZ-1004", "K1004", "Fernblick Studio", 2, date(2024, 3, 5), None, None, Money(0, "EUR"),
        kind=SubscriptionKind.PERPETUAL,
    ),
    _plan("SUB-1005", "K1005", "Team", 60, date(2026, 12, 1)),
    replace(_plan("SUB-1006", "K1006", "Team", 5, date(2027, 3, 1)), sold_by="K1005"),
    replace(_plan("SUB-1007", "K1007", "Solo", 1, date(2027, 4, 15)), sold_by="K1005"),
    _plan("SUB-1008", "K1008", "Pro", 9, date(2026, 12, 22)),
    _plan("SUB-1009", "K1009", "Solo", 1, date(2027, 1, 19)),
    _plan("SUB-1010", "K1010", "Team", 5, date(2027, 2, 24)),
    _plan("SUB-1011", "K1011", "Pro", 4, date(2027, 3, 3)),
    _plan("SUB-1012", "K1012", "Pro", 5, date(2027, 1, 15), "CHF"),
    _plan("SUB-1012-2", "K1012", "Solo", 2, date(2027, 6, 1), "CHF"),
    _plan("SUB-1013", "K1013", "Pro", 7, date(2027, 1, 31), "GBP"),
    _plan("SUB-1014", "K1014", "Pro", 12, date(2027, 4, 1), "USD"),
)  # fmt: skip

WORDS = {
    "de": {
        "year": "Fernblick {}, Jahresabonnement je Arbeitsplatz",
        "licence": "Fernblick Studio, Dauerlizenz",
        "module": "Modul {:03d}: Kartenausschnitt, Einrichtung",
        "training": "Schulung, halber Tag",
    },
    "fr": {
        "year": "Fernblick {}, abonnement annuel par poste",
        "upgrade": "Fernblick Pro, 9 postes, au prorata jusqu’au 21 décembre 2026",
        "unused": "Fernblick Team, 9 postes, part non utilisée",
        "gift": "Bon de fidélité",
        "training": "Formation, demi-journée",
    },
    "en": {
        "year": "Fernblick {}, annual subscription per seat",
        "training": "Training, half a day",
    },
}


@dataclass(frozen=True)
class Bill:
    """One line of the table below. `what`: a plan and seats, or a name of other lines; `paid`: cents, or all."""

    day: date
    customer: str
    what: str
    seats: int = 1
    paid: int | None = None
    all_paid: bool = False
    void: bool = False


def _paid(year: int, month: int, day: int, customer: str, what: str, seats: int = 1) -> Bill:
    return Bill(date(year, month, day), customer, what, seats, all_paid=True)


BILLS_BEFORE = (
    _paid(2024, 3, 5, "K1004", "licence", 2),
    _paid(2024, 6, 14, "K1001", "Team", 8),
    _paid(2024, 9, 30, "K1012", "Pro", 5),
    _paid(2024, 12, 2, "K1005", "Team", 40),
    _paid(2025, 1, 2, "K1001", "Team", 10),
    _paid(2025, 2, 10, "K1002", "Team", 6),
    _paid(2025, 5, 8, "K1008", "training"),
    _paid(2025, 7, 17, "K1011", "Pro", 4),
    _paid(2025, 8, 14, "K1003", "Pro", 15),
    _paid(2025, 9, 9, "K1013", "Pro", 7),
    _paid(2025, 10, 1, "K1014", "training"),
    _paid(2025, 12, 1, "K1005", "Team", 60),
)
BILLS = (  # RE-2026-000101 and on, in this order
    _paid(2026, 1, 2, "K1001", "Team", 12),
    _paid(2026, 1, 15, "K1012", "Pro", 5),
    _paid(2026, 1, 19, "K1009", "Solo", 1),
    _paid(2026, 1, 31, "K1013", "Pro", 7),
    _paid(2026, 2, 10, "K1002", "Team", 6),
    Bill(date(2026, 2, 24), "K1010", "Team", 5, paid=30_000),
    Bill(date(2026, 3, 3), "K1011", "Pro", 4),  # 000107: corrected after the renaming
    _paid(2026, 3, 20, "K1011", "Pro", 4),  # 000108: issued anew
    _paid(2026, 3, 23, "K1008", "Team", 9),
    Bill(date(2026, 4, 1), "K1014", "Pro", 12, paid=250_000),  # 000110: overpaid
    _paid(2026, 4, 16, "K1012", "Solo", 2),
    Bill(date(2026, 5, 4), "K1008", "training", void=True),
    Bill(date(2026, 5, 20), "K1009", "gift"),  # 000113: nothing to pay
    _paid(2026, 6, 8, "K1008", "upgrade"),
    _paid(2026, 6, 30, "K1005", "modules"),  # 000115: 120 lines
    _paid(2026, 7, 13, "K1001", "training", 2),
    Bill(date(2026, 8, 14), "K1003", "Pro", 15),  # 000117: the payment default
    _paid(2026, 9, 2, "K1004", "training"),
    _paid(2026, 9, 21, "K1013", "training"),
    Bill(date(2026, 10, 19), "K1002", "training", 2),  # 000120: overdue for 20 days
    _paid(2026, 10, 26, "K1010", "training"),
    Bill(date(2026, 11, 9), "K1008", "training"),
    Bill(date(2026, 11, 11), "K1001", "training", 3),  # 000123
    Bill(date(2026, 11, 16), "K1002", "training"),
)
INSTALMENTS_UNTIL = date(2099, 12, 31)  # whatever day the clock says
RENAMED, CORRECTED, REISSUED = "Alpenquell Getränke GmbH", "RE-2026-000107", 7


def seed(core: BillingCore, clock: Clock | None = None) -> None:
    """Fill in the demo data; again: no change. The dates are fixed, so the clock does not matter."""
    if _is_complete(core):
        return
    for customer in CUSTOMERS:
        core.add_customer(customer, actor=SYSTEM, idem=f"demo:customer:{customer.id}")
    for subscription in SUBSCRIPTIONS:
        core.add_subscription(subscription, actor=SYSTEM, idem=f"demo:subscription:{subscription.number}")
    for series, first in (("RE-2026", 101), ("RK-2026", 101), ("AN-2026", 101)):
        core.start_series(series, first, actor=SYSTEM, idem=f"demo:series:{series}")
    _import_the_old_one(core)
    _bill_all(core, "before", BILLS_BEFORE)
    _bill_all(core, "2026", BILLS[:REISSUED])
    _rename_and_credit(core)
    _bill_all(core, "2026b", BILLS[REISSUED:])
    _draft_two(core)
    _quote_three(core)
    wanted = ChangeSet(company_name="Maison Dupain SAS")
    _collect(core)
    asker = Actor(ActorKind.CUSTOMER, "noemie@dupain.example", "email", "demo")
    core.request_change("K1010", wanted, actor=asker, idem="demo:change:K1010")


def _is_complete(core: BillingCore) -> bool:
    """Whether the last step was taken: the steps share one transaction with their caller, so all were."""
    if not core.find_customers(email="noemie@dupain.example"):
        return False
    return any(request.changes.company_name for request in core.change_requests("K1010"))


def _import_the_old_one(core: BillingCore) -> None:
    """From the system before: its bare number also ends a number of ours, of the same customer."""
    day = date(2024, 1, 15)
    gross, nothing = Money(95_200, "EUR"), Money(0, "EUR")
    old = ImportedInvoice("000123", "K1001", InvoiceState.FINALISED, gross, nothing, day, day + timedelta(days=14))
    core.import_invoice(old, actor=SYSTEM, idem="demo:invoice:000123")


def _bill_all(core: BillingCore, batch: str, bills: Sequence[Bill]) -> None:
    for place, bill in enumerate(bills):
        _bill(core, bill, f"demo:invoice:{batch}:{place}")


def _bill(core: BillingCore, bill: Bill, key: str) -> None:
    new = NewInvoice(bill.customer, _lines(bill), issued=bill.day, subscription=_subscription_of(bill))
    invoice = _issue(core, new, key)
    if bill.void:
        core.void(invoice.number, actor=AGENT, idem=f"{key}:void")
    amount = invoice.total if bill.all_paid else Money(bill.paid or 0, invoice.currency)
    if amount:
        paid_on = min(bill.day + timedelta(days=9), DEMO_DAY)
        core.record_payment(invoice.number, amount, paid_on, actor=SYSTEM, idem=f"{key}:payment")


def _subscription_of(bill: Bill) -> str | None:
    mine = (s for s in SUBSCRIPTIONS if s.customer_id == bill.customer and s.plan == f"Fernblick {bill.what}")
    return next((s.number for s in mine), None)


def _issue(core: BillingCore, new: NewInvoice, key: str) -> Invoice:
    draft = core.draft_invoice(new, actor=SYSTEM, idem=f"{key}:draft")
    return core.finalise(draft.number, actor=SYSTEM, idem=f"{key}:final")


def _lines(bill: Bill) -> tuple[Line, ...]:
    customer = next(c for c in CUSTOMERS if c.id == bill.customer)
    words, currency = WORDS[customer.language], customer.currency

    def price(minor: int) -> Money:
        return Money(minor, currency)

    if bill.what in SEAT:
        last = rules.a_year_later(bill.day) - timedelta(days=1)
        text = words["year"].format(bill.what)
        return (Line(text, price(SEAT[bill.what]), bill.seats, starts=bill.day, ends=last),)
    special: dict[str, Callable[[], tuple[Line, ...]]] = {
        "licence": lambda: (Line(words["licence"], price(LICENCE), bill.seats),),
        "training": lambda: (Line(words["training"], price(32_000), bill.seats),),
        "modules": lambda: tuple(Line(words["module"].format(n), price(1_000 + 25 * n)) for n in range(1, 121)),
        "upgrade": lambda: (
            Line(words["upgrade"], price(91_790), starts=bill.day, ends=date(2026, 12, 21)),
            Line(words["unused"], price(57_795), -1, starts=bill.day, ends=date(2026, 12, 21)),
        ),
        "gift": lambda: (
            Line(words["year"].format("Solo"), price(SEAT["Solo"])),
            Line(words["gift"], price(SEAT["Solo"]), -1),
        ),
    }
    return special[bill.what]()


def _collect(core: BillingCore) -> None:
    """One reminded twice, one given up and with a proof on the desk, one that pays by instalments."""
    for number, customer, steps in (("RE-2026-000120", "K1002", 2), ("RE-2026-000117", "K1003", 4)):
        invoice = core.invoice(number, of=customer)
        for step in range(steps if invoice and invoice.overdue else 0):  # not on a day before the demo's
            core.remind(number, actor=SYSTEM, idem=f"demo:remind:{number}:{step}")
    asker = Actor(ActorKind.CUSTOMER, "buchhaltung@hafenblick.example", "email", "demo")
    scan = ProofFile(hashlib.sha256(b"demo").hexdigest(), "application/pdf", 48_213, "Überweisungsbeleg.pdf")
    core.submit_payment_proof("K1003", "RE-2026-000117", scan, actor=asker, idem="demo:proof:K1003")
    if core.invoices("K1010", "overdue"):
        core.hold_collection(
            "RE-2026-000106", INSTALMENTS_UNTIL, "instalments", actor=AGENT, idem="demo:hold:RE-2026-000106"
        )


def _rename_and_credit(core: BillingCore) -> None:
    """The KG became a GmbH after the invoice: credit note, and the same again in the new name."""
    asker = Actor(ActorKind.CUSTOMER, "office@alpenquell.example", "email", "demo")
    request = core.request_change("K1011", ChangeSet(company_name=RENAMED), actor=asker, idem="demo:change:K1011")
    core.apply_change(request.id, expected_version=request.version, actor=AGENT, idem="demo:change:K1011:yes")
    credit = NewInvoice(
        "K1011",
        _lines(BILLS[REISSUED - 1]),
        issued=date(2026, 3, 20),
        kind=InvoiceKind.CREDIT_NOTE,
        corrects=CORRECTED,
    )
    _issue(core, credit, "demo:credit:K1011")


def _draft_two(core: BillingCore) -> None:
    for customer, plan, seats in (("K1001", "Team", 12), ("K1012", "Pro", 5)):
        lines = _lines(Bill(date(2027, 1, 2), customer, plan, seats))
        core.draft_invoice(NewInvoice(customer, lines), actor=SYSTEM, idem=f"demo:draft:{customer}")


def _quote_three(core: BillingCore) -> None:
    """One ready, one expired, one that still waits to be made."""
    quotes = (
        ("K1012", "SUB-1012", date(2026, 11, 10)),
        ("K1003", "SUB-1003", date(2026, 9, 21)),
        ("K1013", "SUB-1013", None),
    )
    for customer_id, subscription, issued in quotes:
        key = f"demo:quote:{customer_id}"
        asker = Actor(ActorKind.CUSTOMER, _main_address(customer_id), "email", "demo")
        quote = core.request_renewal_quote(customer_id, subscription, actor=asker, idem=key)
        if issued:
            core.finish_quote(quote.id, issued=issued, actor=SYSTEM, idem=f"{key}:ready")


def _main_address(customer_id: str) -> str:
    contact = next(c for c in CUSTOMERS if c.id == customer_id).main_contact
    return contact.email if contact else ""
