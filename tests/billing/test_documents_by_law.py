"""Hundreds of generated invoices keep the official rules; what the rules do not see, we see."""

import io
from dataclasses import replace
from datetime import date

import pikepdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import rules
from billing.documents import Documents, attach, cii, invariants, law
from billing.errors import ValidationError
from billing.seller import DEMO_SELLER
from billing.values import Address, Document, Invoice, Line, Money, TaxCategory
from tests.billing.letters import COUNTRIES, CURRENCIES, LEITWEG, SELLER, Case, corrected, invoice
from tests.billing.official_rules import all_findings, findings, xrechnung_findings

CASES = st.builds(
    Case,
    country=st.sampled_from(COUNTRIES),
    who=st.sampled_from(("business", "unchecked", "consumer", "public")),
    currency=st.sampled_from(CURRENCIES),
    lines=st.integers(1, 150),
    paid=st.sampled_from((0, 0, 33, 100, 120)),
    language=st.sampled_from(("de", "fr", "en")),
    credit=st.booleans(),
    exempt=st.booleans(),
    seed=st.integers(0, 10_000),
    name=st.text(min_size=1, max_size=80).filter(lambda name: law.legible(name).strip()),
)
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
MANY = settings(max_examples=220, derandomize=True, database=None, deadline=None, suppress_health_check=[*HealthCheck])


def made(case: Case) -> Document:
    return Documents(case.seller).invoice(invoice(case), corrected(case))


# The rules


@pytest.mark.slow
@pytest.mark.timeout(900)
@MANY
@given(CASES)
def test_every_generated_invoice_keeps_all_rules(case: Case) -> None:
    document = made(case)
    assert all_findings(document.xml) == []
    assert not law.is_xrechnung(invoice(case).buyer) or xrechnung_findings(document.xml) == []
    check_marks(document)


@settings(MANY, max_examples=12)
@given(CASES)
def test_a_dozen_generated_invoices_keep_all_rules(case: Case) -> None:
    few = replace(case, lines=min(case.lines, 20))
    invariants.check(invoice(few), few.seller)
    assert all_findings(cii.invoice_xml(invoice(few), corrected(few), few.seller)) == []


def check_marks(document: Document) -> None:
    """The archive's marks; whether it is PDF/A-3b in full, veraPDF says from outside."""
    with pikepdf.open(io.BytesIO(document.content)) as pdf:
        marks = pdf.open_metadata()
        assert (marks["pdfaid:part"], marks["pdfaid:conformance"]) == ("3", "B")
        (attached,) = pdf.Root.AF
        name = "xrechnung.xml" if b"xrechnung_3.0" in document.xml else "factur-x.xml"
        assert (attached.AFRelationship, attached.UF) == ("/Alternative", name)
        assert pdf.attachments[name].get_file().read_bytes() == document.xml
        assert marks[FX + "DocumentFileName"] == name
        assert marks[FX + "ConformanceLevel"] == ("XRECHNUNG" if name == "xrechnung.xml" else "EN 16931")
        assert "/OutputIntents" in pdf.Root and pdf.trailer.ID
        assert attached.EF.F.Subtype == "/text/xml"
        assert "/ModDate" in attached.EF.F.Params
        assert pdf.check_pdf_syntax() == []
        assert str(pdf.Root.Lang)[:2] in ("de", "fr", "en")
        fonts = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"]
        assert fonts
        assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(font.keys()) for font in fonts)


@pytest.mark.parametrize("case", [Case(), Case(who="public"), Case("FR", language="fr", lines=30)])
def test_the_same_facts_give_the_same_bytes_and_other_facts_another_id(case: Case) -> None:
    first, other = made(case), made(replace(case, seed=99))
    assert made(case) == first
    with pikepdf.open(io.BytesIO(first.content)) as one, pikepdf.open(io.BytesIO(other.content)) as two:
        assert bytes(one.trailer.ID[1]) != bytes(two.trailer.ID[1])


@pytest.mark.parametrize("broken", [b"", b"%PDF-1.7\ntrailer\n<<>>\n%%EOF", b"%PDF-1.7\n"])
def test_a_pdf_that_typst_did_not_write_is_not_marked(broken: bytes) -> None:
    with pytest.raises((RuntimeError, ValueError)):
        attach.marked(broken, attach.EN_16931)


# Where the law asks for more


def xml_of(case: Case) -> str:
    return cii.invoice_xml(invoice(case), corrected(case), case.seller).decode()


@pytest.mark.parametrize("credit", [False, True], ids=["invoice", "credit note"])
def test_a_german_public_body_gets_an_xrechnung(credit: bool) -> None:
    xml = xml_of(Case(who="public", credit=credit))
    assert xrechnung_findings(xml.encode()) == []
    assert all_findings(xml.encode()) == []
    assert f"<ram:BuyerReference>{LEITWEG}</ram:BuyerReference>" in xml
    assert f'schemeID="0204">{LEITWEG}<' in xml
    check_marks(made(Case(who="public", credit=credit)))


def test_our_copy_of_the_rules_for_xrechnung_does_find_what_is_missing() -> None:
    assert {"BR-DE-15", "BR-DE-21"} == set(xrechnung_findings(xml_of(Case()).encode()))


@pytest.mark.parametrize(
    ("reference", "is_one"),
    [
        (LEITWEG, True),
        ("991-33333TEST-33", True),
        ("04011000-1234512345-07", False),
        ("Kostenstelle 12", False),
        ("12-34", False),
        ("", False),
    ],
)
def test_a_leitweg_id_is_known_by_its_check_digits(reference: str, is_one: bool) -> None:
    assert law.is_leitweg_id(reference) is is_one


def test_another_reference_of_the_buyer_is_no_xrechnung() -> None:
    plain = invoice(Case())
    xml = cii.invoice_xml(replace(plain, buyer=replace(plain.buyer, reference="4500012345")), None, SELLER).decode()
    assert "<ram:BuyerReference>4500012345</ram:BuyerReference>" in xml
    assert "xrechnung" not in xml


def test_vat_in_a_foreign_currency_is_stated_in_the_sellers_too() -> None:
    case = Case(currency="CHF", seed=1)
    bill = replace(
        invoice(case), lines=(Line("x", Money(10_000, "CHF")),), net=Money(10_000, "CHF"), tax=Money(1_900, "CHF"),
        total=Money(11_900, "CHF"), remaining=Money(11_900, "CHF"),
    )  # fmt: skip
    xml = cii.invoice_xml(bill, None, SELLER).decode()
    assert "<ram:TaxCurrencyCode>EUR</ram:TaxCurrencyCode>" in xml
    assert '<ram:TaxTotalAmount currencyID="EUR">19.97</ram:TaxTotalAmount>' in xml  # 19.00 x 1.0512 = 19.9728
    assert all_findings(xml.encode()) == []


def test_an_invoice_from_another_system_in_a_currency_without_a_rate_is_not_held_back() -> None:
    bill = invoice(Case(currency="CHF"))
    assert b"TaxCurrencyCode" not in Documents().invoice(bill, None).xml
    with pytest.raises(ValidationError, match="currency"):
        rules.check_rate(bill.treatment, "CHF", DEMO_SELLER)
    rules.check_rate(bill.treatment, "CHF", SELLER)
    rules.check_rate(invoice(Case("CH", currency="CHF")).treatment, "CHF", DEMO_SELLER)


@pytest.mark.parametrize("case", [Case("CH", currency="CHF"), Case("FR"), Case("GB", currency="GBP")])
def test_without_vat_nothing_is_stated_in_the_sellers_currency(case: Case) -> None:
    assert "TaxCurrencyCode" not in xml_of(case)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (Case(paid=100), "<ram:DuePayableAmount>0.00</ram:DuePayableAmount>"),
        (Case(paid=120), "<ram:DuePayableAmount>0.00</ram:DuePayableAmount>"),
        (Case(), "<ram:Description>Zahlbar ohne Abzug bis zum 6.\xa0Dezember 2026.</ram:Description>"),
        (Case(exempt=True), "<ram:ExemptionReason>Gemäß § 19 UStG wird keine Umsatzsteuer berechnet."),
        (Case("FR", language="fr"), "<ram:ExemptionReasonCode>VATEX-EU-AE</ram:ExemptionReasonCode>"),
        (Case("FR", language="fr"), "<ram:SubjectCode>PMT</ram:SubjectCode>"),
        (Case("FR", "consumer", language="fr"), "<ram:RateApplicablePercent>20.00</ram:RateApplicablePercent>"),
        (Case("US", currency="USD"), "<ram:CategoryCode>O</ram:CategoryCode>"),
        (Case(credit=True), "<ram:TypeCode>97</ram:TypeCode>"),
    ],
    ids=["paid", "overpaid", "terms", "exempt", "reverse charge", "French terms", "OSS", "outside", "set off"],
)  # fmt: skip
def test_the_xml_says_what_it_must(case: Case, said: str) -> None:
    assert said.replace("\xa0Dezember 2026", "\xa0Dezember\xa02026") in xml_of(case)


def test_what_was_paid_before_is_taken_off() -> None:
    bill = invoice(Case(paid=33))
    xml = xml_of(Case(paid=33))
    assert f"<ram:TotalPrepaidAmount>{bill.paid.minor / 100:.2f}</ram:TotalPrepaidAmount>" in xml
    assert f"<ram:DuePayableAmount>{bill.remaining.minor / 100:.2f}</ram:DuePayableAmount>" in xml


def test_a_consumer_reads_nothing_of_terms_between_businesses() -> None:
    assert "SubjectCode" not in xml_of(Case("FR", "consumer", language="fr"))


def test_a_control_character_in_a_name_does_not_hold_up_the_invoice() -> None:
    document = made(Case(name="Acme\x00 Möbel\x1b\ud800 GmbH"))
    assert "<ram:Name>Acme Möbel GmbH</ram:Name>" in document.xml.decode()


@pytest.mark.parametrize(
    "name", ["北京 GmbH", "ไทย", "ﷺ", "a\u0378", "😀 AG", "שלום", "жук Ωmega", "नमस्ते", "\u2028x\ny"]
)
def test_a_name_in_any_script_has_a_document_and_stands_whole_in_the_xml(name: str) -> None:
    document = made(Case(name=name))
    assert f"<ram:Name>{name}</ram:Name>" in document.xml.decode()
    check_marks(document)


def test_a_word_of_any_length_stays_within_its_column() -> None:
    word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    bill = invoice(Case(name=word * 2, seed=5))
    bill = replace(bill, lines=(replace(bill.lines[0], text=word * 2),), customer_id="K" * 70)
    pdf = pypdfium2.PdfDocument(Documents().invoice(bill, None).content)
    page = pdf[0].get_textpage()
    right = [page.get_charbox(place)[2] for place in range(page.count_chars())]
    assert max(right) <= (210 - 20 + 1) * 72 / 25.4  # the right margin, and a millimetre
    pdf.close()


# Faults: each is caught by the rules, or by us

GOOD, ABROAD, OUTSIDE = Case(seed=3), Case("FR", seed=3), Case("US", currency="USD", seed=3)
IN_XML = {
    "gross off by a cent": (GOOD, "GrandTotalAmount>", "GrandTotalAmount>1", "BR-CO-15"),
    "due is not gross less paid": (GOOD, "DuePayableAmount>", "DuePayableAmount>1", "BR-CO-16"),
    "VAT amount wrong": (GOOD, '<ram:TaxTotalAmount currencyID="EUR">', '<ram:TaxTotalAmount currencyID="EUR">1', "BR-CO-14"),
    "line amount wrong": (GOOD, "<ram:LineTotalAmount>", "<ram:LineTotalAmount>1", "BR-CO-10"),
    "reverse charge with 19 %": (ABROAD, "<ram:RateApplicablePercent>0.00<", "<ram:RateApplicablePercent>19.00<", "BR-AE-05"),
    "seller's VAT id without a country": (GOOD, 'schemeID="VA">DE', 'schemeID="VA">', "BR-CO-09"),
    "negative unit price": (GOOD, "<ram:ChargeAmount>", "<ram:ChargeAmount>-", "BR-27"),
    "seller's country unknown": (GOOD, "<ram:CountryID>DE<", "<ram:CountryID>XX<", ""),
    "currency unknown": (GOOD, "<ram:InvoiceCurrencyCode>EUR<", "<ram:InvoiceCurrencyCode>EUX<", ""),
    "document type unknown": (GOOD, "<ram:TypeCode>380<", "<ram:TypeCode>999<", ""),
}  # fmt: skip
WITHOUT = {
    "reverse charge without a reason": (ABROAD, ("ExemptionReason", "ExemptionReasonCode"), "BR-AE-10"),
    "buyer's name missing": (GOOD, ("BuyerTradeParty/Name",), "BR-07"),
}
SPAN = '<ram:{}DateTime><udt:DateTimeString format="102">{}</udt:DateTimeString></ram:{}DateTime>'


@pytest.mark.parametrize(("case", "before", "after", "rule"), IN_XML.values(), ids=IN_XML.keys())
def test_the_rules_find_a_changed_figure(case: Case, before: str, after: str, rule: str) -> None:
    good = xml_of(case)
    assert before in good
    assert any(rule in finding for finding in all_findings(good.replace(before, after, 1).encode()))


@pytest.mark.parametrize(("case", "gone", "rule"), WITHOUT.values(), ids=WITHOUT.keys())
def test_the_rules_find_what_is_left_out(case: Case, gone: tuple[str, ...], rule: str) -> None:
    from lxml import etree

    tree = etree.fromstring(xml_of(case).encode())
    for path in gone:
        steps = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
        (element,) = tree.xpath(f"//{steps}")
        element.getparent().remove(element)
    assert any(rule in finding or finding.startswith("XSD") for finding in all_findings(etree.tostring(tree)))


def test_the_rules_find_vat_ids_where_vat_does_not_apply() -> None:
    xml = xml_of(OUTSIDE).replace("</ram:SellerTradeParty>", _REGISTERED + "</ram:SellerTradeParty>")
    assert any("BR-O-02" in finding for finding in all_findings(xml.encode()))


_REGISTERED = '<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE999999000</ram:ID></ram:SpecifiedTaxRegistration>'


def test_the_rules_find_a_period_that_ends_before_it_starts() -> None:
    case = next(case for case in (Case(seed=seed) for seed in range(50)) if invoice(case).lines[0].starts)
    xml = xml_of(case).replace("20271121", "20251121")
    assert xml != xml_of(case)
    assert any("BR-30" in finding or "BR-29" in finding for finding in all_findings(xml.encode()))


def test_a_legal_unit_code_is_rightly_found_by_nobody() -> None:
    assert all_findings(xml_of(GOOD).replace('unitCode="C62"', 'unitCode="STK"').encode()) == []


def unseen(bill: Invoice, field: str) -> bool:
    """Whether the official rules are content with what our own refuse for this field."""
    with pytest.raises(ValidationError) as refused:
        invariants.check(bill, SELLER)
    assert refused.value.field == field
    return findings(cii.invoice_xml(bill, None, SELLER)) == []


def test_only_we_find_an_iban_with_wrong_check_digits() -> None:
    forged = replace(SELLER, iban="DE98999999990000012345")
    with pytest.raises(ValidationError):
        invariants.check(invoice(GOOD), forged)
    assert findings(xml_of(GOOD).replace(SELLER.iban, forged.iban).encode()) == []


def test_only_we_find_that_nobody_says_when_to_pay() -> None:
    with pytest.raises(ValidationError, match="due"):
        invariants.check(replace(invoice(GOOD), due=None), SELLER)


def test_only_we_find_that_nobody_checked_the_vat_id() -> None:
    bill = invoice(ABROAD)
    assert bill.treatment.category == TaxCategory.REVERSE_CHARGE
    assert unseen(replace(bill, buyer=replace(bill.buyer, tax_id_checked=False)), "tax_id")
    wrong_digits = bill.buyer.tax_id[:-1] + str((int(bill.buyer.tax_id[-1]) + 1) % 10)
    assert unseen(replace(bill, buyer=replace(bill.buyer, tax_id=wrong_digits)), "tax_id")


OURS = {
    "due before issue": ("due", replace(invoice(GOOD), due=date(2026, 1, 1))),
    "rest is not total less paid": ("remaining", replace(invoice(GOOD), remaining=Money(1, "EUR"))),
    "a country that is none": ("country", replace(invoice(GOOD), buyer=replace(invoice(GOOD).buyer, country="XX"))),
    "exempt without a reason": ("exemption", invoice(replace(GOOD, exempt=True))),
    "credit note for nothing": ("corrects", replace(invoice(replace(GOOD, credit=True)), corrects=None)),
    "an allowance below zero": ("lines", replace(invoice(GOOD), lines=(Line("x", Money(1, "EUR"), allowance=Money(-1, "EUR")),))),
    "public body without an address": ("address", replace(invoice(Case(who="public")), buyer=replace(invoice(Case(who="public")).buyer, address=Address()))),
}  # fmt: skip


@pytest.mark.parametrize(("field", "wrong"), OURS.values(), ids=OURS.keys())
def test_our_own_rules_find(field: str, wrong: Invoice) -> None:
    with pytest.raises(ValidationError) as refused:
        invariants.check(wrong, replace(SELLER, rates=()))
    assert refused.value.field == field
