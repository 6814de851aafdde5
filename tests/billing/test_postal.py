"""Addresses in one line, as people write them in eight countries, and on an invoice."""

import pytest

from billing import Address
from billing.postal import Written, country_behind, is_postcode, lines, read

READ = [
    ("DE", "Gartenstraße 12, 79098 Freiburg", Written(Address("Gartenstraße 12", "", "79098", "Freiburg"))),
    ("DE", "Hinterhaus, Gartenstr. 12a, 79098 Freiburg im Breisgau",
     Written(Address("Gartenstr. 12a", "Hinterhaus", "79098", "Freiburg im Breisgau"))),
    ("DE", "Gartenstraße 12\n79098 Freiburg\nDeutschland",
     Written(Address("Gartenstraße 12", "", "79098", "Freiburg"), "", "DE")),
    ("DE", "Gartenstraße 12, D-79098 Freiburg",
     Written(Address("Gartenstraße 12", "", "79098", "Freiburg"), "", "DE")),
    ("DE", "Postfach 10 05 20, 70004 Stuttgart", Written(Address("Postfach 10 05 20", "", "70004", "Stuttgart"))),
    ("DE", "c/o Meier KG, Am Markt 1, 28195 Bremen",
     Written(Address("Am Markt 1", "c/o Meier KG", "28195", "Bremen"))),
    ("DE", "Neu & Söhne GmbH, Am Markt 1, 28195 Bremen",
     Written(Address("Am Markt 1", "", "28195", "Bremen"), "Neu & Söhne GmbH")),
    ("DE", "Lindenhof Gartenbau GmbH, Am Markt 1, 28195 Bremen", Written(Address("Am Markt 1", "", "28195", "Bremen"))),
    ("DE", "Lindengasse 48, 1070 Wien, Österreich",
     Written(Address("Lindengasse 48", "", "1070", "Wien"), "", "AT")),
    ("DE", "Lindengasse 48, A-1070 Wien", Written(Address("Lindengasse 48", "", "1070", "Wien"), "", "AT")),
    ("DE", "Lindengasse 48, 1070 Wien", Written(Address("Lindengasse 48", "", "1070", "Wien"))),
    ("AT", "Fasangasse 26/3, 1030 Wien", Written(Address("Fasangasse 26/3", "", "1030", "Wien"))),
    ("CH", "Bahnhofstrasse 5, 8001 Zürich", Written(Address("Bahnhofstrasse 5", "", "8001", "Zürich"))),
    ("FR", "8, rue des Lilas, 31000 Toulouse", Written(Address("8 rue des Lilas", "", "31000", "Toulouse"))),
    ("FR", "12 bis rue Victor Hugo, Bâtiment C, 69002 Lyon",
     Written(Address("12 bis rue Victor Hugo", "Bâtiment C", "69002", "Lyon"))),
    ("FR", "Domaine des Sources, 11700 Azille", Written(Address("Domaine des Sources", "", "11700", "Azille"))),
    ("FR", "5 rue de la Paix, 75002 Paris, FRANCE",
     Written(Address("5 rue de la Paix", "", "75002", "Paris"), "", "FR")),
    ("GB", "12 High Street, Bristol BS1 4QS", Written(Address("12 High Street", "", "BS1 4QS", "Bristol"))),
    ("GB", "Unit 4, 12 High Street, Bristol, BS1 4QS",
     Written(Address("Unit 4", "12 High Street", "BS1 4QS", "Bristol"))),
    ("US", "500 Harbor Street, Suite 210, Boston, MA 02110",
     Written(Address("500 Harbor Street", "Suite 210", "02110", "Boston MA"))),
    ("NL", "Singelpoort 8, 2611 JX Delft", Written(Address("Singelpoort 8", "", "2611 JX", "Delft"))),
]  # fmt: skip


@pytest.mark.parametrize(("country", "text", "found"), READ, ids=[f"{row[0]} {row[1][:40]}" for row in READ])
def test_an_address_is_read_as_it_was_meant(country: str, text: str, found: Written) -> None:
    assert read(text, country, "Lindenhof Gartenbau GmbH") == found


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Gartenstraße 12", ("postcode", "city")),
        ("Freiburg", ("postcode", "city")),
        ("79098 Freiburg", ("street",)),
        ("Gartenstraße 12, 79098", ("city",)),
        ("Gartenstraße 12, Freiburg", ("postcode", "city")),
        ("Neu GmbH, 79098 Freiburg", ("street",)),
        ("", ("street", "postcode", "city")),
    ],
)
def test_what_is_missing_is_named(text: str, missing: tuple[str, ...]) -> None:
    assert read(text, "DE").missing == missing


ON_INVOICES = [
    ("DE", Address("Gartenstr. 12", "Hinterhaus", "79098", "Freiburg"), ("Gartenstr. 12", "Hinterhaus", "79098 Freiburg")),
    ("GB", Address("14 Quayside", "", "BS1 4QS", "Bristol"), ("14 Quayside", "Bristol", "BS1 4QS")),
    ("US", Address("500 Harbor Street", "Suite 210", "02110", "Boston"), ("500 Harbor Street", "Suite 210", "Boston 02110")),
]  # fmt: skip


@pytest.mark.parametrize(("country", "address", "printed"), ON_INVOICES, ids=[row[0] for row in ON_INVOICES])
def test_on_an_invoice_it_stands_as_in_its_country(country: str, address: Address, printed: tuple[str, ...]) -> None:
    assert lines(address, country) == printed


def test_a_postcode_has_the_form_of_its_country() -> None:
    assert is_postcode("79098", "DE")
    assert not is_postcode("1070", "DE")
    assert is_postcode("bs1 4qs", "GB")
    assert is_postcode("no idea", "JP")


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Neue Adresse:\nBahnhofstrasse 5\n8001 Zürich\nSchweiz\n\nFreundliche Grüße", "CH"),
        ("Neue Adresse: Bahnhofstrasse 5, 8001 Zürich, Schweiz.", "CH"),
        ("Bahnhofstrasse 5, 8001 Zürich (Suisse)", "CH"),
        ("Bahnhofstrasse 5, 8001 Zürich.", ""),
        ("Bahnhofstrasse 5, 8001 Zürich\n\nSchweiz ist schön", ""),
        ("Bahnhofstrasse 5, 8001 Zürich\nFreundliche Grüße", ""),
        ("Ja", ""),
    ],
)
def test_a_country_right_behind_the_address_belongs_to_it(text: str, country: str) -> None:
    assert country_behind(text, "Bahnhofstrasse 5, 8001 Zürich") == country
