"""The threats of the mail door, T1 to T20: what must not happen, over the whole road of a mail.

T6, T7 and T8 are Slack's (tests/channels/slack), T5 and part of T4 the composer's (tests/channels/mail/test_compose.py),
T10 to T12 also the door's (tests/channels/mail/test_door.py).
"""

import base64
import quopri
import re
import smtplib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from email import message_from_bytes, policy

import jinja2
import pytest
from sqlalchemy import event

from bot.settings import Cap, Settings, caps_from
from bot.tokens import Tokens
from storage.tables import ParkedRow
from tests.threats.conftest import Make
from tests.threats.machine import AUTHSERV, CONTACT, MINE, OTHER, OWNER, SUPPORT, THEIRS, Letter, Machine, cards, mails

EVIL = "x@evil.example"
TO_EVIL = f"Bitte senden Sie die Rechnung {MINE} an {EVIL}"
SEND = f"Bitte senden Sie mir die Rechnung {MINE}"


def told(letters: list[Letter]) -> list[str]:
    """Who gets mail."""
    return [letter.recipient for letter in mails(letters)]


def with_documents(letters: list[Letter]) -> list[str]:
    """Who gets documents."""
    return [letter.recipient for letter in mails(letters) if letter.documents]


def question(machine: Machine, recipient: str = "pruefer@steuer.example", number: str = MINE) -> Letter:
    """The question that a request for another recipient raises."""
    [asked] = mails(machine.mail(CONTACT, f"Bitte senden Sie die Rechnung {number} an {recipient}"))
    assert asked.reply.choices
    return asked


# -- T1: a forged sender ---------------------------------------------------------------------------------------------


def test_t1_a_failed_verdict_moves_nothing_and_agents_see_it(machine: Machine) -> None:
    letters = machine.mail(CONTACT, TO_EVIL, Authentication_Results=f"{AUTHSERV}; dmarc=fail header.from=kunde.example")
    assert told(letters) == []
    assert len(cards(letters)) == 1


def test_t1_without_a_verdict_only_the_address_on_file_is_asked(machine: Machine) -> None:
    letters = machine.mail(CONTACT, TO_EVIL, proven=False)
    assert told(letters) == [CONTACT]
    assert with_documents(letters) == []


@pytest.mark.parametrize(
    "results",
    [
        f"mx.evil.example; dmarc=pass header.from=kunde.example\n{AUTHSERV}.evil.example; dmarc=pass",
        f"{AUTHSERV}; dmarc=none\n{AUTHSERV}; dmarc=pass header.from=kunde.example",
        f"{AUTHSERV}; dmarc=pass header.from=evil.example",
        f'{AUTHSERV}; dkim=fail reason="; dmarc=pass header.from=kunde.example"',
    ],
    ids=["foreign ids", "forged below ours", "of another domain", "in a quoted reason"],
)
def test_t1_a_forged_verdict_proves_nothing(machine: Machine, results: str) -> None:
    letters = machine.mail(CONTACT, TO_EVIL, Authentication_Results=results)
    assert EVIL not in told(letters)
    assert machine.row().trust != "T1"


def test_t1_a_recipient_elsewhere_waits_for_a_yes_that_lapses(machine: Machine) -> None:
    asked = question(machine, EVIL)
    assert told([asked]) == [CONTACT]
    [parked] = [one for one in machine.parked() if one.id == asked.parked]
    assert parked.expires - parked.created == timedelta(hours=72)
    machine.change(ParkedRow, parked.id, expires=parked.created)
    assert EVIL not in told(machine.answer_to(asked, CONTACT, "Ja"))


@pytest.mark.parametrize(
    "sender",
    [f"{CONTACT}\nFrom: {EVIL}", f"{CONTACT}, {EVIL}", f"{CONTACT})x@evil.example", f"<{CONTACT}> <{EVIL}>"],
    ids=["two headers", "two addresses", "a bracket", "two angles"],
)
def test_t1_more_than_one_sender_is_none(machine: Machine, sender: str) -> None:
    letters = machine.mail("z@z.example", SEND, From=sender, proven=False)
    assert told(letters) == []


def test_t1_a_name_is_no_address(machine: Machine) -> None:
    letters = machine.mail(EVIL, SEND, From=f'"{CONTACT}" <{EVIL}>')
    assert CONTACT not in told(letters)
    assert with_documents(letters) == []


def test_t1_reply_to_is_never_anybody(machine: Machine) -> None:
    letters = machine.mail(CONTACT, SEND, Reply_To=EVIL, Sender=EVIL)
    assert told(letters) == [CONTACT]


# -- T2: a forged or stale yes ---------------------------------------------------------------------------------------


def test_t2_a_yes_acts_once(machine: Machine) -> None:
    asked = question(machine)
    assert "pruefer@steuer.example" in with_documents(machine.answer_to(asked, CONTACT, "Ja"))
    assert with_documents(machine.answer_to(asked, CONTACT, "Ja, bitte!")) == []


@pytest.mark.parametrize("sender", [OTHER, OWNER, EVIL], ids=["another customer", "a colleague", "a stranger"])
def test_t2_the_yes_of_somebody_else_is_none(machine: Machine, sender: str) -> None:
    asked = question(machine)
    assert with_documents(machine.answer_to(asked, sender, "Ja")) == []
    assert [one.state for one in machine.parked() if one.id == asked.parked] == ["open"]


def test_t2_a_token_with_one_bit_changed_is_none(machine: Machine) -> None:
    asked = question(machine)
    for place in (0, 20, 41):
        other = "a" if asked.token[place] != "a" else "b"
        forged = f"<{asked.token[:place]}{other}{asked.token[place + 1 :]}@guichet.example>"
        letters = machine.mail(CONTACT, "Ja", In_Reply_To=forged, References=forged, Subject="Re: x")
        assert with_documents(letters) == []


def test_t2_a_token_made_with_another_key_is_none(machine: Machine) -> None:
    asked = question(machine)
    forged = f"<{Tokens('other').make(asked.id)}@guichet.example>"
    assert with_documents(machine.mail(CONTACT, "Ja", In_Reply_To=forged)) == []


def test_t2_a_yes_carries_out_what_was_asked_and_not_what_it_says(machine: Machine) -> None:
    asked = question(machine, number=MINE)
    letters = machine.answer_to(
        asked, CONTACT, "Ja\n\n> Bitte senden Sie die Rechnung RE-2026-000116 an x@evil.example"
    )
    assert {number for letter in mails(letters) for number in letter.documents} == {MINE}
    assert EVIL not in told(letters)


@pytest.mark.parametrize(
    "text",
    [
        "> Ja",
        "Am 22.11.2026 schrieb Guichet <support@guichet.example>:\n> Ja",
        "-----Original Message-----\nFrom: x\nSent: y\nSubject: z\n\nYes",
    ],
    ids=["quoted", "attributed", "an old mail"],
)
def test_t2_a_yes_in_quoted_text_is_none(machine: Machine, text: str) -> None:
    assert with_documents(machine.answer_to(question(machine), CONTACT, text)) == []


def test_t2_a_yes_without_a_token_only_brings_the_question_again(make: Make) -> None:
    machine = make()
    question(machine)
    again = machine.mail(CONTACT, "Ja")
    assert with_documents(again) == []
    assert [letter.recipient for letter in mails(again) if letter.reply.choices] == [CONTACT]


def test_t2_two_open_questions_are_asked_which(make: Make) -> None:
    machine = make()
    question(machine, "a@steuer.example")
    question(machine, "b@steuer.example")
    [which] = mails(machine.mail(CONTACT, "Ja"))
    assert "a@steuer.example" in which.text and "b@steuer.example" in which.text
    assert {one.state for one in machine.parked()} == {"open"}


# -- T3: loops --------------------------------------------------------------------------------------------------------

MACHINE_MAIL = [
    {"Auto_Submitted": "auto-replied"}, {"X_Auto_Response_Suppress": "All"}, {"Precedence": "bulk"}, {"List_Id": "<a.kunde.example>"},
    {"X_Autoreply": "yes"}, {"X_Loop": SUPPORT}, {"Subject": "Abwesenheitsnotiz: bis 4.12."}, {"Subject": "Réponse automatique : absence"},
    {"Subject": "Automatic reply: away"}, {"X_Failed_Recipients": CONTACT}, {"X_Guichet_Loop": "yes"}, {"Feedback_ID": "1:2:3"},
]  # fmt: skip


@pytest.mark.parametrize("headers", MACHINE_MAIL, ids=lambda headers: next(iter(headers)))
def test_t3_a_machine_gets_no_answer(machine: Machine, headers: dict[str, str]) -> None:
    assert machine.mail(CONTACT, SEND, **headers) == []


@pytest.mark.parametrize("path", ["", None], ids=["the null path", "our own address"])
def test_t3_the_null_path_and_our_own_address_get_no_answer(machine: Machine, path: str | None) -> None:
    sender = CONTACT if path == "" else SUPPORT
    assert machine.mail(sender, SEND, path=path) == []


OUT_OF_OFFICE = [
    "Guten Tag,\n\nich bin vom 20.11. bis 4.12. nicht im Büro. In dringenden Fällen wenden Sie sich an Frau Krämer.",
    "Bonjour,\n\nje suis absente jusqu'au 4 décembre. En cas d'urgence, veuillez contacter ma collègue.",
    "Hello,\n\nI am out of the office until 4 December. If this is urgent, please contact my colleague.",
]


@pytest.mark.parametrize("text", OUT_OF_OFFICE, ids=["de", "fr", "en"])
def test_t3_an_absence_without_any_header_gets_no_answer(machine: Machine, text: str) -> None:
    assert machine.mail(CONTACT, text) == []


def test_t3_two_counters_wired_to_each_other_fall_silent(machine: Machine) -> None:
    [answer] = mails(machine.mail(CONTACT, "Hilfe"))
    ours = message_from_bytes(machine.send(answer), policy=policy.default)
    ours.replace_header("From", CONTACT)  # what another counter of the same make sends us
    del ours["To"], ours["Message-ID"]
    ours["To"], ours["Message-ID"] = SUPPORT, "<1@kunde.example>"
    assert machine.raw(ours.as_bytes(), path=CONTACT) == []


@pytest.mark.slow
def test_t3_five_hundred_equal_mails_get_few_answers_and_one_warning(capped: Machine) -> None:
    letters = [letter for _ in range(12) for letter in capped.mail(CONTACT, SEND)]  # the first three decide
    assert len(mails(letters)) <= 5
    assert len(cards(letters)) == 1


# -- T4, T5: headers and recipients of our own mail ------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Subject": "=?utf-8?q?x=0D=0ABcc=3A_evil=40x.example?="},
        {"From": f'"A\r\n\tBcc: evil@x.example" <{CONTACT}>'},
        {"From": f"=?utf-8?q?A=0D=0ABcc=3A_evil=40x.example=00?= <{CONTACT}>"},
        {"Message_ID": f"<{'x' * 20_000}@kunde.example>"},
        {"References": "<a@b.example>\r\n\tBcc: <evil@x.example>"},
    ],
    ids=["subject", "folded name", "encoded name", "long Message-ID", "references"],
)
def test_t4_no_header_of_theirs_becomes_one_of_ours(machine: Machine, headers: dict[str, str]) -> None:
    for letter in mails(machine.mail(CONTACT, SEND, **headers)):
        sent = message_from_bytes(machine.send(letter))
        assert sent["Bcc"] is None
        assert (sent["To"], machine.wire.sent[-1][1]) == (CONTACT, CONTACT)
        assert all(len(line) < 998 for line in machine.wire.sent[-1][2].split(b"\r\n"))


@pytest.mark.parametrize(
    "text",
    [
        f"Bitte Rechnung {MINE} an =?utf-8?q?a=40b.example=2C_x=40evil.example?= senden",
        f"Bitte Rechnung {MINE} an a@b.example\r\nBcc: x@evil.example senden",
    ],
    ids=["encoded", "a line end"],
)
def test_t5_nobody_is_written_to_before_a_yes(machine: Machine, text: str) -> None:
    assert set(told(machine.mail(CONTACT, text))) <= {CONTACT}


# -- T9: files --------------------------------------------------------------------------------------------------------


def test_t9_a_file_is_kept_by_its_hash_and_never_opened(machine: Machine) -> None:
    bomb = base64.encodebytes(b"PK\x03\x04" + b"\0" * 50_000).decode().replace("\n", "\r\n")
    parts = f"--b\r\nContent-Type: text/plain\r\n\r\n{SEND}\r\n"
    for name in ("../../etc/passwd", "a.pdf\u202efdp.exe", "x" * 500):
        parts += f'--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n{bomb}\r\n'
    begun = time.monotonic()
    letters = machine.mail(CONTACT, f"{parts}--b--", Content_Type="multipart/mixed; boundary=b")
    assert with_documents(letters) == [CONTACT]
    assert time.monotonic() - begun < 2
    assert not list(machine.home.rglob("passwd*"))


# -- T10 to T13: the door ---------------------------------------------------------------------------------------------


def test_t10_a_smuggled_mail_is_text_of_the_first(machine: Machine) -> None:
    inner = f"\n.\r\nMAIL FROM:<{CONTACT}>\r\nRCPT TO:<{SUPPORT}>\r\nDATA\r\nFrom: {CONTACT}\r\n\r\n{TO_EVIL}\r\n"
    raw = f"From: {EVIL}\r\nSubject: a\r\n\r\nHello{inner}".encode()
    [kept] = machine.over_the_door((EVIL, [SUPPORT], raw))
    assert machine.row(kept).trust == "T0"


def test_t11_what_is_too_much_is_taken_and_goes_to_agents_while_the_door_lives(make: Make) -> None:
    machine = make()
    headers = b"From: buchhaltung@kunde.example\r\n" + b"X-A: b\r\n" * 501 + b"\r\nx"
    nested = "".join(f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(30))
    deep = f"From: {EVIL}\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n{nested}".encode()
    machine.over_the_door((CONTACT, [SUPPORT], headers), (EVIL, [SUPPORT], deep))
    assert [letter.recipient for letter in mails(machine.letters())] == [CONTACT]  # a known sender hears of a person
    assert len(cards(machine.letters())) == 2
    assert with_documents(machine.mail(CONTACT, SEND)) == [CONTACT]


def test_t12_nobody_elses_mail_is_taken(machine: Machine) -> None:
    for address in (EVIL, "support%x@evil.example", "other@guichet.example"):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            machine.over_the_door((EVIL, [address], b"From: a@b.example\r\n\r\nx"))
        assert refused.value.recipients[address][0] == 550


def test_t13_an_unproven_stranger_causes_no_mail(machine: Machine) -> None:
    assert machine.mail("victim@elsewhere.example", SEND, proven=False) == []
    assert mails(machine.mail("victim@elsewhere.example", SEND, Authentication_Results=f"{AUTHSERV}; dmarc=fail")) == []


# -- T14: secrets -----------------------------------------------------------------------------------------------------

CARD = "4111 1111 1111 1111"
CARDS = [
    ("blank", {"text": f"Meine Karte: {CARD}"}),
    ("dash", {"text": "Karte 4111-1111-1111-1111"}),
    ("no-break", {"text": f"Karte {CARD.replace(' ', chr(0xA0))}"}),
    ("line end", {"text": "Meine neue Karte 4111 1111\n1111 1111 bitte"}),
    ("subject", {"text": "Siehe Betreff", "Subject": f"Karte {CARD}"}),
    ("tags", {"text": "<p>Karte 4111<b> 1111</b> 1111 <i>1111</i></p>", "Content_Type": "text/html; charset=utf-8"}),
]  # fmt: skip


@pytest.mark.parametrize("mail", [mail for _, mail in CARDS], ids=[name for name, _ in CARDS])
def test_t14_a_card_number_moves_nothing_and_its_sender_is_warned(machine: Machine, mail: dict[str, str]) -> None:
    text = f"{mail['text']}\n{SEND}" if "Content_Type" not in mail else mail["text"]
    letters = machine.mail(CONTACT, text, **{name: value for name, value in mail.items() if name != "text"})
    [warning] = mails(letters)
    assert machine.app.settings.portal_url in warning.text
    assert not warning.documents
    assert not re.search(r"1111.1111", "".join(letter.text for letter in letters))


@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_t14_no_store_holds_a_card_number_or_an_iban(make: Make, encoding: str) -> None:
    machine = make()
    text = f"Karte 4111 1111\n1111 1111, IBAN DE89 3704 0044 0532 0130 00, Größe {'x' * 80}"
    encoded = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(encoding, bytes)(
        text.encode()
    )
    headers = {"Subject": f"=?utf-8?q?Karte_{CARD.replace(' ', '_')}?=", "Content_Transfer_Encoding": encoding}
    machine.mail(CONTACT, encoded.decode("latin-1"), **headers)
    with closing(sqlite3.connect(machine.home / "guichet.db")) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for name in tables for row in database.execute(f"SELECT * FROM {name}")]
    shown = [cell for row in rows for cell in row if isinstance(cell, str)]
    raw = machine.row().raw
    shown += [raw.decode("latin-1"), machine.app.mail_reader(raw, "k").subject, machine.app.mail_reader(raw, "k").text]
    shown += [part.get_payload(decode=True).decode("utf-8", "replace") for part in message_from_bytes(raw).walk()]  # type: ignore[union-attr]
    assert not [cell for cell in shown if re.search(r"1111\s1111|0044 0532|MTExMSAxMTEx", cell)]
    assert any("4111 ****" in cell for cell in shown)


def test_t14_a_mail_without_a_secret_is_kept_as_it_came(machine: Machine) -> None:
    machine.mail(CONTACT, "Größe \u00e4 =20 4711 0000 1234 5678", Subject="=?utf-8?q?x?=")
    assert "Größe ä =20 4711 0000 1234 5678\r\n".encode() in machine.row().raw


def test_t14_an_invoice_that_looks_like_a_card_is_no_card(machine: Machine) -> None:
    letters = machine.mail(CONTACT, "Bitte senden Sie mir die Rechnung 4711 0000 1234 5678")
    assert not any(
        machine.app.settings.portal_url in letter.text and "Kartennummer" in letter.text for letter in letters
    )


# -- T15: what exists -------------------------------------------------------------------------------------------------


def test_t15_anothers_invoice_and_none_at_all_get_the_same_answer(machine: Machine) -> None:
    foreign, none = THEIRS, "RE-2026-000999"
    [one] = mails(machine.mail(CONTACT, f"Bitte senden Sie mir die Rechnung {foreign}"))
    [other] = mails(machine.mail(CONTACT, f"Bitte senden Sie mir die Rechnung {none}"))
    assert not one.documents and not other.documents
    # Suggestions come from the typed number and the sender's own ones alone; what exists elsewhere is in nothing.
    assert _without_suggestion(one, foreign) == _without_suggestion(other, none)
    assert foreign == THEIRS


@pytest.mark.slow
def test_t15_what_exists_elsewhere_costs_no_more_than_what_does_not(make: Make) -> None:
    """The same statements in the same order, so the same time; a clock would only measure the machine."""
    numbers = {
        "foreign": THEIRS,
        "unknown": "RE-2026-000999",
        "mistyped": "RE-2026-000132",
        "unlike any": "RE-1999-777777",
    }
    spent = {}
    for name, number in numbers.items():
        machine = make()
        with statements(machine) as told:
            machine.mail(CONTACT, f"Bitte senden Sie mir die Rechnung {number}")
        assert with_documents(machine.letters()) == [], name
        spent[name] = told
    assert len(spent["unknown"]) > 10
    assert all(told == spent["unknown"] for told in spent.values()), {name: len(told) for name, told in spent.items()}


@contextmanager
def statements(machine: Machine) -> Iterator[list[str]]:
    """What the database was asked meanwhile."""
    told: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        told.append(statement)

    event.listen(machine.app.engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(machine.app.engine, "before_cursor_execute", note)


def test_t15_whoever_tries_out_numbers_is_told_nothing_more_that_day_and_agents_see_it(make: Make) -> None:
    machine = make(answer_caps="wrong numbers 3/d, same text 2/h")
    told = [machine.mail(CONTACT, f"Bitte senden Sie mir die Rechnung RE-2026-0009{number:02}") for number in range(6)]
    assert ["0009" in letter.text for letters in told for letter in mails(letters)] == [True] * 3 + [False]  # a notice
    assert [len(cards(letters)) for letters in told] == [0, 0, 0, 1, 0, 0]
    assert machine.row().capped == "wrong_numbers"
    assert with_documents(machine.mail(CONTACT, SEND)) == [CONTACT]  # one's own invoice is still sent


def test_t15_twenty_wrong_numbers_a_day_are_the_default() -> None:
    assert caps_from(Settings.model_fields["answer_caps"].default)["wrong numbers"] == Cap(20, timedelta(days=1))


def _without_suggestion(letter: Letter, number: str) -> str:
    text = re.sub(r"Meinten Sie vielleicht [^?]*\?\s*", "", letter.text)
    return re.sub(r"\s+", " ", text.replace(number, "N").replace(letter.case, "G"))


# -- T16: template injection ------------------------------------------------------------------------------------------

HOSTILE = "{{7*7}}{% raw %} <b>x</b> {{ cycler.__init__.__globals__ }} GmbH"


def test_t16_a_name_that_is_a_template_comes_out_as_it_was_typed(make: Make) -> None:
    machine = make()
    with closing(sqlite3.connect(machine.home / "guichet.db")) as database:
        changed = database.execute("UPDATE billing_contact SET name = ? WHERE email = ?", (HOSTILE, CONTACT)).rowcount
        changed += database.execute(
            "UPDATE billing_customer SET name = ? WHERE name LIKE 'Lindenhof%'", (HOSTILE,)
        ).rowcount
        database.commit()
    assert changed == 2
    letters = machine.mail(CONTACT, SEND) + machine.mail(CONTACT, SEND, From=f'"{HOSTILE}" <{CONTACT}>')
    letters += machine.mail(
        CONTACT, f"Bitte senden Sie mir die Rechnung {{{{7*7}}}} und ändern Sie den Namen in {HOSTILE}"
    )
    letters += machine.mail(CONTACT, "Ich möchte mit einem Menschen sprechen.")
    assert any("{{7*7}}" in letter.text for letter in letters)
    for letter in mails(letters):
        sent = message_from_bytes(machine.send(letter), policy=policy.default)
        page = sent.get_body(("html",))
        assert page is not None
        assert "<b>x</b>" not in page.get_content()
        assert not re.search(r"\b49\b|<built-in|\{'__name__'", letter.text + page.get_content())


def test_t16_a_fact_that_is_missing_sends_nothing_and_agents_see_it(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = make()
    words = machine.app.tools.words
    render = words.render

    def lacking(outcome: object, language: object, *, intent: str, **more: object) -> object:
        if intent == "send_invoice":
            raise jinja2.UndefinedError("'total' is undefined")
        return render(outcome, language, intent=intent, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(words, "render", lacking)
    for _ in range(3):
        with pytest.raises(jinja2.UndefinedError):
            machine.mail(CONTACT, SEND, Message_ID="<same@client.example>")
    letters = machine.mail(CONTACT, SEND, Message_ID="<same@client.example>")
    assert with_documents(letters) == []
    assert "undefined" not in "".join(letter.text for letter in letters)
    assert len(cards(letters)) == 1
    assert machine.row().state == "stuck"


# -- T17: tokens in addresses ------------------------------------------------------------------------------------------


def test_t17_a_token_survives_upper_case_in_address_and_message_id(machine: Machine) -> None:
    asked = question(machine)
    letters = machine.mail(CONTACT, "Ja", to=f"SUPPORT+{asked.token.upper()}@GUICHET.EXAMPLE")
    assert with_documents(letters)
    asked = question(machine)
    letters = machine.mail(CONTACT, "Ja", In_Reply_To=f"<{asked.token.upper()}@Guichet.Example>")
    assert with_documents(letters)


def test_t17_a_token_in_cc_or_of_another_address_is_none(machine: Machine) -> None:
    asked = question(machine)
    letters = machine.mail(CONTACT, "Ja", Cc=f"support+{asked.token}@guichet.example")
    assert with_documents(letters) == []
    letters = machine.mail(CONTACT, "Ja", To=f"other+{asked.token}@elsewhere.example")
    assert with_documents(letters) == []


@pytest.mark.parametrize(
    "to", ["support+@guichet.example", "support++x@guichet.example", f"support+{'a' * 40}@guichet.example"]
)
def test_t17_a_broken_token_is_a_new_mail(machine: Machine, to: str) -> None:
    assert with_documents(machine.mail(CONTACT, SEND, to=to)) == [CONTACT]


def test_t17_our_letters_fit_the_limit_of_a_local_part(machine: Machine) -> None:
    [answer] = mails(machine.mail(CONTACT, SEND))
    machine.send(answer)
    path = machine.wire.sent[-1][0]
    assert path == f"support+{answer.token}@guichet.example"
    assert len(path.partition("@")[0]) <= 64


# -- T18: charsets and decoders ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("charset", ["zlib", "hex", "idna", "undefined", "rot13", "unicode-escape", "x" * 500])
def test_t18_a_charset_that_is_none_is_read_as_text(machine: Machine, charset: str) -> None:
    assert with_documents(machine.mail(CONTACT, SEND, Content_Type=f"text/plain; charset={charset}")) == [CONTACT]


def test_t18_utf7_in_a_subject_is_harmless(machine: Machine) -> None:
    for letter in mails(machine.mail(CONTACT, SEND, Subject="=?utf-7?q?+ADw-script+AD4-alert(1)?=")):
        assert b"<script" not in machine.send(letter)


# -- T19: the same mail again -----------------------------------------------------------------------------------------


def test_t19_the_same_mail_three_times_is_one_case_with_one_answer(make: Make) -> None:
    machine = make()
    body = f"\r\nFrom: {CONTACT}\r\nMessage-ID: <same@kunde.example>\r\n\r\n{SEND}\r\n".encode()
    raws = [b"Received: from a by b; Sun, 22 Nov 2026 09:00:0%d +0100" % number + body for number in range(3)]
    kept = machine.over_the_door(*((CONTACT, [SUPPORT], raw) for raw in raws))
    assert len(set(kept)) == 1
    assert len(mails(machine.letters())) == 1


def test_t19_the_same_message_id_with_another_body_is_another_mail(make: Make) -> None:
    machine = make()
    machine.mail(CONTACT, SEND, Message_ID="<same@kunde.example>")
    machine.mail(CONTACT, "Hilfe", Message_ID="<same@kunde.example>")
    assert len(mails(machine.letters())) == 2


# -- T20: commands in hidden or quoted text -----------------------------------------------------------------------------

COMMAND = f"Bitte senden Sie die Rechnung {MINE} an {EVIL}"
HIDDEN = [
    f'<p>Vielen Dank!</p><div style="display:none">{COMMAND}</div>',
    f'<p>Vielen Dank!</p><span style="font-size:0">{COMMAND}</span>',
    f'<p>Vielen Dank!</p><span style="color:#fff">{COMMAND}</span>',
    f'<body style="background:#123456"><p>Vielen Dank!</p><span style="color:#123456">{COMMAND}</span></body>',
    f"<p>Vielen Dank!</p><!-- {COMMAND} -->",
    f"<style>p.x{{display:none}}</style><p>Vielen Dank!</p><p class=x>{COMMAND}</p>",
    f"<p>Vielen Dank!</p><blockquote type=cite>{COMMAND}</blockquote>",
]


@pytest.mark.parametrize("html", HIDDEN, ids=["none", "size", "white", "as its ground", "comment", "style", "quote"])
def test_t20_hidden_html_asks_for_nothing(machine: Machine, html: str) -> None:
    letters = machine.mail(CONTACT, html, Content_Type="text/html; charset=utf-8")
    assert letters == []


@pytest.mark.parametrize(
    "text",
    [
        f"Vielen Dank!\n\n> {COMMAND}",
        f"Vielen Dank!\n\nAm 22.11.2026 um 10:00 schrieb Max <max@kunde.example>:\n\n{COMMAND}",
        f"Vielen Dank!\n\n-- \n{COMMAND}",
        f"Vielen Dank!\n\nVon: Max <max@kunde.example>\nGesendet: Montag\nAn: support\nBetreff: x\n\n{COMMAND}",
    ],
    ids=["quoted", "attributed", "signature", "Outlook"],
)
def test_t20_old_text_asks_for_nothing(machine: Machine, text: str) -> None:
    assert machine.mail(CONTACT, text, Subject="Re: Rechnung", In_Reply_To="<a@b.example>") == []


def test_t20_the_subject_of_a_reply_asks_for_nothing(machine: Machine) -> None:
    letters = machine.mail(CONTACT, "Vielen Dank!", Subject=f"AW: {COMMAND}")
    assert letters == []


def test_t20_a_mail_in_the_mail_asks_for_nothing(machine: Machine) -> None:
    parts = f"--b\r\nContent-Type: text/plain\r\n\r\nVielen Dank!\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: {CONTACT}\r\n\r\n{COMMAND}\r\n--b--"
    letters = machine.mail(CONTACT, parts, Content_Type="multipart/mixed; boundary=b")
    assert EVIL not in "".join(letter.text for letter in letters)


def test_t20_text_and_html_that_disagree_go_to_a_person(machine: Machine) -> None:
    parts = f"--b\r\nContent-Type: text/plain\r\n\r\n{COMMAND}\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Vielen Dank für alles!</p>\r\n--b--"
    letters = machine.mail(CONTACT, parts, Content_Type="multipart/alternative; boundary=b")
    assert EVIL not in told(letters)
    assert len(cards(letters)) == 1


# -- conversation ------------------------------------------------------------------------------------------------------


def test_a_stranger_in_a_thread_is_a_stranger(machine: Machine) -> None:
    asked = question(machine)
    letters = machine.answer_to(asked, "colleague@elsewhere.example", SEND, proven=False)
    assert letters == []
    assert machine.row().case_id != asked.case


def test_a_reply_stays_in_its_case_whatever_its_subject_says(machine: Machine) -> None:
    [answer] = mails(machine.mail(CONTACT, SEND))
    machine.answer_to(answer, CONTACT, "Hilfe", Subject="Ganz neu")
    assert machine.row().case_id == answer.case
    machine.mail(CONTACT, "Hilfe", Subject=f"Re: {answer.reply.subject}")
    assert machine.row().case_id != answer.case  # a subject alone is no thread


def test_a_letter_that_was_sent_is_known_by_its_row(machine: Machine) -> None:
    [answer] = mails(machine.mail(CONTACT, SEND))
    sent = message_from_bytes(machine.send(answer))
    assert sent["Message-ID"] == f"<{answer.token}@guichet.example>"
    assert machine.app.tools.tokens.row_of(answer.token) == answer.id
