"""The invoice as EN 16931 XML (CII syntax), by the business terms (BT) and groups (BG) of the standard."""

from decimal import Decimal
from typing import Any

from billing.documents import law
from billing.documents.facts import Tongue, period
from billing.seller import Seller
from billing.values import Address, Invoice, InvoiceKind, Line, Money, Party, TaxCategory

LEVEL = "en16931"
EN_16931 = b"urn:cen.eu:en16931:2017"
XRECHNUNG = EN_16931 + b"#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
INVOICE, CREDIT_NOTE = "380", "381"  # UNTDID 1001
SEPA_TRANSFER, CREDIT_TRANSFER, SET_OFF = "58", "30", "97"  # UNTDID 4461
DISCOUNT = "95"  # UNTDID 5189
EMAIL, LEITWEG = "EM", "0204"  # electronic address schemes
EXEMPTIONS = {TaxCategory.REVERSE_CHARGE: "VATEX-EU-AE", TaxCategory.OUTSIDE: "VATEX-EU-O"}
FRENCH_TERMS = {"PMT": "note_recovery", "PMD": "note_penalty", "AAB": "note_discount"}  # UNTDID 4451

Terms = dict[str, Any]


def invoice_xml(invoice: Invoice, corrects: Invoice | None, seller: Seller) -> bytes:
    """The e-invoice. check_schematron must stay False: its default asks a Saxon server over HTTP."""
    terms = law.legible(_terms(invoice, corrects, seller))
    from facturx import generate_cii_xml  # late: a quarter of a second that most commands do not need

    xml = bytes(generate_cii_xml(terms, level=LEVEL, check_xsd=True, check_schematron=False))
    # factur-x knows no XRechnung: it differs in this name, and in what must not be left out.
    return xml.replace(b">" + EN_16931 + b"<", b">" + XRECHNUNG + b"<") if law.is_xrechnung(invoice.buyer) else xml


def _terms(invoice: Invoice, corrects: Invoice | None, seller: Seller) -> Terms:
    credit = invoice.kind == InvoiceKind.CREDIT_NOTE
    tongue = Tongue(invoice.language, invoice.buyer.country)
    return {
        "BT-1": invoice.number,
        "BT-2": invoice.issued,
        "BT-3": CREDIT_NOTE if credit else INVOICE,
        "BT-5": invoice.currency,
        "BT-9": invoice.due,
        **({"BT-10": invoice.buyer.reference} if invoice.buyer.reference else {}),
        **({"BT-12": invoice.subscription} if invoice.subscription else {}),
        **_when(invoice),
        **({"BT-81": SET_OFF} if credit else _payment(tongue, invoice, seller)),
        **_notes(tongue, invoice),
        **_preceding(invoice, corrects),
        **_parties(invoice, seller),
        "BG-23": [_breakdown(tongue, invoice, seller)],
        "BG-25": [_line(invoice, place, line) for place, line in enumerate(invoice.lines, start=1)],
        **_totals(invoice, seller),
    }


def _amount(money: Money) -> str:
    return str(Decimal(money.minor).scaleb(-money.exponent))


def _percent(rate: int) -> str:
    return str(Decimal(rate).scaleb(-2))


def _when(invoice: Invoice) -> Terms:
    """The law wants the day of supply: the period of the lines, else the issue date.

    With a period goes the place of supply: factur-x would leave the delivery empty, which the XSD refuses.
    """
    span, buyer = period(invoice.lines), invoice.buyer
    if span is None:
        return {"BT-72": invoice.issued}
    place = {"name": buyer.name, **_address(buyer.address, buyer.country)}
    return {"BT-73": span[0], "BT-74": span[1], "BG-13": place}


def _payment(tongue: Tongue, invoice: Invoice, seller: Seller) -> Terms:
    terms = {
        "BT-20": tongue.say("terms", due=tongue.day(invoice.due)),
        "BT-81": SEPA_TRANSFER if invoice.currency == "EUR" else CREDIT_TRANSFER,
        "BT-83": invoice.number,
        "BT-84": seller.iban,
        "BT-85": seller.name,
    }
    return {**terms, "BT-86": seller.bic} if seller.bic else terms


def _notes(tongue: Tongue, invoice: Invoice) -> Terms:
    """French law has three sentences about late payment, each with a code of its own."""
    if not law.wants_french_terms(invoice):
        return {}
    return {"BG-1": [{"BT-21": code, "BT-22": tongue.say(name)} for code, name in FRENCH_TERMS.items()]}


def _preceding(invoice: Invoice, corrects: Invoice | None) -> Terms:
    if invoice.corrects is None:
        return {}
    reference = {"BT-25": invoice.corrects, "BT-26": corrects.issued if corrects else None}
    return {"BG-3": [{name: value for name, value in reference.items() if value}]}


def _parties(invoice: Invoice, seller: Seller) -> Terms:
    """Outside VAT no VAT id may stand in the XML (BR-O-02), so the seller is named by his tax number there."""
    outside = invoice.treatment.category == TaxCategory.OUTSIDE
    contact = {"name": seller.contact, "phone": seller.phone, "email": seller.email}
    ours = {
        "name": seller.name, **_address(seller.address, seller.country), "contacts": [contact],
        "legal_identifier": seller.register, "legal_info": seller.managers,
        "einvoicing_addr": seller.email, "einvoicing_addr_schemeid": EMAIL,
    }  # fmt: skip
    buyer = invoice.buyer
    theirs = {"name": buyer.name, **_address(buyer.address, buyer.country), **_electronic_address(buyer)}
    if not outside:
        ours |= {"vat_identifier": seller.vat_id, "tax_identifier": seller.tax_number}
        theirs |= {"vat_identifier": buyer.tax_id}
    return {"BG-4": _filled(ours), "BG-7": _filled(theirs)}


def _electronic_address(buyer: Party) -> Terms:
    if law.is_xrechnung(buyer):
        return {"einvoicing_addr": buyer.reference, "einvoicing_addr_schemeid": LEITWEG}
    return {"einvoicing_addr": buyer.email, "einvoicing_addr_schemeid": EMAIL} if buyer.email else {}


def _filled(terms: Terms) -> Terms:
    return {name: value for name, value in terms.items() if value}


def _address(address: Address, country: str) -> Terms:
    parts = {"addr_l1": address.street, "addr_l2": address.extra, "postcode": address.postcode, "city": address.city}
    return _filled({**parts, "country_code": country})


def _breakdown(tongue: Tongue, invoice: Invoice, seller: Seller) -> Terms:
    treatment = invoice.treatment
    terms: Terms = {
        "BT-116": _amount(invoice.net),
        "BT-117": _amount(invoice.tax),
        "BT-118": treatment.category.value,
        "BT-119": _percent(treatment.rate),  # category O, too: XRechnung demands it (BR-DE-14)
    }
    if treatment.category in EXEMPTIONS:
        terms["BT-121"] = EXEMPTIONS[treatment.category]
        terms["BT-120"] = tongue.say(f"reason_{treatment.category.name.lower()}")
    if treatment.category == TaxCategory.EXEMPT:
        terms["BT-120"] = seller.exemption
    return terms


def _line(invoice: Invoice, place: int, line: Line) -> Terms:
    treatment = invoice.treatment
    terms: Terms = {
        "BT-126": str(place),
        "BT-129": str(line.quantity),
        "BT-130": line.unit,
        "BT-131": _amount(line.net),
        "BT-146": _amount(line.unit_price),
        "BT-151": treatment.category.value,
        "BT-153": line.text,
    }
    if treatment.category != TaxCategory.OUTSIDE:  # BR-O-05
        terms["BT-152"] = _percent(treatment.rate)
    if line.starts and line.ends:
        terms |= {"BT-134": line.starts, "BT-135": line.ends}
    if line.allowance:
        reason = {"reason": line.allowance_reason} if line.allowance_reason else {"reason_code": DISCOUNT}
        terms["BG-27"] = [{"amount": _amount(line.allowance), **reason}]
    return terms


def _totals(invoice: Invoice, seller: Seller) -> Terms:
    settled, home = law.settled(invoice), law.home_tax(invoice, seller)
    return {
        **({"BT-6": seller.currency, "BT-111": _amount(home)} if home else {}),
        **({"BT-113": _amount(settled)} if settled else {}),
        "BT-106": _amount(invoice.net),
        "BT-109": _amount(invoice.net),
        "BT-110": _amount(invoice.tax),
        "BT-112": _amount(invoice.total),
        "BT-115": _amount(invoice.total - settled),
    }
