"""What stands on a document, in the words and formats of its language: ready to print, nothing left to decide."""

import functools
import re
import tomllib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from io import BytesIO
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from segno import helpers

from billing.documents import law
from billing.rules import NOTICE
from billing.seller import Seller
from billing.values import Address, Invoice, InvoiceKind, Line, Money, Party, Quote, TaxCategory, TaxTreatment

Facts = dict[str, Any]

# Where a language has its own habits in the buyer's country; elsewhere the first of the language.
LOCALES = {
    "de": ("de_DE", "de_AT", "de_CH", "de_LI", "de_LU"),
    "fr": ("fr_FR", "fr_BE", "fr_CA", "fr_CH", "fr_LU"),
    "en": ("en_GB", "en_AU", "en_CA", "en_IE", "en_US"),
}
WITHOUT_ESZETT = ("CH", "LI")
TOWN_FIRST = ("AU", "CA", "GB", "IE", "NZ", "US")  # the postcode stands behind the town, or below it:
POSTCODE_BELOW = ("GB", "IE")
NBSP = "\N{NO-BREAK SPACE}"  # no date breaks at the end of a line
MINUS = "\N{MINUS SIGN}"
TERMS = ("note_discount", "note_penalty", "note_recovery")
QR_NAME, QR_TEXT = 70, 140  # limits of the EPC's guideline


class Tongue:
    """Words, dates and amounts of one language as the buyer's country writes them."""

    def __init__(self, language: str, country: str) -> None:
        known = LOCALES.get(language, LOCALES["en"])
        wanted = f"{language}_{country}"
        self.locale = Locale.parse(wanted if wanted in known else known[0])
        self._words = words(self.locale.language)

    def say(self, word: str, /, **facts: str) -> str:
        """The words of this entry with the facts put in."""
        template = self._words[word]
        if self.locale.territory in WITHOUT_ESZETT:
            template = template.replace("ß", "ss")
        return template.format(**facts)

    def day(self, day: date | None) -> str:
        """11. November 2026, 11 novembre 2026, 11 November 2026; in French the first is 1er."""
        if day is None:
            return ""
        written = format_date(day, "long", locale=self.locale).replace(" ", NBSP)
        return f"1er{written[1:]}" if self.locale.language == "fr" and day.day == 1 else written

    def short_day(self, day: date) -> str:
        """The day in little room."""
        return format_date(day, "dd/MM/yyyy" if self.locale.language == "fr" else "medium", locale=self.locale)

    def money(self, amount: Money) -> str:
        """The amount with its currency."""
        written = _minus(format_currency(_decimal(amount), amount.currency, locale=self.locale))
        return re.sub(f"(?<=[A-Z]){MINUS}", NBSP + MINUS, written)  # CHF −14.97, not CHF−14.97

    def quantity(self, quantity: int) -> str:
        """A whole number."""
        return _minus(format_decimal(quantity, locale=self.locale))

    def rate(self, rate: int) -> str:
        """A tax rate: 19 %, 25,5 %."""
        pattern = self.locale.percent_formats[None].pattern.replace("#,##0", "#,##0.##")
        return str(format_percent(Decimal(rate).scaleb(-4), pattern, self.locale))

    def factor(self, factor: Fraction) -> str:
        """A rate of exchange, as exact as it was given."""
        return str(format_decimal(_exact(factor), "#,##0.0000##", locale=self.locale))

    def country(self, code: str) -> str:
        """The country's name."""
        return str(self.locale.territories.get(code, code))


def _minus(number: str) -> str:
    """A minus sign as long as the figures deserve."""
    return number.replace("-", MINUS)


def _exact(factor: Fraction) -> Decimal:
    return Decimal(factor.numerator) / Decimal(factor.denominator)


def _decimal(amount: Money) -> Decimal:
    return Decimal(amount.minor).scaleb(-amount.exponent)


@functools.cache
def words(language: str) -> dict[str, str]:
    """All words of a language, by their names."""
    text = files("templates").joinpath(f"documents/words.{language}.toml").read_text(encoding="utf-8")
    return {name: str(words) for name, words in tomllib.loads(text).items()}


def file_name(number: str) -> str:
    """The number as a file name on any system."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", number).strip("-.") or "document"


def of_invoice(invoice: Invoice, corrects: Invoice | None, seller: Seller) -> Facts:
    """What stands on an invoice or credit note."""
    tongue = Tongue(invoice.language, invoice.buyer.country)
    kind = invoice.kind.value
    original = {"original": invoice.corrects or "", "original_date": tongue.day(corrects.issued if corrects else None)}
    return {
        **_letter(tongue, seller, invoice.buyer),
        "title": tongue.say(kind),
        "number": invoice.number,
        "about": _about_invoice(tongue, invoice),
        "intro": tongue.say(f"intro_{kind}", **original),
        "lines": [_line(tongue, place, line) for place, line in enumerate(invoice.lines, start=1)],
        "totals": [
            *_totals(tongue, invoice, seller, "total" if kind == "invoice" else "total_credit_note"),
            *_settled(tongue, invoice),
        ],
        "notes": _notes(tongue, invoice, seller),
        "closing": _payment(tongue, invoice, seller),
    }


def of_quote(quote: Quote, seller: Seller) -> Facts:
    """What stands on a renewal quote."""
    tongue = Tongue(quote.language, quote.buyer.country)
    term = {"starts": tongue.day(quote.term_starts), "ends": tongue.day(quote.term_ends)}
    until = tongue.day(quote.valid_until)
    about = {
        "number": quote.number or "", "date": tongue.day(quote.issued), "valid_until": until,
        "customer_number": quote.customer_id, "subscription": quote.subscription,
    }  # fmt: skip
    accept = tongue.say("accept_text", email=seller.email, valid_until=until, last_day=_last_day(tongue, quote), **term)
    return {
        **_letter(tongue, seller, quote.buyer),
        "title": tongue.say("quote_title"),
        "number": quote.number or "",
        "about": [[tongue.say(name), value] for name, value in about.items()],
        "intro": tongue.say("intro_quote", subscription=quote.subscription, **term),
        "lines": [_line(tongue, place, line) for place, line in enumerate(quote.lines, start=1)],
        "totals": _totals(tongue, quote, seller, "total_quote"),
        "notes": [note for note in [_tax_note(tongue, quote.treatment, quote.buyer, seller)] if note],
        "closing": {"title": tongue.say("accept_title"), "text": accept, "rows": [], "qr": "", "qr_caption": ""},
    }


def _last_day(tongue: Tongue, quote: Quote) -> str:
    return tongue.day(quote.term_starts - NOTICE if quote.term_starts else None)


def _letter(tongue: Tongue, seller: Seller, buyer: Party) -> Facts:
    return {
        "language": tongue.locale.language,
        "region": tongue.locale.territory,
        "greeting": tongue.say("greeting"),
        "columns": [tongue.say(name) for name in ("position", "text", "quantity", "price", "amount")],
        "seller": {
            "name": seller.name,
            "initial": seller.name[:1].upper(),
            "logo": seller.logo,
            "lines": [*_place(seller.address, seller.country), *_given(seller.phone, seller.email, seller.website)],
            "return_line": " · ".join((seller.name, *_place(seller.address, seller.country))),
        },
        "buyer": _address(tongue, buyer, seller),
        "footer": _footer(tongue, seller),
        "page": tongue.say("page", page="{page}", pages="{pages}"),
    }


def _given(*parts: str) -> list[str]:
    return [part for part in parts if part]


def _place(address: Address, country: str) -> list[str]:
    return _given(address.street, address.extra, *_town(address, country))


def _town(address: Address, country: str) -> list[str]:
    """The postcode stands before the town on the continent, behind it or on a line of its own elsewhere."""
    if country in POSTCODE_BELOW:
        return [address.city, address.postcode]
    parts = (address.city, address.postcode) if country in TOWN_FIRST else (address.postcode, address.city)
    return [" ".join(_given(*parts))]


def _address(tongue: Tongue, buyer: Party, seller: Seller) -> list[str]:
    attention = tongue.say("attention", name=buyer.contact) if buyer.contact not in ("", buyer.name) else ""
    abroad = tongue.country(buyer.country).upper() if buyer.country != seller.country else ""
    return _given(buyer.name, attention, *_place(buyer.address, buyer.country), abroad)


def _footer(tongue: Tongue, seller: Seller) -> list[list[str]]:
    people = ", ".join(name.strip().replace(" ", NBSP) for name in seller.managers.split(","))
    managers = f"{tongue.say('managers')} {people}" if seller.managers else ""
    tax_number = f"{tongue.say('tax_number')} {seller.tax_number}" if seller.tax_number else ""
    return [
        _given(seller.name, *_place(seller.address, seller.country), tongue.country(seller.country)),
        _given(seller.register, managers, f"{tongue.say('vat_id')} {seller.vat_id}", tax_number),
        _given(seller.bank, f"IBAN {in_fours(seller.iban)}", f"BIC {seller.bic}" if seller.bic else ""),
    ]


def in_fours(iban: str) -> str:
    """An IBAN as people read it."""
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))


def period(lines: tuple[Line, ...]) -> tuple[date, date] | None:
    """From the first day to the last that the lines are for."""
    starts, ends = [x.starts for x in lines if x.starts], [x.ends for x in lines if x.ends]
    return (min(starts), max(ends)) if starts and ends else None


def _about_invoice(tongue: Tongue, invoice: Invoice) -> list[list[str]]:
    span = period(invoice.lines)
    when = " – ".join(map(tongue.short_day, span)) if span else ""
    credit = invoice.kind == InvoiceKind.CREDIT_NOTE
    about = {
        "number": invoice.number, "date": tongue.day(invoice.issued), "original": invoice.corrects or "",
        "due": "" if credit else tongue.day(invoice.due), "customer_number": invoice.customer_id,
        "buyer_tax_id": invoice.buyer.tax_id,
        _reference(invoice): invoice.buyer.reference, "subscription": invoice.subscription or "",
        "period": when, "delivery": "" if span else tongue.day(invoice.issued),
    }  # fmt: skip
    return [[tongue.say(name), value] for name, value in about.items() if value]


def _reference(invoice: Invoice) -> str:
    return "reference_leitweg" if law.is_xrechnung(invoice.buyer) else "reference"


def _line(tongue: Tongue, place: int, line: Line) -> Facts:
    return {
        "position": str(place), "text": line.text, "details": _details(tongue, line),
        "quantity": tongue.quantity(line.quantity), "price": tongue.money(line.unit_price),
        "amount": tongue.money(line.net),
    }  # fmt: skip


def _details(tongue: Tongue, line: Line) -> list[str]:
    """For which time, and what was taken off."""
    span = ""
    if line.starts and line.ends:
        span = tongue.say("from_to", starts=tongue.short_day(line.starts), ends=tongue.short_day(line.ends))
    off = ""
    if line.allowance:
        word = "allowance_for" if line.allowance_reason else "allowance"
        off = tongue.say(word, amount=tongue.money(line.allowance), reason=line.allowance_reason)
    return _given(span, off)


def _totals(tongue: Tongue, priced: Invoice | Quote, seller: Seller, last: str) -> list[Facts]:
    return [
        _sum(tongue.say("net"), tongue.money(priced.net)),
        _sum(_tax_label(tongue, priced, seller), tongue.money(priced.tax)),
        _sum(tongue.say(last), tongue.money(priced.total), strong=True),
    ]


def _sum(label: str, amount: str, *, strong: bool = False) -> Facts:
    return {"label": label, "amount": amount, "strong": strong}


def _settled(tongue: Tongue, invoice: Invoice) -> list[Facts]:
    """What was paid or set off until the document was made, and what is left."""
    settled = law.settled(invoice)
    if not settled:
        return []
    credited = Money(min(invoice.credited.minor, settled.minor), invoice.currency)
    paid = settled - credited
    on = tongue.say("paid_on", date=tongue.short_day(invoice.paid_on)) if invoice.paid_on else tongue.say("paid")
    rows = [(on, paid), (tongue.say("credited"), credited)]
    return [
        *(_sum(label, tongue.money(-amount)) for label, amount in rows if amount),
        _sum(tongue.say("to_pay"), tongue.money(invoice.total - settled), strong=True),
    ]


def _tax_label(tongue: Tongue, priced: Invoice | Quote, seller: Seller) -> str:
    treatment = priced.treatment
    if treatment.category != TaxCategory.STANDARD:
        return tongue.say("tax_none")
    facts = {"rate": tongue.rate(treatment.rate), "net": tongue.money(priced.net)}
    if law.is_oss(treatment, seller):
        return tongue.say("tax_oss", country=tongue.country(treatment.country), **facts)
    return tongue.say("tax", **facts)


def _notes(tongue: Tongue, invoice: Invoice, seller: Seller) -> list[str]:
    return _given(
        _tax_note(tongue, invoice.treatment, invoice.buyer, seller),
        _home_tax(tongue, invoice, seller),
        " ".join(map(tongue.say, TERMS)) if law.wants_french_terms(invoice) else "",
        tongue.say("note_copy") if law.is_courtesy_copy(invoice, seller) else "",
    )


def _home_tax(tongue: Tongue, invoice: Invoice, seller: Seller) -> str:
    tax, rate = law.home_tax(invoice, seller), law.exchange(invoice, seller)
    if tax is None or rate is None:
        return ""
    foreign = {"foreign": invoice.currency, "rate": tongue.factor(rate)}
    return tongue.say("note_home_tax", currency=tax.currency, tax=tongue.money(tax), **foreign)


def _tax_note(tongue: Tongue, treatment: TaxTreatment, buyer: Party, seller: Seller) -> str:
    if treatment.category == TaxCategory.REVERSE_CHARGE:
        return tongue.say("note_reverse_charge", seller_tax_id=seller.vat_id, buyer_tax_id=buyer.tax_id)
    if treatment.category == TaxCategory.OUTSIDE:
        article = "44" if buyer.business else "59"
        return tongue.say("note_outside", home=tongue.country(seller.country), article=article)
    if treatment.category == TaxCategory.EXEMPT:
        return tongue.say("note_exempt", exemption=seller.exemption)
    if law.is_oss(treatment, seller):
        return tongue.say("note_oss", country=tongue.country(treatment.country))
    return ""


def _payment(tongue: Tongue, invoice: Invoice, seller: Seller) -> Facts:
    closing = {"title": tongue.say("pay_title"), "rows": [], "qr": "", "qr_caption": tongue.say("pay_qr")}
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        return {**closing, "text": tongue.say("pay_credit", original=invoice.corrects or "")}
    settled = bool(law.settled(invoice))
    if not invoice.remaining:
        return {**closing, "text": tongue.say("pay_settled" if invoice.paid and settled else "pay_nothing")}
    text = tongue.say(
        "pay_rest" if settled else "pay_text", amount=tongue.money(invoice.remaining), due=tongue.day(invoice.due)
    )
    rows = {
        tongue.say("pay_to"): seller.name, "IBAN": in_fours(seller.iban), "BIC": seller.bic,
        tongue.say("pay_bank"): seller.bank, tongue.say("pay_reference"): invoice.number,
    }  # fmt: skip
    given = [[label, value] for label, value in rows.items() if value]
    return {**closing, "text": text, "rows": given, "qr": payment_qr(invoice, seller)}


def payment_qr(invoice: Invoice, seller: Seller) -> str:
    """The EPC code for the remaining amount as SVG; only SEPA's euro has one."""
    if invoice.currency != "EUR" or invoice.remaining.minor <= 0 or invoice.kind == InvoiceKind.CREDIT_NOTE:
        return ""
    code = helpers.make_epc_qr(
        name=seller.name[:QR_NAME],
        iban=seller.iban,
        amount=_decimal(invoice.remaining),
        text=invoice.number[:QR_TEXT],
        bic=seller.bic or None,
    )
    drawn = BytesIO()
    code.save(drawn, kind="svg", border=2, dark="#000", light="#fff")
    return drawn.getvalue().decode()
