"""The verdict on From, made here: SPF and DKIM against what the domain publishes, and forwarders that we know."""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bot.channels.mail.addresses import Mailbox
from bot.channels.mail.authenticity import flags_of, judge, repeated_in, sender_of
from bot.channels.mail.envelope import Envelope, unseal
from bot.channels.mail.mime import Part, headers_only
from bot.channels.mail.verify import lookups as dns
from bot.channels.mail.verify.chain import check_chain
from bot.channels.mail.verify.lookups import Lookups, LookupTrouble, Zone
from bot.channels.mail.verify.path import PathResult, check_path
from bot.channels.mail.verify.policy import DomainPolicy, aligned, policy_of
from bot.channels.mail.verify.signature import SignatureResult, check_signatures
from bot.domains import organisation
from bot.messages import Authentication, Inbound, Kind
from bot.ports import Reader

log = logging.getLogger(__name__)

_HEAD = re.compile(rb"(?:[\x21-\x39\x3b-\x7e]+:[^\r\n\0]*\r\n(?:[ \t][^\r\n\0]*\r\n)*)+(?:\r\n|\Z)")


@dataclass(frozen=True)
class Verifier:
    """Verifies mails, in any number of threads. `forwarders` are believed about what they found before they sealed."""

    zone: Zone
    forwarders: tuple[str, ...] = ()
    seconds: float = dns.SECONDS
    most: int = dns.MOST

    def __call__(self, raw: bytes) -> tuple[str, Authentication]:
        """The From address of a stored mail and what is proven about it. Never raises."""
        try:
            envelope, mail = unseal(raw)
            root = headers_only(mail)
            mailbox, trouble = sender_of(root)
            return mailbox.address if mailbox else "", self._verified(envelope, mail, root, mailbox, trouble)
        except Exception as error:  # whatever strangers send or publish, the answer is a verdict
            log.exception("action=verification_failed error=%s", type(error).__name__)
            return "", Authentication("none", ("verification_failed",))

    def _verified(
        self, envelope: Envelope | None, mail: bytes, root: Part, mailbox: Mailbox | None, trouble: str
    ) -> Authentication:
        flags = flags_of(root, mailbox)
        if mailbox is None:
            return Authentication("fail" if trouble == "from_repeated" else "none", (trouble, *flags))
        if doubts := repeated_in(root) or _head_doubts(mail):
            return Authentication("none", (*doubts, *flags))
        domain = mailbox.address.rpartition("@")[2]
        if not organisation(domain):
            return Authentication("none", ("from_domain_unregistered", *flags))
        verdict, reasons = self._judged(envelope, mail, domain)
        return Authentication(verdict, (*reasons, *flags))

    def _judged(self, envelope: Envelope | None, mail: bytes, domain: str) -> tuple[str, tuple[str, ...]]:
        lookups = Lookups(self.zone, seconds=self.seconds, most=self.most)
        try:
            policy = policy_of(domain, lookups)
        except LookupTrouble:
            return "none", ("dmarc_temperror",)
        asked = policy or DomainPolicy()
        signatures = check_signatures(
            mail, lookups, wanted=lambda signer: aligned(signer, domain, strict=asked.strict_dkim)
        )
        good = next((one for one in signatures if one.verdict == "pass"), None)
        if good:
            return "pass", (*_dmarc_pass(policy), "dkim_aligned", *(() if good.covers_type else ("type_unsigned",)))
        path = check_path(envelope, lookups)
        if path.verdict == "pass" and aligned(path.domain, domain, strict=asked.strict_spf):
            return "pass", (*_dmarc_pass(policy), "spf_aligned")
        details = tuple(_details(signatures, path))
        if sealers := self._vouched(mail, domain, lookups):
            return "pass", ("arc_pass", *(f"arc_via_{sealer}" for sealer in sealers), *details)
        if lookups.trouble:
            return "none", ("dns_temperror", *details)
        if policy is None:
            return "none", ("nothing_aligned", *details)
        if path.verdict == "unknown" and _spf_could_pass(envelope, domain):
            return "none", ("dmarc_undecided", *details)
        return "fail", ("dmarc_fail", *details)

    def _vouched(self, mail: bytes, domain: str, lookups: Lookups) -> tuple[str, ...]:
        """The forwarders that vouch for a mail, from the first to the last; () where not all of them do."""
        if not self.forwarders:
            return ()
        chain = check_chain(mail, lookups, self.forwarders)
        if chain.verdict != "pass" or judge(chain.first_results, domain)[0] != "pass":
            return ()
        return tuple(dict.fromkeys(chain.sealers))


def verified(read: Reader, verify: Callable[[bytes], tuple[str, Authentication]]) -> Reader:
    """A reader whose verdict on the sender is the built-in one. Only what a person wrote is worth a look-up."""

    def read_and_verify(raw: bytes, key: str) -> Inbound:
        inbound = read(raw, key)
        if inbound.kind is not Kind.PERSON or inbound.unread:
            return inbound
        sender, auth = verify(raw)
        if sender != inbound.sender:  # two readers, two senders: nobody is proven
            auth = Authentication("fail" if auth.verdict == "fail" else "none", ("sender_unclear", *auth.reasons))
        return replace(inbound, auth=auth)

    return read_and_verify


def _head_doubts(mail: bytes) -> tuple[str, ...]:
    """A head that readers may split differently: lone CR or LF, NUL, a line that is no header (mail.md, T10)."""
    return () if _HEAD.match(mail) else ("odd_head",)


def _dmarc_pass(policy: DomainPolicy | None) -> tuple[str, ...]:
    return ("dmarc_pass",) if policy else ()


def _details(signatures: tuple[SignatureResult, ...], path: PathResult) -> Iterator[str]:
    yield from dict.fromkeys(f"dkim_{one.verdict}" for one in signatures)
    if not signatures:
        yield "dkim_none"
    yield "spf_of_another_domain" if path.verdict == "pass" else f"spf_{path.verdict}"


def _spf_could_pass(envelope: Envelope | None, domain: str) -> bool:
    """Whether a mail server that saw the real client might have found an aligned pass."""
    if envelope is None:
        return True
    return aligned((envelope.sender or envelope.helo).rpartition("@")[2], domain)
