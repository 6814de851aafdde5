"""May this mail be answered at all? Bounces, our own mail, lists and machines are told from people.

The order is fixed: bounce, own, list, auto; the first that fits wins, and what fits none is a person's.
"""

import re
from collections.abc import Callable, Iterable

from bot.channels.mail.addresses import one_mailbox
from bot.channels.mail.mime import Part
from bot.messages import Kind

Verdict = tuple[Kind, str]

_DAEMON = re.compile(r"(?:mailer-?daemon|mdaemon|mail-daemon|maildaemon|smtp-daemon)(?:[+-].*)?$")
_POSTMASTER = re.compile(r"(?:postmaster|microsoftexchange[0-9a-f]{8,}|bounces?|mail-?delivery(?:-subsystem)?)(?:[+-].*)?$")
_NO_REPLY = re.compile(
    r"(?:.*[._+-])?(?:no[._-]?reply|do[._-]?not[._-]?reply|ne[._-]?pas[._-]?repondre|keine[._-]?antwort"
    r"|nicht[._-]?antworten|noreplies|no[._-]?response|pas[._-]?de[._-]?reponse)(?:[._+-].*)?$"
)
_LIST_SENDER = re.compile(r"(?:owner-.+|.+-request|.+-bounces?(?:[+=].*)?|.+-owner)$")
_BOUNCE_SUBJECT = re.compile(
    r"(?:undeliver(?:able|ed)\b|unzustellbar|nicht zustellbar|nicht zugestellt|delivery status notification|delivery (?:failure|has failed|failed)"
    r"|mail delivery (?:failed|failure|system)|failure notice|returned mail|mail system error|delivery report|warning: message .{0,60}delayed"
    r"|fehler bei der (?:nachrichten)?zustellung|zustellung fehlgeschlagen|nachricht nicht zustellbar|übermittlungsfehler|mail could not be delivered"
    r"|échec de (?:la )?(?:remise|distribution|livraison)|non remis|message non (?:remis|distribué|délivré)|non[- ]distribu|avis de non[- ]remise"
    r"|rapport de non[- ]remise|remise différée|message you sent .{0,60}(?:bounced|not delivered))",
    re.IGNORECASE,
)
_SURE_BOUNCE_SUBJECT = re.compile(
    r"undelivered mail returned to sender|mail delivery failed: returning message to sender|delivery status notification \(|failure notice$"
    r"|(?:undeliverable|unzustellbar|non remis|non remise)\s?:\s",
    re.IGNORECASE,
)
_BOUNCE_PROSE = re.compile(
    r"(?:hi\. this is the .{0,60}(?:qmail|program at)|this is the mail system at host|this message was created automatically by mail delivery software"
    r"|this message was created automatically by the mail system|your message did not reach some or all of the intended recipients"
    r"|ihre nachricht hat einige oder alle empfänger nicht erreicht|votre message n'est pas parvenu|delivery has failed to these recipients"
    r"|fehler bei der nachrichtenzustellung an folgende empfänger|échec de la remise pour ces destinataires|the original message was received at .{0,200}transcript of session"
    r"|the following (?:message|address(?:es)?) .{0,60}(?:undeliverable|had (?:permanent|delivery))|i'm sorry to have to inform you that your message could not be delivered"
    r"|delivery to the following recipients? failed|message from .{0,60}\. unable to deliver message to|your message wasn't delivered to)",
    re.IGNORECASE | re.DOTALL,
)
_AUTO_SUBJECT = re.compile(
    r"(?:\[?(?:auto|automatisch(?:e)?|automatique)\]?\s?:|auto[- ]?(?:reply|response|responder|matic reply|matic response|matisch)|automatic (?:reply|response|answer)|automated (?:reply|response)"
    r"|out[- ]of[- ](?:the[- ])?office|ooo\s?:|vacation (?:reply|notice|message)|away from (?:the |my )?office|on vacation\b|on (?:annual |maternity |parental )?leave\s*$|abwesenheit|abwesend\b|nicht im büro|nicht im hause?\b"
    r"|automatische (?:antwort|abwesenheit|rückantwort|eingangs|empfangs)|automatisierte antwort|autoantwort|urlaubs(?:notiz|benachrichtigung|vertretung|abwesenheit)|(?:ich bin )?(?:im|in) (?:urlaub|elternzeit)\s*[-:(!]"
    r"|réponse automatique|reponse automatique|message automatique|absence\s*(?:$|:|du bureau|du bureau|jusqu|pour |du \d|prolongée|[-–—])|absent(?:e)? (?:du bureau|jusqu|du \d)|message d'absence|notification d'absence|avis d'absence|en congé"
    r"|(?:gelesen|nicht gelesen|lu|non lu|read|not read|lesebestätigung|empfangsbestätigung|read receipt|return receipt|confirmation de lecture|accusé de (?:lecture|réception))\s*(?::|\()"
    r"|eingangsbestätigung|bestätigung des eingangs|we (?:have )?received your (?:request|message|e-?mail|ticket|inquiry)|your (?:request|ticket) (?:#|\(|\[|has been)|ticket (?:received|created|opened)"
    r"|accusé de réception|nous avons bien reçu votre (?:demande|message|mail|e-?mail)|ihre (?:anfrage|nachricht|e-?mail) ist (?:bei uns )?eingegangen|wir haben ihre (?:anfrage|nachricht|e-?mail) erhalten"
    r"|(?:accepted|declined|tentative|canceled|cancelled|invitation|updated invitation|zugesagt|abgelehnt|abgesagt|mit vorbehalt|einladung|terminabsage|accepté|refusé|provisoire|annulé|zusage|absage)\s?:\s"
    r"|.{0,80}\bverify#[\w-]{6,}|(?:please )?confirm your message|your e-?mail requires verification|whitelist request|sender verification)",
    re.IGNORECASE,
)
_PREFIXES = re.compile(r"(?:(?:re|aw|antw|antwort|wg|fwd?|tr|réf?|rép|r|sv|vs|\[ext(?:ern(?:al)?)?\]|\[spam\])\s?(?:\[\d+\])?\s?:?\s+)*", re.IGNORECASE)
_ABSENCE = re.compile(
    r"\b(?:bin|sind) .{0,80}(?:nicht im (?:büro|haus|hause|dienst)|abwesend|im urlaub|außer haus|ausser haus|nicht erreichbar|in elternzeit)"
    r"|\b(?:am|are|will be) .{0,60}(?:out of (?:the )?office|on (?:vacation|annual leave|holiday|leave)|away from)"
    r"|\bje (?:suis|serai) .{0,60}(?:absente?|en congés?|en vacances|en déplacement|hors du bureau)|\bcurrently out of (?:the )?office"
    r"|\bzur ?zeit nicht im (?:büro|haus)|\bactuellement absente?\b",
    re.IGNORECASE,
)
_ABSENCE_CLUE = re.compile(
    r"in dringenden? (?:fällen|angelegenheiten)|nicht weitergeleitet|wird (?:nicht|automatisch) (?:gelesen|weitergeleitet|bearbeitet)|nach meiner rückkehr|wieder (?:erreichbar|für sie da|im büro|zurück)"
    r"|bei dringend|vertret(?:ung|en mich)|wenden sie sich|urgent|en cas d'urgence|dès mon retour|à mon retour|de retour|limited access|upon my return|when i (?:return|get back)|i will (?:return|be back|respond|reply)|contact my colleague|meine e-?mails?",
    re.IGNORECASE,
)
_MARKS = frozenset((
    "x-autoreply", "x-autorespond", "x-autoresponse", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply", "x-auto-reply",
    "x-autogenerated", "x-auto-generated", "x-vacation", "x-fc-machinegenerated", "x-cron-env", "x-ms-exchange-generated-message-source",
))  # fmt: skip
_LIST_HEADERS = ("list-id", "list-unsubscribe", "list-post", "list-help", "mailing-list", "feedback-id", "x-mailman-version", "x-campaign-id")


def kind_of(root: Part, *, sender: str | None, subject: str, text: str, is_own: Callable[[str], bool], own_id: Callable[[str], bool]) -> Verdict:  # fmt: skip
    """Kind and reason. `sender` is the envelope sender, "" the null path, None unknown; `text` the new text."""
    addresses = _addresses(root, sender)
    rules: tuple[Callable[[], Verdict | None], ...] = (
        lambda: _bounce(root, addresses, sender, subject, text),
        lambda: _own(root, addresses, is_own, own_id),
        lambda: _list(root, addresses, subject),
        lambda: _auto(root, addresses, sender, subject, text),
    )
    return next((verdict for rule in rules if (verdict := rule())), (Kind.PERSON, ""))


def _addresses(root: Part, sender: str | None) -> tuple[str, ...]:
    """The addresses that say who wrote: From, Sender, and the envelope sender."""
    boxes = (one_mailbox(value) for value in root.all("from", "sender"))
    found = [box.address for box in boxes if box] + ([sender.lower()] if sender else [])
    return tuple(dict.fromkeys(found))


def _locals(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(address.rpartition("@")[0] for address in addresses)


def _bounce(root: Part, addresses: tuple[str, ...], sender: str | None, subject: str, text: str) -> Verdict | None:
    types = {part.media_type for part in root.walk()} | {_report_type(root)}
    if types & {"message/feedback-report", "message/disposition-notification", "feedback-report", "disposition-notification"}:
        return None  # a report, but of no delivery: `auto`
    if types & {"message/delivery-status", "message/global-delivery-status", "delivery-status"}:
        return Kind.BOUNCE, "delivery_status"
    if root.header("x-failed-recipients"):
        return Kind.BOUNCE, "failed_recipients"
    names = _locals(addresses)
    if any(_DAEMON.match(name) for name in names):
        return Kind.BOUNCE, "daemon"
    machine = sender == "" or any(_POSTMASTER.match(name) for name in names)
    bare = _PREFIXES.sub("", subject, count=1)
    if _SURE_BOUNCE_SUBJECT.match(subject) and (machine or _BOUNCE_PROSE.search(text[:3000])):
        return Kind.BOUNCE, "subject"
    if machine and (_BOUNCE_SUBJECT.match(bare) or _BOUNCE_PROSE.search(text[:3000])):
        return Kind.BOUNCE, "prose"
    if _BOUNCE_PROSE.match(text.lstrip()[:600]):
        return Kind.BOUNCE, "prose"
    if sender == "" and not _auto_marks(root) and not _AUTO_SUBJECT.match(bare):
        return Kind.BOUNCE, "null_path"
    return None


def _report_type(root: Part) -> str:
    found = re.search(r'report-type\s{0,5}=\s{0,5}"?([\w-]{1,60})', root.header("content-type")[:2000], re.IGNORECASE)
    return found[1].lower() if found and root.media_type == "multipart/report" else ""


def _own(root: Part, addresses: tuple[str, ...], is_own: Callable[[str], bool], own_id: Callable[[str], bool]) -> Verdict | None:
    if root.header("x-guichet-loop"):
        return Kind.OWN, "loop_header"
    if any(is_own(address) for address in addresses):
        return Kind.OWN, "own_address"
    if own_id(root.header("message-id")):
        return Kind.OWN, "own_message_id"
    if any(is_own(value.strip().strip("<>").lower()) for value in root.all("x-loop", "x-no-loop")):
        return Kind.OWN, "loop"
    return None


def _list(root: Part, addresses: tuple[str, ...], subject: str) -> Verdict | None:
    if name := next((name for name in _LIST_HEADERS if root.header(name).strip()), ""):
        return Kind.LIST, name
    if any(_LIST_SENDER.match(name) for name in _locals(addresses)):
        return Kind.LIST, "list_sender"
    if _precedence(root) & {"list"}:
        return Kind.LIST, "precedence"
    if _precedence(root) & {"bulk", "junk"} and not _auto_marks(root) and not _AUTO_SUBJECT.match(subject):
        return Kind.LIST, "precedence"
    return None


def _precedence(root: Part) -> set[str]:
    return {value.strip().lower() for value in root.all("precedence", "x-precedence")}


def _auto(root: Part, addresses: tuple[str, ...], sender: str | None, subject: str, text: str) -> Verdict | None:
    if reason := _auto_marks(root):
        return Kind.AUTO, reason
    names = _locals(addresses)
    if any(_NO_REPLY.match(name) or _POSTMASTER.match(name) or _DAEMON.match(name) for name in names):
        return Kind.AUTO, "no_reply_sender"
    if sender == "":
        return Kind.AUTO, "null_path"
    if _AUTO_SUBJECT.match(_PREFIXES.sub("", subject, count=1)):
        return Kind.AUTO, "subject"
    beginning = text[:1500]
    if _ABSENCE.search(beginning[:500]) and _ABSENCE_CLUE.search(beginning) and not re.search(r"\d{4,}", _without_dates(beginning)):
        return Kind.AUTO, "absence_text"
    return None


def _without_dates(text: str) -> str:
    """Without dates and telephone numbers: what numbers are left may name an invoice, and then a person asks."""
    return re.sub(r"\b20\d{2}\b|\+\d[\d\s/().-]{5,25}|\b0\d[\d\s/().-]{4,25}", " ", text)


def _auto_marks(root: Part) -> str:
    """The header, or the part, that says that a machine wrote."""
    submitted = {value.partition(";")[0].partition("(")[0].strip().lower() for value in root.all("auto-submitted")}
    if submitted - {"no", ""}:
        return "auto_submitted"
    if any(re.search(r"\b(?:all|oof|autoreply)\b", value, re.IGNORECASE) for value in root.all("x-auto-response-suppress")):
        return "auto_response_suppress"
    if root.header("x-ms-exchange-inbox-rules-loop"):
        return "inbox_rules_loop"
    if _precedence(root) & {"auto_reply", "auto-reply"}:
        return "precedence"
    if name := next((name for name, value in root.headers if name in _MARKS and value.strip().lower() not in ("no", "false")), ""):
        return name
    if root.header("x-amazon-mail-relay-type").strip().lower() == "notification":
        return "mail_relay_type"
    if any(value.strip().lower() in ("yes", "true") for value in root.all("x-loop", "x-no-loop")):
        return "loop"
    return _auto_parts(root)


def _auto_parts(root: Part) -> str:
    if root.media_type == "multipart/report":
        return "report"
    for part in root.walk():
        if part.media_type in ("message/feedback-report", "message/disposition-notification"):
            return part.media_type.partition("/")[2].replace("-", "_")
        if part.media_type == "text/calendar" and part.disposition != "attachment":
            return "calendar"
    return ""
