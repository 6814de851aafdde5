"""Documents one can send: Typst sets the letter as PDF/A-3b with the EN 16931 invoice in it, which factur-x writes."""

import hashlib
import json
import logging
import re
from datetime import UTC, date, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from billing.documents import attach, cii, facts, invariants, law
from billing.errors import Unavailable
from billing.seller import DEMO_SELLER, Seller
from billing.values import Document, Invoice, Quote

PDF = "application/pdf"
TEMPLATES = Path(str(files("templates")))
log = logging.getLogger(__name__)


class Documents:
    """Invoices, credit notes and quotes of one seller, in the language that the document froze."""

    def __init__(self, seller: Seller = DEMO_SELLER) -> None:
        self._seller = seller

    @property
    def seller(self) -> Seller:
        """Who issues them."""
        return self._seller

    def invoice(self, invoice: Invoice, corrects: Invoice | None) -> Document:
        """A Factur-X / ZUGFeRD invoice or credit note (profile EN 16931). Raises ValidationError, Unavailable."""
        invariants.check(invoice, self._seller)
        letter = facts.of_invoice(invoice, corrects, self._seller)
        xml = cii.invoice_xml(invoice, corrects, self._seller)
        profile = attach.XRECHNUNG if law.is_xrechnung(invoice.buyer) else attach.EN_16931
        carried = {"name": profile.file, "content": xml.decode(), "about": "ZUGFeRD / Factur-X"}
        content = attach.marked(_pdf(letter, invoice.issued, carried), profile)
        return _document(content, invoice.number, xml)

    def quote(self, quote: Quote) -> Document:
        """A quote: the same letter without an e-invoice in it. Raises Unavailable."""
        letter = facts.of_quote(quote, self._seller)
        return _document(_pdf(letter, quote.issued), quote.number or quote.id)

    def payment_qr(self, invoice: Invoice) -> str:
        """The EPC code for what remains, as SVG; "" where there is none: only SEPA's euro has one."""
        return facts.payment_qr(invoice, self._seller)


def _document(content: bytes, number: str, xml: bytes = b"") -> Document:
    return Document(content, hashlib.sha256(content).hexdigest(), PDF, f"{facts.file_name(number)}.pdf", xml)


def _pdf(letter: dict[str, Any], issued: date | None, carried: dict[str, str] | None = None) -> bytes:
    """The letter, set; in a script that the fonts lack with boxes in it (the e-invoice inside has the right name)."""
    clean = law.legible(letter)
    try:
        return _set(clean, issued, carried)
    except typst.TypstError as error:
        log.warning("action=document.boxes number=%s error=%s", letter["number"], _reason(error))
    try:
        return _set(law.printable(clean), issued, carried)
    except typst.TypstError as error:
        log.error("action=document.failed number=%s error=%s", letter["number"], _reason(error))
        raise Unavailable from error


def _reason(error: typst.TypstError) -> str:
    """What Typst says of our template, without the text that it quotes."""
    return re.sub(r"`.*`", "...", str(error).partition("\n")[0])[:100]


def _set(letter: dict[str, Any], issued: date | None, carried: dict[str, str] | None) -> bytes:
    """Facts go in as data, never into the source; only the bundled fonts are looked at."""
    noon = datetime.combine(issued, time(12), UTC) if issued else None
    return bytes(
        typst.compile(
            TEMPLATES / "documents" / "letter.typ",
            root=TEMPLATES / "documents",
            font_paths=[TEMPLATES / "fonts"],
            ignore_system_fonts=True,
            pdf_standards="a-3b",
            sys_inputs={"facts": json.dumps(letter), "carried": json.dumps(carried)},
            timestamp=int(noon.timestamp()) if noon else None,
        )
    )
