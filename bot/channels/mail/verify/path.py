"""SPF: may this machine send for the domain of the envelope (RFC 7208)?"""

import ipaddress
import logging
from dataclasses import dataclass

import spf

from bot.channels.mail.envelope import Envelope
from bot.channels.mail.verify.lookups import Lookups, spf_asks

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PathResult:
    """The result in the words of RFC 7208 2.6, or "unknown" where we do not know which machine sent; whose it is."""

    verdict: str
    domain: str = ""


# Machines of one's own: behind a mail server of ours the real client is hidden, so SPF has nothing to say.
_OWN_NETS = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "::/127", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip


def check_path(envelope: Envelope | None, lookups: Lookups) -> PathResult:
    """Ask SPF for the envelope sender, or for the HELO name of a mail without one. Never raises."""
    if envelope is None or not is_public(envelope.client):
        return PathResult("unknown")
    domain = (envelope.sender or envelope.helo).rpartition("@")[2].rstrip(".").lower()
    if not domain or not (envelope.sender + envelope.helo).isascii():
        return PathResult("none", domain)
    return PathResult(spf_result(envelope.client, envelope.sender, envelope.helo, lookups), domain)


def spf_result(client: str, sender: str, helo: str, lookups: Lookups) -> str:
    """The result of RFC 7208, or "passes_everybody" for a policy that would let the whole world in. Never raises."""
    try:
        with spf_asks(lookups):
            query = spf.query(i=client, s=sender, h=helo)
            verdict = str(query.check()[0])
    except Exception as error:  # the library takes apart what strangers publish; whatever it trips over proves nothing
        log.warning("action=spf_failed error=%s", type(error).__name__)
        return "permerror"
    return "passes_everybody" if verdict == "pass" and query.mechanism in ("all", "+all") else verdict


def is_public(client: str) -> bool:
    """Whether an address is that of a machine on the net, not one of our own in front of us."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return not any(address.version == net.version and address in net for net in _OWN_NETS)
