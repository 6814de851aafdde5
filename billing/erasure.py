"""What of a contact's data may go, and what stays: each record that is kept has a reason of the law.

A contact is a person whom the customer named to us. What we hold of them for writing to the customer goes as soon as
the person wants it (GDPR art. 17(1)), unless the customer could then not be reached any more while a contract runs or
money is owed (art. 6(1)(b)). Books and business letters stay as they are (art. 17(3)(b)):

- finalised invoices and credit notes, with the address that they froze: § 147(1) no. 4 and (3) AO, § 257(1) no. 4 and
  (4) HGB, § 14b UStG (eight years, since 2025); art. L. 123-22 code de commerce (ten years);
- what was filed with us as a business letter and our decision on it: § 257(1) no. 2 and 3 HGB, § 147(1) no. 2 and 3 AO
  (six years); art. L. 123-22 code de commerce (ten years, as a supporting document).

The first results of writes, kept against doing a thing twice, may name a contact, too: they are dropped after thirty
days, within the month of art. 12(3).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from billing import rules
from billing.matters import Dispute, Proof
from billing.values import ChangeRequest, Customer, Invoice, Quote, Subscription, SubscriptionState

ERASED = "erased"


class KeptBecause(StrEnum):
    """Why a record stays."""

    CONTRACT = "contract"  # nobody else can be reached about what still runs or is owed
    BOOKS = "books"  # vouchers of the accounts
    LETTERS = "letters"  # business letters, and what was decided on them


@dataclass(frozen=True)
class Kept:
    """A record that stays although it names the person."""

    record: str  # "invoice RE-2026-000123"
    why: KeptBecause


@dataclass(frozen=True)
class Erasure:
    """What became of a contact's data at one customer. It names nobody."""

    customer_id: str
    erased: bool  # the contact is gone; else it is in `kept`
    kept: tuple[Kept, ...]


@dataclass(frozen=True)
class Held:
    """What a core holds of one customer, as far as it may name a contact."""

    customer: Customer
    subscriptions: tuple[Subscription, ...]
    invoices: tuple[Invoice, ...]
    quotes: tuple[Quote, ...]
    filed: tuple[ChangeRequest | Proof | Dispute, ...]

    def without(self, email: str) -> tuple[Customer, Erasure]:
        """The customer as it may be without this contact, and what stays. Nothing is changed."""
        wanted = email.strip().casefold()
        stays = self._only_one(wanted) and self._runs()
        kept = [Kept(f"contact of {self.customer.id}", KeptBecause.CONTRACT)] if stays else []
        kept += self._papers(wanted)
        customer = self.customer if stays else _without(self.customer, wanted)
        return customer, Erasure(self.customer.id, not stays, tuple(kept))

    def _only_one(self, wanted: str) -> bool:
        contacts = self.customer.contacts
        return bool(contacts) and all(contact.email.casefold() == wanted for contact in contacts)

    def _runs(self) -> bool:
        """Whether a contract runs, or money is owed by either side."""
        running = any(one.state != SubscriptionState.ENDED for one in self.subscriptions)
        return running or any(rules.is_issued(one) and one.remaining.minor != 0 for one in self.invoices)

    def _papers(self, wanted: str) -> Iterator[Kept]:
        for invoice in self.invoices:
            if rules.is_issued(invoice) and wanted in _folded((invoice.buyer.email, invoice.buyer.contact)):
                yield Kept(f"invoice {invoice.number}", KeptBecause.BOOKS)
        for quote in self.quotes:
            if wanted in _folded((quote.requested_by, quote.buyer.email, quote.buyer.contact)):
                yield Kept(f"quote {quote.number or quote.id}", KeptBecause.LETTERS)
        for one in self.filed:
            if one.requested_by.id.casefold() == wanted:
                yield Kept(f"{_KINDS[type(one)]} {one.id}", KeptBecause.LETTERS)


_KINDS: dict[type[ChangeRequest | Proof | Dispute], str] = {
    ChangeRequest: "change request", Proof: "payment proof", Dispute: "dispute",
}  # fmt: skip


def _without(customer: Customer, wanted: str) -> Customer:
    return replace(
        customer,
        contacts=tuple(one for one in customer.contacts if one.email.casefold() != wanted),
        standing_recipients=tuple(one for one in customer.standing_recipients if one.casefold() != wanted),
    )


def _folded(addresses: Iterable[str]) -> set[str]:
    return {address.casefold() for address in addresses}
