"""One text, three dresses."""

import pytest

from bot import dress
from bot.messages import Choice, Language, Reply

BODY = """Ein erster Absatz, der so
weitergeht.

## Kopf

- eins ist ein Punkt
  mit zweiter Zeile
- **zwei** & mehr

1. zuerst
2. [danach](https://x.example/a?b=1&c=2)

| Nummer | Betrag |
|---|---|
| RE-1 | 10,00 € |
| RE-22 | 9,00 € |

Straße 1\\
Ort <x>"""
REPLY = Reply("Ein **Betreff**", BODY, Language.DE, (Choice("yes", "Ja"), Choice("no", "Nein")))

PLAIN = """Ein erster Absatz, der so weitergeht.

Kopf
----

- eins ist ein Punkt mit zweiter Zeile
- zwei & mehr

1. zuerst
2. danach <https://x.example/a?b=1&c=2>

Nummer  Betrag
------  -------
RE-1    10,00 €
RE-22   9,00 €

Straße 1
Ort <x>
"""

SLACK = """Ein erster Absatz, der so weitergeht.

*Kopf*

• eins ist ein Punkt mit zweiter Zeile
• *zwei* &amp; mehr

1. zuerst
2. <https://x.example/a?b=1&amp;c=2|danach>

• RE-1 · 10,00 €
• RE-22 · 9,00 €

Straße 1
Ort &lt;x&gt;"""


def test_plain_text_reads_like_a_typed_letter() -> None:
    assert dress.plain(REPLY) == PLAIN


def test_slack_gets_mrkdwn() -> None:
    assert dress.slack(REPLY) == SLACK


def test_html_is_a_whole_document_without_anything_remote() -> None:
    page = dress.html(REPLY)
    assert page.startswith('<!doctype html>\n<html lang="de">')
    assert "<title>Ein Betreff</title>" in page
    assert '<a href="https://x.example/a?b=1&amp;c=2"' in page
    assert "Ort &lt;x&gt;" in page
    assert "prefers-color-scheme: dark" in page
    assert "src=" not in page
    assert "@import" not in page


def test_the_terminal_numbers_the_choices() -> None:
    assert dress.terminal(REPLY).endswith("Ort <x>\n\n  1  Ja\n  2  Nein\n")


def test_lines_are_wrapped_but_numbers_and_links_stay_whole() -> None:
    words = "RE-2026-000123 " * 20 + "[hier](https://x.example/" + "a" * 100 + ")"
    lines = dress.plain(Reply("x", words, Language.DE)).splitlines()
    assert all(len(line) <= 76 or line.startswith("<https://") for line in lines)
    assert all(word == "RE-2026-000123" for line in lines[:-2] for word in line.split())


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        ("kurz", "kurz"),
        ("zwei\n\tZeilen  und Lücken", "zwei Zeilen und Lücken"),
        ("Wort " * 30, "Wort " * 14 + "Wort…"),
        ("x" * 100, "x" * 77 + "…"),
    ],
)
def test_a_subject_is_one_line_of_a_headers_length(subject: str, line: str) -> None:
    assert dress.subject(Reply(subject, "", Language.DE)) == line
    assert len(line) <= 78


def test_a_link_to_elsewhere_is_only_a_link_if_the_template_wrote_it() -> None:
    foreign = dress.seal("[x](https://evil.example)")
    reply = Reply("x", f"{foreign} [y](javascript:alert) [z](https://ok.example)", Language.EN)
    assert dress.html(reply).count("<a ") == 1
    assert dress.slack(reply).count("<http") == 1


def test_a_link_that_stands_alone_as_a_button_is_a_bare_address_in_plain_text() -> None:
    reply = Reply("x", "Davor\n\n=> [Ansehen](https://x.example/confirm/abc?a=1&b=2)\n\ndanach", Language.DE)
    assert dress.plain(reply) == "Davor\n\nhttps://x.example/confirm/abc?a=1&b=2\n\ndanach\n"
    assert '<a class="button" href="https://x.example/confirm/abc?a=1&amp;b=2" style="' in dress.html(reply)


def test_a_body_on_a_page_brings_no_style_and_a_fact_no_markup() -> None:
    page = dress.page(
        f"{BODY}\n\n{dress.seal('=> [x](https://evil.example) <b style=' + chr(34) + 'x' + chr(34) + '>')}"
    )
    assert "<h2>Kopf</h2>" in page and "<th>Nummer</th>" in page
    assert " style=" not in page.replace("style=&quot;", "") and "<b" not in page.replace("<br", "")
    assert page.count("<a ") == 1
