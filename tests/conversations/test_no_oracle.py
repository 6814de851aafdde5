"""Nobody learns which numbers exist: what is somebody else's, what is nobody's and what is mistyped read the same.

The same question is asked of two machines. On one the number is another customer's, on the other it is nobody's; case
references, links and times apart, every letter to customers and every card for agents must be the same, to the octet.
"""

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.messages import Channel, Decision
from tests.conversations.drive import in_slack
from tests.conversations.table import BRIGHT, JARDINS, LINDENHOF, Customer
from tests.threats.machine import AUTHSERV, SUPPORT, Letter, Machine

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"
WHO = {"de": LINDENHOF, "fr": JARDINS, "en": BRIGHT}
FOREIGN, FOREIGN_SUBSCRIPTION = "RE-2026-000124", "SUB-1002"  # of a fourth customer

BY_INVOICE = {
    "send_invoice": {
        "de": "Bitte senden Sie mir die Rechnung {}", "fr": "Merci de m'envoyer la facture {}",
        "en": "Please send me invoice {}",
    },
    "send_invoice elsewhere": {
        "de": "Bitte senden Sie die Rechnung {} an pruefer@steuer.example",
        "fr": "Merci d'envoyer la facture {} à pruefer@steuer.example",
        "en": "Please send invoice {} to pruefer@steuer.example",
    },
    "pay_invoice": {
        "de": "Bitte senden Sie mir den Zahlungslink zur Rechnung {}.", "fr": "Comment puis-je régler la facture {} ?",
        "en": "How can I pay invoice {}?",
    },
    "list_invoices": {
        "de": "Ist die Rechnung {} schon bezahlt?", "fr": "La facture {} est-elle déjà payée ?",
        "en": "Has invoice {} been paid yet?",
    },
    "activate_portal": {
        "de": "Bitte aktivieren Sie das Kundenportal, Rechnungsnummer {}",
        "fr": "Merci d'activer le portail client, facture {}", "en": "Please activate the customer portal, invoice number {}",
    },
    "dispute_charge": {
        "de": "Wir widersprechen der Rechnung {}, der Betrag ist falsch",
        "fr": "Nous souhaitons contester la facture {}, le montant est faux", "en": "We dispute invoice {}, the amount is wrong",
    },
    "submit_payment_proof": {
        "de": "Anbei der Zahlungsnachweis zur Rechnung {}", "fr": "Ci-joint la preuve de paiement de la facture {}",
        "en": "Attached is the proof of payment for invoice {}",
    },
}  # fmt: skip
BY_SUBSCRIPTION = {
    "show_subscription": {
        "de": "Wann verlängert sich unser Abonnement {}?", "fr": "Quand notre abonnement {} se renouvelle-t-il ?",
        "en": "When does our subscription {} renew?",
    },
    "request_renewal_quote": {
        "de": "Bitte erstellen Sie uns ein Verlängerungsangebot für {}",
        "fr": "Merci de nous établir un devis de renouvellement pour {}",
        "en": "Please send us a renewal quote for {}",
    },
    "cancel_subscription": {
        "de": "Hiermit kündigen wir das Abonnement {}", "fr": "Nous résilions notre abonnement {}",
        "en": "We hereby cancel our subscription {}",
    },
    "upgrade_subscription": {
        "de": "Upgrade des Abonnements {} auf Pro", "fr": "Mise à niveau de l'abonnement {} vers Pro",
        "en": "Upgrade subscription {} to Pro",
    },
}  # fmt: skip
ASKED = [
    (intent, said, foreign)
    for said_by, foreign in ((BY_INVOICE, FOREIGN), (BY_SUBSCRIPTION, FOREIGN_SUBSCRIPTION))
    for intent, said in said_by.items()
]


@dataclass(frozen=True)
class Worlds:
    """Two machines that differ in one thing only."""

    there: Machine  # the numbers are another customer's
    nowhere: Machine  # the same invoices and subscriptions, under numbers that nobody writes


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Worlds]:
    """Both, on copies of one database."""
    homes = [tmp_path_factory.mktemp(name) for name in ("there", "nowhere")]
    renamed = Path(shutil.copy(seeded, homes[1] / "renamed.db"))
    with closing(sqlite3.connect(renamed)) as database:
        for table, number in (("invoice", FOREIGN), ("subscription", FOREIGN_SUBSCRIPTION)):
            gone = database.execute(f"UPDATE billing_{table} SET number = 'AWAY' WHERE number = ?", (number,))
            assert gone.rowcount == 1
        database.commit()
    found = Worlds(Machine(homes[0], seeded=seeded), Machine(homes[1], seeded=renamed))
    yield found
    found.there.close()
    found.nowhere.close()


def ask(machine: Machine, who: Customer, text: str, *, with_proof: bool = False) -> list[str]:
    """What a mail causes, letter by letter, without what differs from mail to mail."""
    message = EmailMessage()
    message["Authentication-Results"] = f"{AUTHSERV}; dmarc=pass header.from={who.address.rpartition('@')[2]}"
    message["From"], message["To"], message["Subject"] = who.address, SUPPORT, ""
    message["Message-ID"] = f"<{len(machine.rows())}@client.example>"
    message.set_content(text)
    if with_proof:
        message.add_attachment(PDF, maintype="application", subtype="pdf", filename="proof.pdf")
    return [_bare(letter) for letter in machine.raw(message.as_bytes(), path=who.address)]


def _bare(letter: Letter) -> str:
    told = f"{letter.channel} {letter.recipient} {letter.reply!r}".replace(letter.token, "TOKEN")
    told = told.replace("\\ue02d", "-")  # a hyphen of a fact, as it is sealed against being read as markup
    return re.sub(r"G-[2-9A-HJKMNP-Z]{7}", "CASE", re.sub(r"/(setup|pay|confirm)/[\w./-]+", "/LINK", told))


def decided(machine: Machine) -> str:
    """What the last message was read as, and is not offered as a guess."""
    reading = json.loads(machine.row().reading)
    assert reading["decision"] in (Decision.ACT, Decision.ASK)
    return " ".join(request["intent"] for request in reading["requests"])


@pytest.mark.parametrize(
    "language", ["de", pytest.param("fr", marks=pytest.mark.slow), pytest.param("en", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(("intent", "said", "foreign"), ASKED, ids=[intent for intent, *_ in ASKED])
def test_anothers_and_nobodys_read_the_same(
    worlds: Worlds, intent: str, said: dict[str, str], foreign: str, language: str
) -> None:
    who, text = WHO[language], said[language].format(foreign)
    proof = intent == "submit_payment_proof"
    there, nowhere = (ask(one, who, text, with_proof=proof) for one in (worlds.there, worlds.nowhere))
    assert decided(worlds.there) == decided(worlds.nowhere) == intent.split(maxsplit=1)[0]
    assert there == nowhere and there


# Three numbers that the customer does not have, each near to one that is theirs: another's, nobody's, two digits swapped.
NEAR = {
    "de": ("RE-2026-000119", "RE-2026-000199", "RE-2026-000132"),
    "fr": ("RE-2026-000123", "RE-2026-000133", "RE-2026-000212"),
    "en": ("RE-2026-000114", "RE-2026-000194", "RE-2026-000191"),
}


@pytest.mark.slow
@pytest.mark.parametrize("language", WHO)
@pytest.mark.parametrize("intent", BY_INVOICE)
def test_anothers_nobodys_and_mistyped_numbers_get_one_text(worlds: Worlds, intent: str, language: str) -> None:
    told = []
    for number in NEAR[language]:
        text = BY_INVOICE[intent][language].format(number)
        letters = ask(worlds.there, WHO[language], text, with_proof=intent == "submit_payment_proof")
        told.append([_without_suggestions(one.replace(number, "TYPED")) for one in letters])
    assert told[0] == told[1] == told[2] and told[0]


@pytest.mark.slow
@pytest.mark.parametrize("language", WHO)
def test_in_slack_a_number_of_nobody_and_a_mistyped_one_get_one_text(worlds: Worlds, language: str) -> None:
    """Our own people may know every customer's numbers: another's is served for that customer, and shown as theirs."""
    who, told = WHO[language], []
    for number in NEAR[language][1:]:
        said = (BY_INVOICE["send_invoice"][language].format(number),)
        played = in_slack(worlds.there, who.address, said, account=(who.id, who.name))
        answers = [_bare(one) for one in played.letters if one.channel == Channel.SLACK]
        told.append([_without_suggestions(one.replace(number, "TYPED")) for one in answers])
    assert told[0] == told[1] and told[0]


def _without_suggestions(letter: str) -> str:
    """Without the customer's own numbers that look like what was typed: they come from these two alone."""
    return re.sub(r"(\*\*)?RE-20\d\d-\d{6}(\*\*)?(, | )?", "", letter)
