"""The e-invoice goes into the PDF: as ZUGFeRD / Factur-X, or in ZUGFeRD's profile for XRechnung."""

from io import BytesIO
from typing import Any

from facturx import generate_from_binary
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject, TextStringObject

from billing.documents.cii import LEVEL

FACTUR_X, XRECHNUNG = "factur-x.xml", "xrechnung.xml"


def with_xml(pdf: bytes, xml: bytes, letter: dict[str, Any]) -> bytes:
    """The PDF with the e-invoice in it. check_schematron must stay False: True asks a Saxon server over HTTP."""
    about = f"{letter['title']} {letter['number']}"
    return bytes(
        generate_from_binary(
            pdf,
            xml,
            flavor="factur-x",
            level=LEVEL,
            check_xsd=False,  # it was, when the XML was made
            check_schematron=False,
            lang=f"{letter['language']}-{letter['region']}",
            afrelationship="alternative",
            pdf_metadata={
                "author": letter["seller"]["name"], "title": about, "subject": about, "keywords": "Factur-X, ZUGFeRD",
            },
        )
    )  # fmt: skip


def as_xrechnung(pdf: bytes) -> bytes:
    """The same under the names that ZUGFeRD gives to an XRechnung; factur-x does not write them."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    root = writer.root_object
    for attached in root["/AF"]:  # type: ignore[attr-defined]
        attached.get_object().update({NameObject(key): TextStringObject(XRECHNUNG) for key in ("/F", "/UF")})
    names = root["/Names"]["/EmbeddedFiles"]["/Names"]  # type: ignore[index]
    names[0] = TextStringObject(XRECHNUNG)
    marks = root["/Metadata"]
    assert isinstance(marks, StreamObject)
    marks.set_data(_renamed(marks.get_data()))
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def _renamed(marks: bytes) -> bytes:
    level = b"<fx:ConformanceLevel>%b</fx:ConformanceLevel>"
    named = marks.replace(FACTUR_X.encode(), XRECHNUNG.encode())
    return named.replace(level % b"EN 16931", level % b"XRECHNUNG")
