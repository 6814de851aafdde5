"""What Typst cannot write: the marks by which a reader knows that a PDF carries a Factur-X / ZUGFeRD invoice.

Typst attaches the XML as PDF/A-3 wants it, with a relationship, a type and a date. Only the XMP marks are missing, so
one object is replaced by an incremental update (ISO 32000-1, 7.5.6). To parse the whole and write it again would take
several times as long as to set the letter, and the bytes would differ from run to run.
"""

import hashlib
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """A profile of ZUGFeRD: its name in the marks and the name of the file."""

    name: str
    file: str


EN_16931 = Profile("EN 16931", "factur-x.xml")
XRECHNUNG = Profile("XRECHNUNG", "xrechnung.xml")

_TRAILER = re.compile(
    rb"trailer\n<</Size (?P<size>\d+)/Root (?P<root>\d+) 0 R/Info (?P<facts>\d+) 0 R/ID\[(?P<id>.*)\]>>\n"
    rb"startxref\n(?P<before>\d+)\n%%EOF\s*",
    re.DOTALL,
)
_MARKS = re.compile(
    rb"(?P<number>\d+) 0 obj\n<</Length \d+/Type/Metadata/Subtype/XML>>\nstream\n(?P<marks>.*?)\nendstream", re.DOTALL
)
_SCHEMAS, _LAST = b"</rdf:Bag></pdfaExtension:schemas>", b"</rdf:RDF>"
_SPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES = {
    "DocumentFileName": "The name of the embedded XML document",
    "DocumentType": "The type of the hybrid document in capital letters, e.g. INVOICE or ORDER",
    "Version": "The actual version of the standard applying to the embedded XML document",
    "ConformanceLevel": "The conformance level of the embedded XML document",
}


def marked(pdf: bytes, profile: Profile) -> bytes:
    """The PDF with the marks of Factur-X in this profile, byte for byte the same for the same PDF."""
    end = _TRAILER.fullmatch(pdf, pdf.rindex(b"trailer\n"))
    found = _MARKS.search(pdf)
    if end is None or found is None:
        raise RuntimeError("this PDF is not as Typst writes it")
    marks = _with_marks(found["marks"], profile)
    start = len(pdf.rstrip()) + 1
    new = b"%b 0 obj\n<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n%b\nendstream\nendobj\n" % (
        found["number"], len(marks), marks,
    )  # fmt: skip
    index = b"xref\n%b 1\n%010d 00000 n\r\n" % (found["number"], start)
    trailer = b"trailer\n<</Size %b/Root %b 0 R/Info %b 0 R/ID[%b]/Prev %b>>\nstartxref\n%d\n%%%%EOF\n" % (
        end["size"], end["root"], end["facts"], _ids(end["id"], new), end["before"], start + len(new),
    )  # fmt: skip
    return pdf.rstrip() + b"\n" + new + index + trailer


def _ids(both: bytes, new: bytes) -> bytes:
    """The first id names the document for ever, the second this state of it (ISO 32000-1, 14.4)."""
    first = both[: both.index(b")") + 1]
    return first + b"<" + hashlib.sha256(both + new).hexdigest()[:32].encode() + b">"


def _with_marks(marks: bytes, profile: Profile) -> bytes:
    if marks.count(_SCHEMAS) != 1 or marks.count(_LAST) != 1:
        raise RuntimeError("these XMP marks are not as Typst writes them")
    return marks.replace(_SCHEMAS, _schema().encode() + _SCHEMAS).replace(_LAST, _facts(profile).encode() + _LAST)


def _facts(profile: Profile) -> str:
    facts = {
        "DocumentType": "INVOICE", "DocumentFileName": profile.file, "Version": "1.0", "ConformanceLevel": profile.name,
    }  # fmt: skip
    inner = "".join(f"<fx:{name}>{fact}</fx:{name}>" for name, fact in facts.items())
    return f'<rdf:Description rdf:about="" xmlns:fx="{_SPACE}">{inner}</rdf:Description>'


def _schema() -> str:
    """PDF/A knows no marks but those of schemas that the document itself describes (ISO 19005-3, 6.6.2.3)."""
    properties = "".join(
        '<rdf:li rdf:parseType="Resource"><pdfaProperty:category>external</pdfaProperty:category>'
        f"<pdfaProperty:description>{told}</pdfaProperty:description><pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType></rdf:li>"
        for name, told in _PROPERTIES.items()
    )
    return (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{_SPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
