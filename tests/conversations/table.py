"""Sixty conversations, twenty a language: what is written turn by turn, and how things stand at the end.

`N1`, `N2`, `N3` are the customer's newest invoices, as the demo has them; `NOWHERE` is nobody's.
"""

from dataclasses import dataclass, field

from tests.conversations.drive import AWAY, LATER, NEW

TAX, BOOKS = "pruefer@steuer.example", "kanzlei@bilanz.example"


@dataclass(frozen=True)
class Row:
    """One conversation. `sent`: who got which documents; `core`: what changed there; the rest waits at the end."""

    name: str
    turns: tuple[str, ...]
    sent: dict[str, set[str]] = field(default_factory=dict)
    core: frozenset[str] = frozenset()
    asks: int = 0  # questions that wait for a yes
    agents: int = 0  # requests that lie with agents
    in_slack: tuple[str, ...] = ()  # where the turns differ there
    silent: bool = False  # nothing is said to the last turn


@dataclass(frozen=True)
class Customer:
    """Who writes."""

    id: str
    name: str
    address: str
    numbers: tuple[str, str, str]


LINDENHOF = Customer("K1001", "Lindenhof Gartenbau GmbH", "buchhaltung@kunde.example",
                     ("RE-2026-000123", "RE-2026-000116", "RE-2026-000101"))  # fmt: skip
JARDINS = Customer("K1008", "Les Jardins du Rhône SARL", "comptabilite@client.example",
                   ("RE-2026-000122", "RE-2026-000114", "RE-2026-000112"))  # fmt: skip
BRIGHT = Customer("K1013", "Brightwater Analytics Ltd", "accounts@customer.example",
                  ("RE-2026-000119", "RE-2026-000104", "RE-2025-000006"))  # fmt: skip
NOWHERE = "RE-2026-000987"


def _rows(who: Customer, said: dict[str, str]) -> list[Row]:
    """The same twenty stories, in one language's words."""
    n1, n2, _ = who.numbers
    me, short = who.address, n2.rpartition("-")[2].lstrip("0")
    send, yes = said["send an invoice"], said["yes"]
    elsewhere = said["send"].format(n1, TAX)
    return [
        Row("a bare number", (send, short), {me: {n2}}),
        Row("the second one", (send, said["second"]), {me: {n2}}),
        Row("the first and the second", (send, said["first and second"]), {me: {n1, n2}}),
        Row("the latest", (send, said["latest"]), {me: {n1}}),
        Row("a number, then another", (send, short, said["rather"].format(n1)), {me: {n1, n2}}),
        Row("a number that nobody knows, then the right one", (said["send me"].format(NOWHERE), said["meant"].format(n2)), {me: {n2}}),
        Row("the portal by a bare number", (said["portal"], n1), core=frozenset({"customer"})),
        Row("yes", (elsewhere, yes), {TAX: {n1}}),
        Row("no", (elsewhere, said["no"])),
        Row("another number, then yes", (elsewhere, said["rather"].format(short), yes), {TAX: {n2}}),
        Row("another recipient, then yes", (elsewhere, said["to instead"].format(BOOKS), yes), {BOOKS: {n1}}),
        Row("cancel that", (elsewhere, said["cancel that"])),
        Row("yes with an extra wish", (elsewhere, said["yes and"].format(n2)), {TAX: {n1}, me: {n2}}),
        Row("an out-of-office is no yes", (elsewhere, AWAY + yes), asks=1),
        Row("a yes that is too late, then in time", (elsewhere, LATER, yes, yes), {TAX: {n1}}),
        Row("two questions, one yes", (said["send two"].format(n1, TAX, n2, BOOKS), yes), {TAX: {n1}}, asks=1,
            in_slack=(said["send two"].format(n1, TAX, n2, BOOKS), yes, said["first"])),
        Row("a yes in a new mail, two wait: the second", (elsewhere, NEW + said["send"].format(n2, BOOKS), NEW + yes, "2"),
            {BOOKS: {n2}}, asks=1),
        Row("a name that was missing", (said["rename"], said["name"]), core=frozenset({"changes"}), agents=1),
        Row("a request is withdrawn", (said["rename to"], said["withdraw"]), core=frozenset({"changes"})),
        Row("thanks need no answer", (said["send me"].format(n1), said["thanks"]), {me: {n1}}, silent=True),
    ]  # fmt: skip


GERMAN = {
    "send an invoice": "Bitte senden Sie mir eine Rechnung", "send me": "Bitte senden Sie mir die Rechnung {}",
    "send": "Bitte senden Sie die Rechnung {} an {}", "send two": "Bitte senden Sie die Rechnung {} an {} und die Rechnung {} an {}",
    "second": "die zweite, bitte", "first and second": "Die erste und die zweite bitte", "first": "die erste", "latest": "Bitte die letzte Rechnung",
    "rather": "Nein, lieber {}", "meant": "Entschuldigung, ich meinte {}", "to instead": "Nein, bitte an {}", "portal": "Bitte aktivieren Sie unser Kundenportal",
    "yes": "Ja", "no": "Nein, danke", "cancel that": "Vergessen Sie es bitte", "yes and": "Ja, bitte. Und senden Sie mir bitte auch die Rechnung {}.",
    "rename": "Bitte ändern Sie unseren Firmennamen", "name": "Linden & Söhne Gartenbau AG", "rename to": "Wir heißen jetzt Lindenhof Garten AG",
    "withdraw": "Wir ziehen den Antrag zurück", "thanks": "Vielen Dank!",
}  # fmt: skip
FRENCH = {
    "send an invoice": "Merci de m'envoyer une facture", "send me": "Merci de m'envoyer la facture {}",
    "send": "Merci d'envoyer la facture {} à {}", "send two": "Merci d'envoyer la facture {} à {} et la facture {} à {}",
    "second": "la deuxième, merci", "first and second": "La première et la deuxième", "first": "la première", "latest": "La dernière facture, s'il vous plaît",
    "rather": "Non, plutôt la {}", "meant": "Pardon, je voulais dire {}", "to instead": "Non, plutôt à {}", "portal": "Merci d'activer notre portail client",
    "yes": "Oui", "no": "Non, merci", "cancel that": "Laissez tomber, merci", "yes and": "Oui, merci. Et merci de m'envoyer aussi la facture {}.",
    "rename": "Merci de modifier le nom de notre société", "name": "Jardins et Terrasses SAS", "rename to": "Notre société s'appelle désormais Jardins du Rhône SAS",
    "withdraw": "Nous retirons notre demande", "thanks": "Merci beaucoup !",
}  # fmt: skip
ENGLISH = {
    "send an invoice": "Please send me an invoice", "send me": "Please send me invoice {}",
    "send": "Please send invoice {} to {}", "send two": "Please send invoice {} to {} and invoice {} to {}",
    "second": "the second one, please", "first and second": "The first and the second, please", "first": "the first one", "latest": "The latest invoice, please",
    "rather": "No, {} rather", "meant": "Sorry, I meant {}", "to instead": "No, to {} instead", "portal": "Please activate our customer portal",
    "yes": "Yes", "no": "No, thank you", "cancel that": "Cancel that, please", "yes and": "Yes, please. And please also send me invoice {}.",
    "rename": "Please change our company name", "name": "Brightwater Group plc", "rename to": "Our company is now called Brightwater Insight Inc.",
    "withdraw": "We withdraw our request", "thanks": "Thank you very much!",
}  # fmt: skip

CONVERSATIONS = [
    (language, who, row)
    for language, who, said in (("de", LINDENHOF, GERMAN), ("fr", JARDINS, FRENCH), ("en", BRIGHT, ENGLISH))
    for row in _rows(who, said)
]
