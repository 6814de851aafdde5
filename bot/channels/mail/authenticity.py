"""Is the From address proven? Only what our own edge says counts, and only where it fits From exactly (RFC 8601)."""

import re
from dataclasses import dataclass

from bot.channels.mail.addresses import Mailbox, one_mailbox
from bot.channels.mail.mime import Part
from bot.channels.mail.verify.policy import aligned
from bot.messages import Authentication

_MOST = 16_000  # characters of one header
_RESULT = re.compile(r"\s*([\w-]{1,40})(?:/\d+)?\s*=\s*([\w-]{1,40})(.*)", re.DOTALL)
_PROPERTY = re.compile(r'([a-z]{1,20}\.[a-z0-9-]{1,40})\s*=\s*(?:"([^"]{0,500})"|([^\s;"]{1,500}))', re.IGNORECASE)
# RFC 5322 3.6, RFC 2045 3: a second one is a trick
_ONCE = (
    "from",
    "sender",
    "subject",
    "date",
    "message-id",
    "to",
    "reply-to",
    "content-type",
    "content-transfer-encoding",
)


@dataclass(frozen=True)
class _Result:
    method: str
    verdict: str
    properties: dict[str, str]


def sender_of(root: Part) -> tuple[Mailbox | None, str]:
    """The one mailbox of the one From header, or why there is none."""
    values = root.all("from")
    if len(values) != 1:
        return None, "from_missing" if not values else "from_repeated"
    mailbox = one_mailbox(values[0])
    return mailbox, "" if mailbox else "from_unusable"


def authenticate(root: Part, mailbox: Mailbox | None, trouble: str, trusted: str | None) -> Authentication:
    """The verdict on From, with its reasons as short codes. Without a trusted id nothing is ever proven."""
    flags = flags_of(root, mailbox)
    if mailbox is None:
        return Authentication("fail" if trouble == "from_repeated" else "none", (trouble, *flags))
    if repeated := repeated_in(root):
        return Authentication("none", (*repeated, *flags))
    if not trusted:
        return Authentication("none", ("no_trusted_authserv_id", *flags))
    header = next((value for value in root.all("authentication-results") if _authserv(value) == trusted.lower()), None)
    if header is None:
        return Authentication("none", ("no_authentication_results", *flags))
    verdict, reasons = judge(header, mailbox.address.rpartition("@")[2])
    return Authentication(verdict, (*reasons, *flags))


def repeated_in(root: Part) -> tuple[str, ...]:
    """The headers that stand more than once although they may not: two readers would read two mails."""
    return tuple(f"{name}_repeated" for name in _ONCE if len(root.all(name)) > 1)


def flags_of(root: Part, mailbox: Mailbox | None) -> tuple[str, ...]:
    """What people should see, though it changes no verdict."""
    reply_to = one_mailbox(root.header("reply-to"))
    if mailbox and reply_to and reply_to.address.rpartition("@")[2] != mailbox.address.rpartition("@")[2]:
        return ("reply_to_elsewhere",)
    return ()


def judge(header: str, domain: str) -> tuple[str, tuple[str, ...]]:
    """What the results in a header say about mail from a domain, with reasons."""
    results = _results(header)
    dmarc = [result for result in results if result.method == "dmarc"]
    if any(result.verdict == "fail" for result in dmarc):
        return "fail", ("dmarc_fail",)
    if any(_names_other(result, domain) for result in dmarc):
        return "none", ("dmarc_of_another_domain",)
    verdicts = {result.verdict for result in dmarc}
    if verdicts == {"pass"}:
        return "pass", ("dmarc_pass",)
    if verdicts - {"none", "bestguesspass"}:
        return "none", tuple(f"dmarc_{verdict}" for verdict in sorted(verdicts))
    proofs = [result for result in results if result.verdict == "pass" and _is_aligned(result, domain)]
    if proofs:
        return "pass", tuple(dict.fromkeys(f"{result.method}_aligned" for result in proofs))
    return "none", ("nothing_aligned",)


def _names_other(result: _Result, domain: str) -> bool:
    named = result.properties.get("header.from", "").rpartition("@")[2].rstrip(".").lower()
    return bool(named) and named != domain and not aligned(named, domain)


def _is_aligned(result: _Result, domain: str) -> bool:
    keys = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom", "smtp.helo")}.get(result.method, ())
    values = [result.properties[key] for key in keys if key in result.properties][:1]
    return any(aligned(value.rpartition("@")[2].rstrip(".").lower(), domain) for value in values)


def _authserv(value: str) -> str:
    return _plain(value).partition(";")[0].strip().partition(" ")[0].strip('"').lower()


def _plain(value: str) -> str:
    """Without comments, and with nothing in quotes that divides results: both may hold what a stranger wrote."""
    kept: list[str] = []
    quoted, depth, escaped = False, 0, False
    for sign in value[:_MOST]:
        if escaped or (sign == "\\" and (quoted or depth)):
            escaped = not escaped
        elif sign == '"' and not depth:
            quoted = not quoted
            kept.append(sign)
        elif sign in "()" and not quoted:
            depth = max(0, depth + (1 if sign == "(" else -1))
            kept.append(" ")
        elif not depth:
            kept.append("_" if quoted and sign in ";=" else sign)
    return "" if quoted or depth else re.sub(r"\s+", " ", "".join(kept)).strip()


def _results(header: str) -> list[_Result]:
    found = (_RESULT.fullmatch(piece) for piece in _plain(header).split(";")[1:])
    return [_Result(one[1].lower(), one[2].lower(), _properties(one[3])) for one in found if one]


def _properties(text: str) -> dict[str, str]:
    return {key.lower(): quoted or bare for key, quoted, bare in _PROPERTY.findall(text)}
