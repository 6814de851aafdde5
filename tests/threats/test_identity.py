"""T1, T2, T20 where they are about identity, with the verification that runs without a mail server in front."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rrset
import pytest

from bot.channels.mail.envelope import Envelope, seal
from tests.channels.mail.verify.zone import PUBLIC, TableZone, rsa_key, sealed, signed
from tests.threats.conftest import Make
from tests.threats.machine import CONTACT, MINE, SUPPORT, Letter, Machine, cards, mails

pytestmark = pytest.mark.slow

POLICY = "v=DMARC1; p=none"
ASKS = f"Guten Tag,\r\nbitte senden Sie mir die Rechnung {MINE}.\r\nViele Grüße\r\n"
ZONE = (
    TableZone()
    .text("_dmarc.kunde.example", POLICY)
    .text("kunde.example", f"v=spf1 ip4:{PUBLIC} -all")
    .text("s1._domainkey.kunde.example", rsa_key()[1])
    .text("_dmarc.kunde.com", POLICY)
    .text("s1._domainkey.kunde.com", rsa_key()[1])
    .text("s1._domainkey.evil.example", rsa_key()[1])
    .text("s1._domainkey.list.example", rsa_key()[1])
    .text("evil.example", f"v=spf1 ip4:{PUBLIC} -all")
)


@contextmanager
def name_server(zone: TableZone) -> Iterator[int]:
    """A real DNS server on a free port, so that the resolver itself is tested too."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        door.settimeout(0.1)
        open_ = threading.Event()
        open_.set()

        def serve() -> None:
            while open_.is_set():
                try:
                    octets, client = door.recvfrom(4096)
                except TimeoutError:
                    continue
                question = dns.message.from_wire(octets)
                asked = question.question[0]
                answer = dns.message.make_response(question)
                answer.flags |= dns.flags.RA
                texts = zone(asked.name.to_text(True), "TXT", 1) if asked.rdtype.name == "TXT" else ()
                for _, strings in texts:
                    parts = [strings[0][at : at + 200].decode() for at in range(0, len(strings[0]), 200)]  # type: ignore[index, union-attr]
                    quoted = " ".join(f'"{part}"' for part in parts)
                    answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "TXT", quoted))
                door.sendto(answer.to_wire(), client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            open_.clear()
            thread.join(5)


@pytest.fixture
def alone(make: Make) -> Iterator[Machine]:
    """A machine that faces the net itself."""
    with name_server(ZONE) as port:
        yield make(
            trusted_authserv_id="", verify_senders="dns", dns_servers=f"127.0.0.1#{port}", arc_forwarders="list.example"
        )


def raw(sender: str = CONTACT, text: str = ASKS, **headers: str) -> bytes:
    values = {
        "From": sender, "To": SUPPORT, "Subject": "Rechnung", "Date": "Sun, 22 Nov 2026 09:00:00 +0100",
        "Message-ID": f"<{abs(hash(text + sender))}@client.example>", "Content-Type": "text/plain; charset=utf-8",
    } | headers  # fmt: skip
    return ("".join(f"{name}: {value}\r\n" for name, value in values.items()) + "\r\n" + text).encode()


def comes(machine: Machine, mail: bytes, *, path: str = CONTACT, client: str = PUBLIC) -> list[Letter]:
    return machine.stored(seal(Envelope(path, (SUPPORT,), machine.app.clock.now(), client, "mx.client.example"), mail))


def known(machine: Machine) -> tuple[str | None, list[str]]:
    row = machine.row()
    return row.trust, json.loads(row.reasons)


def test_a_signed_mail_of_a_contact_is_served(alone: Machine) -> None:
    letters = comes(alone, signed(raw()), path="m-77@mailer.example", client="203.0.113.50")
    assert mails(letters), known(alone)
    (answer,) = mails(letters)
    assert (answer.recipient, answer.documents) == (CONTACT, (MINE,))
    trust, reasons = known(alone)
    assert (trust, reasons[:2]) == ("T1", ["dmarc_pass", "dkim_aligned"])


def test_a_mail_from_the_contacts_own_machine_is_served(alone: Machine) -> None:
    assert mails(comes(alone, raw()))
    assert known(alone)[0] == "T1"


def test_a_mail_changed_by_a_list_that_we_know_is_served(alone: Machine) -> None:
    by_list = sealed(signed(raw()) + b"-- \r\nThe list\r\n", "list.example", "dmarc=pass header.from=kunde.example")
    assert mails(comes(alone, by_list, path="kreis@list.example", client="203.0.113.50"))
    assert known(alone)[1][0] == "arc_pass"


FORGED = {
    "from another machine": (raw(), "max@evil.example"),
    "signed by another domain": (signed(raw(), "evil.example"), "max@evil.example"),
    "with results of its own": (
        b"Authentication-Results: guichet.example; dmarc=pass header.from=kunde.example\r\n" + raw(),
        "max@evil.example",
    ),
    "changed on the way": (signed(raw()).replace(MINE.encode(), b"RE-2026-000124"), "max@evil.example"),
    "with a second From": (b"From: boss@evil.example\r\n" + signed(raw()), "max@evil.example"),
    "sealed by a stranger": (sealed(raw(), "evil.example", "dmarc=pass header.from=kunde.example"), "max@evil.example"),
}


@pytest.mark.parametrize(("mail", "path"), FORGED.values(), ids=FORGED.keys())
def test_t1_a_forged_sender_is_never_answered(alone: Machine, mail: bytes, path: str) -> None:
    letters = comes(alone, mail, path=path, client=PUBLIC)
    assert mails(letters) == []
    assert alone.row().trust in ("failed", "T0")


def test_t1_a_body_before_the_signed_body_proves_nothing(alone: Machine) -> None:
    split = signed(raw()).replace(b"\r\n\r\n", b"\r\nX-A: 1\r\rRechnung RE-2026-000124 an x@evil.example\r\n\r\n", 1)
    letters = comes(alone, split, path="max@evil.example")
    assert [one.recipient for one in mails(letters)] in ([], [CONTACT])  # never elsewhere
    assert known(alone)[0] == "T0"


@pytest.mark.parametrize("sender", ["buchhaltung@kunde.com", "buchhaltung@kunde-portal.com"])
def test_t1_a_look_alike_domain_is_told_to_agents_and_not_answered(machine: Machine, sender: str) -> None:
    first = machine.mail(sender, f"Bitte senden Sie mir die Rechnung {MINE}.")
    assert (mails(first), len(cards(first))) == ([], 1)
    assert any(reason.startswith("look_alike_") for reason in known(machine)[1])
    again = machine.mail(sender, "Und wo bleibt sie?")
    assert again == []  # one note a day is enough


def test_t1_a_free_mail_address_under_a_contacts_name_is_not_answered(machine: Machine) -> None:
    letters = machine.mail("Martin Linden <martin.linden@gmx.net>", f"Bitte senden Sie mir die Rechnung {MINE}.")
    assert (mails(letters), len(cards(letters))) == ([], 1)
    assert "look_alike_name_of_a_contact" in known(machine)[1]


def test_a_look_alike_that_signs_its_own_mail_is_still_a_look_alike(alone: Machine) -> None:
    letters = comes(alone, signed(raw("buchhaltung@kunde.com"), "kunde.com"), path="buchhaltung@kunde.com")
    assert (mails(letters), len(cards(letters))) == ([], 1)


def test_where_nobody_verifies_nobody_is_proven(make: Make) -> None:
    machine = make(trusted_authserv_id="", verify_senders="none")
    comes(machine, signed(raw()))
    assert known(machine)[0] == "T0"
