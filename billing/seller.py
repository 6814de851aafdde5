"""Who sells: the facts that stand on every document. They come from a TOML file; bank details from nowhere else."""

import tomllib
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from stdnum import iban
from stdnum.eu import vat

from billing.values import Address


@dataclass(frozen=True)
class Seller:
    """The legal entity that issues the documents."""

    name: str
    country: str
    address: Address
    email: str
    phone: str
    website: str
    vat_id: str
    tax_number: str
    register: str  # court and number, as the law wants it on letters
    managers: str
    bank: str
    iban: str
    bic: str = ""
    contact: str = ""  # who answers for invoices (BT-41)
    currency: str = "EUR"
    zone: str = "Europe/Berlin"
    days_to_pay: int = 14
    quote_days: int = 30
    invoice_series: str = "RE"
    credit_series: str = "RK"  # Rechnungskorrektur: a "Gutschrift" is self-billing in German law
    quote_series: str = "AN"
    exemption: str = ""  # why no VAT is charged at home, as it stands on invoices: "§ 19 UStG: Kleinunternehmer"
    logo: str = ""  # SVG; in the file, the path of one
    rates: tuple[tuple[str, str], ...] = ()  # ("CHF", "1.0512"): of `currency` for one unit, to declare foreign VAT

    def rate(self, currency: str) -> Fraction | None:
        """What one unit of this currency is in the seller's."""
        known = self.written_rate(currency)
        return Fraction(known) if known else None

    def written_rate(self, currency: str) -> str:
        """The same as it was given; "" where nobody knows."""
        return {self.currency: "1", **dict(self.rates)}.get(currency, "")


# A company that does not exist. Its ids have valid check digits and belong to nobody we know of.
DEMO_SELLER = Seller(
    name="Fernblick Software GmbH",
    country="DE",
    address=Address("Am Aussichtsturm 7", "", "79098", "Freiburg im Breisgau"),
    email="rechnung@fernblick.example",
    phone="+49 761 5550 0",
    website="www.fernblick.example",
    vat_id="DE999999000",
    tax_number="06999/99991",
    register="Amtsgericht Freiburg, HRB 999991",
    managers="Dr. Johanna Weitsicht, Emil Horizont",
    bank="Musterbank Freiburg",
    iban="DE97999999990000012345",
    contact="Buchhaltung",
)


def load_seller(path: Path | str | None = None) -> Seller:
    """The seller of the TOML file, or the demo seller without one. Raises ValueError that names the wrong key."""
    if not path:
        return DEMO_SELLER
    try:
        seller = _checked(_read(tomllib.loads(Path(path).read_text(encoding="utf-8"))))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"seller file: {error}") from None
    return replace(seller, logo=_drawing(Path(path).parent / seller.logo)) if seller.logo else seller


def _drawing(path: Path) -> str:
    """The logo, found from where the seller file lies."""
    try:
        drawing = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"seller file: logo {path.name} cannot be read") from None
    if "<svg" not in drawing:
        raise ValueError(f"seller file: logo {path.name} is no SVG")
    return drawing


def _read(table: dict[str, Any]) -> Seller:
    table.pop("plans", None)  # `billing.catalogue` reads them
    known = {f.name for f in fields(Seller)} - {"address"} | {f.name for f in fields(Address)}
    if unknown := sorted(set(table) - known):
        raise ValueError(f"seller file: unknown key {', '.join(unknown)}")
    address = Address(**{f.name: str(table.pop(f.name, "")) for f in fields(Address)})
    rates = _rates(table.pop("rates", {}))
    required = {f.name for f in fields(Seller) if f.name in ("name", "country", "email", "vat_id", "iban")}
    if missing := sorted(key for key in required if not table.get(key)):
        raise ValueError(f"seller file: {', '.join(missing)} missing")
    blank = replace(DEMO_SELLER, phone="", website="", tax_number="", register="", managers="", bank="")
    return replace(blank, **{"contact": str(table["name"]), **table}, address=address, rates=rates)


def _rates(table: Any) -> tuple[tuple[str, str], ...]:
    """The table [rates]: a currency and what one unit of it is worth."""
    try:
        rates = {str(currency): Decimal(str(rate)) for currency, rate in dict(table).items()}
    except (InvalidOperation, TypeError, ValueError):
        raise ValueError("seller file: rates must be a table of numbers") from None
    if not all(rate.is_finite() and rate > 0 for rate in rates.values()):
        raise ValueError("seller file: rates must be above zero")
    return tuple((currency, str(rate)) for currency, rate in rates.items())


def _checked(seller: Seller) -> Seller:
    """No official rule for e-invoices catches a wrong IBAN, so we do."""
    if not iban.is_valid(seller.iban):
        raise ValueError("seller file: iban has wrong check digits")
    if not vat.is_valid(seller.vat_id):
        raise ValueError("seller file: vat_id is not valid")
    return seller
