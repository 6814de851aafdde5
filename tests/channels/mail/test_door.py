"""The SMTP door over a real socket: nothing is lost, nobody else's mail is taken, nobody can hold us up."""

import smtplib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from bot.channels.mail.envelope import unseal
from bot.channels.mail.own import is_ours
from tests.channels.mail.letters import SUPPORT, Shelf, door, mail

SENDER = "max@kunde.example"


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def client(shelf: Shelf) -> Iterator[smtplib.SMTP]:
    with door(shelf.keep) as port, smtplib.SMTP("127.0.0.1", port, timeout=10) as connection:
        connection.ehlo()
        yield connection


def test_a_mail_is_kept_before_it_is_acknowledged(shelf: Shelf, client: smtplib.SMTP) -> None:
    shelf.open.clear()
    answers: list[object] = []
    sending = threading.Thread(target=lambda: answers.append(client.sendmail(SENDER, [SUPPORT], mail())))
    sending.start()
    time.sleep(0.1)
    assert answers == []  # no 250 while the store is busy
    shelf.open.set()
    sending.join(5)
    assert answers == [{}]
    assert len(shelf.mails) == 1


def test_the_mail_is_kept_as_received_with_its_envelope_above(shelf: Shelf, client: smtplib.SMTP) -> None:
    client.sendmail(SENDER, [SUPPORT, "support+abc@guichet.example"], mail())
    envelope, raw = unseal(shelf.mails[0].raw)
    assert raw == mail()
    assert envelope is not None
    assert (envelope.sender, envelope.recipients) == (SENDER, (SUPPORT, "support+abc@guichet.example"))


def test_the_null_path_of_a_bounce_is_taken(shelf: Shelf, client: smtplib.SMTP) -> None:
    client.sendmail("", [SUPPORT], mail())
    envelope, _ = unseal(shelf.mails[0].raw)
    assert envelope is not None
    assert envelope.sender == ""


def test_a_forged_envelope_inside_the_mail_is_only_text(shelf: Shelf, client: smtplib.SMTP) -> None:
    forged = (
        b"X-Guichet-Envelope: v1\r\nReturn-Path: <boss@kunde.example>\r\nX-Guichet-Arrived: 2020-01-01\r\n" + mail()
    )
    client.sendmail("evil@attacker.example", [SUPPORT], forged)
    envelope, raw = unseal(shelf.mails[0].raw)
    assert envelope is not None
    assert envelope.sender == "evil@attacker.example"
    assert raw == forged


def test_a_store_that_fails_means_try_later_and_tells_nothing(shelf: Shelf, client: smtplib.SMTP) -> None:
    shelf.failing = RuntimeError("password=hunter2 at /srv/db")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail(SENDER, [SUPPORT], mail())
    assert refused.value.smtp_code == 451
    assert b"hunter2" not in refused.value.smtp_error
    shelf.failing = None
    client.sendmail(SENDER, [SUPPORT], mail())  # the retry, on the same connection
    assert len(shelf.mails) == 1


def test_a_client_that_hangs_up_after_the_dot_does_not_tear_the_keeping(shelf: Shelf) -> None:
    with door(shelf.keep) as port:
        shelf.open.clear()
        with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
            for line in (b"EHLO a", b"MAIL FROM:<a@b.example>", b"RCPT TO:<support@guichet.example>", b"DATA"):
                raw.recv(2000)
                raw.sendall(line + b"\r\n")
            raw.recv(2000)
            raw.sendall(mail() + b".\r\n")
            assert shelf.asked.wait(5)
        time.sleep(0.1)  # the door has seen the end of the connection
        shelf.open.set()
        wait_until(lambda: len(shelf.mails) == 1)


@pytest.mark.parametrize(
    "address",
    [
        "x@elsewhere.example",
        "other@guichet.example",
        "support%x@guichet.example",
        "support@guichet.example@elsewhere.example",
        "supports@guichet.example",
    ],
)
def test_mail_for_others_is_refused_at_once(client: smtplib.SMTP, address: str) -> None:
    client.mail(SENDER)
    code, answer = client.rcpt(address)
    assert (code, answer[:5]) == (550, b"5.7.1")


@pytest.mark.parametrize(
    "path",
    ["<@a.example:support@guichet.example>", '<"support@guichet.example"@x.example>', "<support@guichet.example@x>"],
)
def test_old_routing_tricks_make_no_relay(client: smtplib.SMTP, path: str) -> None:
    client.mail(SENDER)
    code, answer = client.docmd(f"RCPT TO:{path}")
    assert (code, answer[:5]) == (550, b"5.7.1")


@pytest.mark.parametrize(
    "address", [SUPPORT, "SUPPORT@Guichet.Example", "support+token@guichet.example", "support+@guichet.example"]
)
def test_our_address_and_its_plus_forms_are_taken(client: smtplib.SMTP, address: str) -> None:
    client.mail(SENDER)
    assert client.rcpt(address)[0] == 250


def test_after_fifty_recipients_there_is_no_more_room(client: smtplib.SMTP) -> None:
    client.mail(SENDER)
    codes = [client.rcpt(f"support+{number}@guichet.example")[0] for number in range(55)]
    assert codes == [250] * 50 + [452] * 5


def test_somebody_who_tries_out_names_is_sent_away(client: smtplib.SMTP) -> None:
    client.mail(SENDER)
    codes = []
    with pytest.raises(smtplib.SMTPServerDisconnected):
        for number in range(200):
            codes.append(client.rcpt(f"name{number}@guichet.example")[0])
    assert codes == [550] * 99 + [421]


def test_thirty_mib_are_refused_and_the_next_mail_is_taken(shelf: Shelf, client: smtplib.SMTP) -> None:
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        client.sendmail(SENDER, [SUPPORT], b"x" * (30 * 1024 * 1024))  # smtplib declares SIZE
    assert refused.value.smtp_code == 552
    client.sendmail(SENDER, [SUPPORT], mail())
    assert len(shelf.mails) == 1


def test_an_undeclared_size_is_refused_at_the_dot(shelf: Shelf) -> None:
    with door(shelf.keep, size=200_000) as port, smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.helo()
        client.mail(SENDER)
        client.rcpt(SUPPORT)
        assert client.data(mail("x" * 70 + "\n") * 3000)[0] == 552
        assert client.noop()[0] == 250
    assert shelf.mails == []


def test_a_nul_in_the_sender_is_refused(client: smtplib.SMTP) -> None:
    code, _ = client.docmd("MAIL FROM:<a\x00b@kunde.example>")
    assert 500 <= code < 600


def test_the_greeting_names_no_version(shelf: Shelf) -> None:
    with door(shelf.keep) as port, socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        greeting = raw.recv(500)
    assert greeting.startswith(b"220 ")
    assert b"1.4" not in greeting
    assert b"Python" not in greeting


def test_too_many_commands_end_the_session(client: smtplib.SMTP) -> None:
    codes = [client.noop()[0] for _ in range(31)]
    assert codes == [250] * 30 + [421]


def test_too_many_connections_are_told_to_come_back(shelf: Shelf) -> None:
    with door(shelf.keep, connections=2) as port:
        first, second = (socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(2))
        assert first.recv(100).startswith(b"220")
        assert second.recv(100).startswith(b"220")
        with socket.create_connection(("127.0.0.1", port), timeout=5) as third:
            assert third.recv(100).startswith(b"421")
            assert third.recv(100) == b""
        first.close()
        second.close()
        wait_until(lambda: _greeted(port))


def _greeted(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as again:
        return again.recv(100).startswith(b"220")


def test_a_client_that_dawdles_in_data_is_cut_off(shelf: Shelf) -> None:
    with door(shelf.keep, timeout=0.3) as port, smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.ehlo()
        client.mail(SENDER)
        client.rcpt(SUPPORT)
        client.docmd("DATA")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.getreply()
    assert shelf.mails == []


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n\0.\r\n"], ids=repr
)
def test_a_wrong_end_of_data_smuggles_no_second_mail(shelf: Shelf, end: bytes) -> None:
    smuggled = (
        b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<support@guichet.example>\r\nDATA\r\nSubject: b\r\n\r\nb\r\n.\r\n"
    )
    with door(shelf.keep) as port, smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.ehlo()
        client.mail(SENDER)
        client.rcpt(SUPPORT)
        client.docmd("DATA")
        client.send(mail()[:-2] + end + smuggled)
        assert client.getreply()[0] == 250
        assert client.noop()[0] == 250
    assert len(shelf.mails) == 1


def test_the_same_mail_twice_has_the_same_key_and_another_body_another(shelf: Shelf, client: smtplib.SMTP) -> None:
    trace = b"Received: from a by b; Mon, 23 Nov 2026 09:00:0%d +0100\r\n"
    client.sendmail(SENDER, [SUPPORT], trace % 1 + mail())
    client.sendmail(SENDER, [SUPPORT], trace % 2 + mail())
    client.sendmail(SENDER, [SUPPORT], mail("Etwas anderes."))
    first, second, third = (stored.key for stored in shelf.mails)
    assert first == second != third


def test_mails_without_message_id_are_told_apart_by_their_bytes(shelf: Shelf, client: smtplib.SMTP) -> None:
    client.sendmail(SENDER, [SUPPORT], mail("eins", Message_ID=""))
    client.sendmail(SENDER, [SUPPORT], mail("zwei", Message_ID=""))
    client.sendmail(SENDER, [SUPPORT], mail("zwei", Message_ID=""))
    keys = [stored.key for stored in shelf.mails]
    assert keys[0] != keys[1] == keys[2]


def test_an_empty_mail_is_kept(shelf: Shelf, client: smtplib.SMTP) -> None:
    client.sendmail(SENDER, [SUPPORT], b"")
    assert len(shelf.mails) == 1


def test_one_connection_brings_many_mails(shelf: Shelf, client: smtplib.SMTP) -> None:
    for number in range(120):
        client.sendmail(SENDER, [SUPPORT], mail(f"Nummer {number}"))
    assert len({stored.key for stored in shelf.mails}) == 120


def test_an_address_of_another_alphabet_is_not_ours() -> None:
    assert not is_ours("suppоrt@guichet.example", {SUPPORT})  # a Cyrillic o


def wait_until(holds: "object", limit: float = 5.0) -> None:
    """Wait until something is so; fails when it does not come."""
    assert callable(holds)
    end = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
