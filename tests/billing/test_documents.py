"""Documents: by the law's rules, by the archive's rules, and literally what they were given."""

import functools
import io
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from facturx import get_facturx_xml_from_pdf, xml_check_xsd

from billing.clock import FixedClock
from billing.demo import seed
from billing.documents import Documents, facts, invariants
from billing.errors import InvalidState, ValidationError
from billing.fake import FakeCore
from billing.seller import DEMO_SELLER, load_seller
from billing.values import (
    Document,
    Invoice,
    InvoiceKind,
    InvoiceState,
    Line,
    Party,
    Payment,
    TaxCategory,
    TaxTreatment,
)
from tests.billing.official_rules import findings
from tests.billing.people import TODAY, euro

MAKER = Documents()

INVOICE = Invoice(
    number="RE-2026-000123",
    customer_id="K1",
    state=InvoiceState.FINALISED,
    payment=Payment.OPEN,
    currency="EUR",
    total=euro(11_900),
    remaining=euro(11_900),
    issued=TODAY,
    due=date(2026, 12, 6),
    overdue=False,
    lines=(Line("Fernblick Pro", euro(10_000)),),
    net=euro(10_000),
    tax=euro(1_900),
    buyer=Party("Acme Möbel GmbH", "DE", tax_id="DE999999018"),
    language="de",
)

# One of each kind that the rules treat differently; the slow test takes all.
KINDS = ("RE-2026-000123", "RE-2026-000114", "RE-2026-000103", "RE-2026-000102", "RE-2026-000113", "RK-2026-000101")


@pytest.fixture(scope="module")
def demo() -> FakeCore:
    core = FakeCore(clock=FixedClock(TODAY), documents=MAKER)
    seed(core)
    return core


@pytest.fixture(scope="module")
def made(demo: FakeCore) -> Callable[[str], Document]:
    return functools.cache(lambda number: demo.document("invoice", number, of=demo.owner_of("invoice", number) or ""))


def text_of(document: Document) -> str:
    pdf = pypdfium2.PdfDocument(document.content)
    pages = "\n".join(page.get_textpage().get_text_bounded() for page in pdf)
    pdf.close()
    return pages.replace("\r\n", "\n")


# The law's rules


@pytest.mark.parametrize("number", KINDS)
def test_an_invoice_keeps_all_rules_of_en_16931(made: Callable[[str], Document], number: str) -> None:
    xml = made(number).xml
    assert xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert findings(xml) == []


def test_the_rules_do_find_a_wrong_total(made: Callable[[str], Document]) -> None:
    wrong = made("RE-2026-000123").xml.replace(b"1142.40</ram:GrandTotalAmount>", b"1142.41</ram:GrandTotalAmount>")
    assert any("BR-CO-15" in finding for finding in findings(wrong))


@pytest.mark.slow
def test_every_invoice_of_the_demo_keeps_all_rules(demo: FakeCore, made: Callable[[str], Document]) -> None:
    issued = [i.number for i in demo.all_invoices() if i.state in (InvoiceState.FINALISED, InvoiceState.CORRECTED)]
    assert len(issued) == 37
    assert {number: found for number in issued if (found := findings(made(number).xml))} == {}


# The archive's rules


@pytest.mark.parametrize("number", KINDS)
def test_an_invoice_has_the_marks_of_pdf_a_3b_and_factur_x(made: Callable[[str], Document], number: str) -> None:
    with pikepdf.open(io.BytesIO(made(number).content)) as pdf:
        marks = pdf.open_metadata()
        assert (marks["pdfaid:part"], marks["pdfaid:conformance"]) == ("3", "B")
        assert b"EN 16931" in pdf.Root.Metadata.read_bytes()
        assert b"urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#" in pdf.Root.Metadata.read_bytes()
        assert "/OutputIntents" in pdf.Root
        (attached,) = pdf.Root.AF
        assert attached.AFRelationship == "/Alternative"
        assert attached.UF == "factur-x.xml"
        assert all(_is_embedded(font) for font in _fonts(pdf))


def _fonts(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    return [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"]


def _is_embedded(font: pikepdf.Object) -> bool:
    return any(name in font for name in ("/FontFile", "/FontFile2", "/FontFile3"))


def test_a_quote_is_pdf_a_without_an_invoice_in_it(demo: FakeCore) -> None:
    quote = demo.document("quote", "AN-2026-000101", of="K1012")
    with pikepdf.open(io.BytesIO(quote.content)) as pdf:
        marks = pdf.open_metadata()
        assert (marks["pdfaid:part"], marks["pdfaid:conformance"]) == ("3", "B")
        assert "/AF" not in pdf.Root
    assert quote.xml == b""
    assert "CHF 945.00" in _plain(text_of(quote))


@pytest.mark.parametrize("number", KINDS[:2])
def test_the_xml_in_the_pdf_is_the_stored_one(made: Callable[[str], Document], number: str) -> None:
    document = made(number)
    _name, inside = get_facturx_xml_from_pdf(document.content, check_xsd=False)
    assert inside == document.xml


# What stands on them


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (
            "RE-2026-000123",
            ["Rechnung", "Summe netto", "1.142,40\xa0€", "25.\xa0November\xa02026", "z. Hd. Sabine Krüger"],
        ),
        ("RE-2026-000114", ["Facture", "Autoliquidation", "FR29999990013", "−577,95\xa0€", "40\xa0€", "FRANCE"]),
        ("RE-2026-000103", ["TVA France 20\u202f% sur 49,00\xa0€", "guichet unique"]),
        ("RE-2026-000104", ["Invoice", "£1,323.00", "Bristol BS1 4QS", "UNITED KINGDOM"]),
        ("RE-2026-000115", ["Modul 120", "3.587,85\xa0€", "Seite 4 von 4"]),
        ("RK-2026-000101", ["Rechnungskorrektur", "RE-2026-000107", "verrechnet"]),
    ],
)
def test_a_document_says_what_it_must(made: Callable[[str], Document], number: str, words: list[str]) -> None:
    text = _plain(text_of(made(number)))
    assert [word for word in map(_plain, words) if word not in text] == []


def _plain(text: str) -> str:
    return " ".join(text.split())


def test_the_credit_note_names_what_it_corrects_in_the_xml(made: Callable[[str], Document]) -> None:
    xml = made("RK-2026-000101").xml.decode()
    assert "<ram:TypeCode>381</ram:TypeCode>" in xml
    assert "<ram:IssuerAssignedID>RE-2026-000107</ram:IssuerAssignedID>" in xml


HOSTILE = '#panic("x") $a$ *b* <script> \\ `c` & Söhne ﬁ ẞ œ č'


def test_a_hostile_name_is_printed_as_it_is() -> None:
    buyer = Party(HOSTILE, "DE")
    line = Line(HOSTILE, euro(10_000))
    document = MAKER.invoice(replace(INVOICE, buyer=buyer, lines=(line,)), None)
    text = text_of(document)
    for part in ('#panic("x")', "$a$", "*b*", "<script>", "`c`"):
        assert text.count(part) == 2, part
    assert findings(document.xml) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("RE-2026-000105", ["Bereits gezahlt, zuletzt am 19.02.2026", "−849,66", "Noch zu zahlen 0,00", "Vielen Dank"]),
        ("RE-2026-000106", ["Déjà réglé, dernier versement le 05/03/2026", "−300,00", "virer le solde de 295,00"]),
        ("RE-2026-000107", ["Gutgeschrieben −€ 907,20", "Noch zu zahlen € 0,00", "Es ist nichts zu zahlen"]),
        ("RE-2026-000110", ["Already paid, last on Apr 10, 2026", "−$2,268.00", "Amount due $0.00"]),
    ],
    ids=["paid", "partly paid", "credited", "paid too much"],
)
def test_a_document_made_late_shows_what_was_settled_before(
    made: Callable[[str], Document], number: str, words: list[str]
) -> None:
    text = _plain(text_of(made(number)))
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize("number", ["RE-2026-000112", "DRAFT-000038"])
def test_void_invoices_and_drafts_have_no_document(demo: FakeCore, number: str) -> None:
    with pytest.raises(InvalidState):
        demo.document("invoice", number, of=demo.owner_of("invoice", number) or "")


def test_the_qr_code_asks_for_the_remaining_amount_in_euro_only() -> None:
    assert facts.payment_qr(INVOICE, DEMO_SELLER).startswith("<?xml")
    assert facts.payment_qr(replace(INVOICE, remaining=euro(0)), DEMO_SELLER) == ""
    assert facts.payment_qr(replace(INVOICE, currency="CHF"), DEMO_SELLER) == ""
    assert facts.payment_qr(replace(INVOICE, kind=InvoiceKind.CREDIT_NOTE), DEMO_SELLER) == ""
    assert facts.payment_qr(replace(INVOICE, remaining=euro(1)), DEMO_SELLER) != facts.payment_qr(INVOICE, DEMO_SELLER)


@pytest.mark.skipif(shutil.which("zbarimg") is None, reason="needs zbarimg (Debian: zbar-tools)")
@pytest.mark.slow
def test_a_banking_app_reads_the_remaining_amount_off_every_open_euro_invoice(
    demo: FakeCore, made: Callable[[str], Document], tmp_path: Path
) -> None:
    open_ones = [i for i in demo.all_invoices() if i.remaining and i.issued and i.currency == "EUR"]
    assert len(open_ones) == 6
    for invoice in open_ones:
        lines = _scanned(made(invoice.number), tmp_path / f"{invoice.number}.png")
        assert lines[0] == "BCD"
        assert DEMO_SELLER.iban in lines
        assert [Decimal(line[3:]) for line in lines if line.startswith("EUR")] == [
            Decimal(invoice.remaining.minor).scaleb(-2)
        ]
        assert invoice.number in lines


def _scanned(document: Document, picture: Path) -> list[str]:
    pdf = pypdfium2.PdfDocument(document.content)
    pdf[len(pdf) - 1].render(scale=200 / 72).to_pil().save(picture)
    pdf.close()
    read = subprocess.run(["zbarimg", "-q", "--raw", str(picture)], capture_output=True, text=True, check=True)
    return read.stdout.splitlines()


def test_all_languages_know_the_same_words_and_the_same_blanks() -> None:
    words = {language: facts.words(language) for language in ("de", "fr", "en")}
    blanks = {lang: {name: _blanks(text) for name, text in known.items()} for lang, known in words.items()}
    assert set(words["fr"]) == set(words["en"]) == set(words["de"])
    optional = {"note_discount", "note_penalty", "note_recovery", "note_copy", "greeting"}
    assert {n: b for n, b in blanks["fr"].items() if n not in optional} == {
        n: b for n, b in blanks["de"].items() if n not in optional
    } == {n: b for n, b in blanks["en"].items() if n not in optional}  # fmt: skip


def _blanks(text: str) -> set[str]:
    from string import Formatter

    return {name for _, name, _, _ in Formatter().parse(text) if name}


# What no official rule catches

REVERSE = TaxTreatment(TaxCategory.REVERSE_CHARGE, 0, "DE")
FAULTS = [
    ("due", replace(INVOICE, due=None)),
    ("issued", replace(INVOICE, issued=None)),
    ("total", replace(INVOICE, total=euro(11_901))),
    ("tax", replace(INVOICE, tax=euro(1_902), total=euro(11_902))),
    ("net", replace(INVOICE, net=euro(9_999))),
    ("tax_id", replace(INVOICE, treatment=REVERSE, tax=euro(0), total=euro(10_000), buyer=Party("X", "FR"))),
    ("tax", replace(INVOICE, treatment=REVERSE)),
    ("lines", replace(INVOICE, lines=(Line("x", euro(-1)),))),
    ("buyer", replace(INVOICE, buyer=Party(" ", "DE"))),
]  # fmt: skip


@pytest.mark.parametrize(("field", "wrong"), FAULTS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_faulty_invoice_does_not_leave_the_house(field: str, wrong: Invoice) -> None:
    with pytest.raises(ValidationError) as refused:
        invariants.check(wrong, DEMO_SELLER)
    assert refused.value.field == field


def test_a_wrong_iban_is_caught_though_no_rule_does() -> None:
    with pytest.raises(ValidationError):
        invariants.check(INVOICE, replace(DEMO_SELLER, iban="DE98999999990000012345"))


# The seller


def test_without_a_file_the_demo_seller_sells() -> None:
    assert load_seller() is DEMO_SELLER
    invariants.check(INVOICE, DEMO_SELLER)


SELLER = 'name = "A GmbH"\ncountry = "DE"\nemail = "a@a.example"\nvat_id = "DE999999018"\n'


def test_a_seller_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "seller.toml"
    file.write_text(SELLER + 'iban = "DE97999999990000012345"\nstreet = "Weg 1"\ndays_to_pay = 30\n')
    seller = load_seller(file)
    assert (seller.name, seller.address.street, seller.days_to_pay) == ("A GmbH", "Weg 1", 30)
    assert (seller.bank, seller.register, seller.managers) == ("", "", "")


def test_a_seller_has_a_logo_and_rates(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"></svg>')
    file = tmp_path / "seller.toml"
    file.write_text(
        SELLER + 'iban = "DE97999999990000012345"\nlogo = "logo.svg"\n[rates]\nCHF = 1.0512\nUSD = "0.86"\n'
    )
    seller = load_seller(file)
    assert (seller.rate("CHF"), seller.rate("USD"), seller.rate("EUR")) == (Fraction("1.0512"), Fraction("0.86"), 1)
    assert seller.rate("JPY") is None
    assert Documents(seller).invoice(INVOICE, None).content.startswith(b"%PDF")


def test_the_seller_file_in_the_how_to_is_one(tmp_path: Path) -> None:
    guide = Path(__file__).parents[2].joinpath("docs/how-to/documents.md").read_text(encoding="utf-8")
    (tmp_path / "logo.svg").write_text("<svg/>")
    file = tmp_path / "seller.toml"
    file.write_text(guide.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    invariants.check(INVOICE, load_seller(file))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SELLER + 'iban = "DE97999999990000012345"\nlogo = "none.svg"', "seller file: logo none.svg cannot be read"),
        (SELLER + 'iban = "DE97999999990000012345"\nlogo = "seller.toml"', "seller file: logo seller.toml is no SVG"),
        (
            SELLER + 'iban = "DE97999999990000012345"\n[rates]\nCHF = "x"',
            "seller file: rates must be a table of numbers",
        ),
        (SELLER + 'iban = "DE97999999990000012345"\n[rates]\nCHF = 0', "seller file: rates must be above zero"),
        (SELLER, "seller file: iban missing"),
        (SELLER + 'iban = "DE98999999990000012345"', "seller file: iban has wrong check digits"),
        (SELLER + 'iban = "DE97999999990000012345"\nfax = "1"', "seller file: unknown key fax"),
        ("name = ", "seller file: Invalid value (at end of document)"),
    ],
)
def test_a_wrong_seller_file_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "seller.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match="seller file") as wrong:
        load_seller(file)
    assert str(wrong.value) == message
