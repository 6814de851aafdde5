"""The desk: what customers ask for and agents decide. Portal, renewal quotes, changes of name and country."""

import hashlib
import secrets
from dataclasses import replace
from datetime import date, timedelta

from billing import rules
from billing.errors import (
    Ambiguous,
    Forbidden,
    InvalidState,
    NotEligible,
    NotFound,
    Stale,
    Unavailable,
    ValidationError,
)
from billing.idempotency import once
from billing.ledger import Ledger
from billing.values import (
    Activation,
    ActivationOutcome,
    Actor,
    ActorKind,
    ChangeRequest,
    ChangeSet,
    ChangeState,
    Customer,
    DocumentKind,
    Impact,
    Line,
    Money,
    Portal,
    Quote,
    QuoteState,
    Show,
    Subscription,
    SubscriptionKind,
    SubscriptionState,
)

CURRENT_QUOTE = (QuoteState.QUEUED, QuoteState.GENERATING, QuoteState.READY, QuoteState.ACCEPTED)


class Desk(Ledger):
    """The whole core: the ledger, and the desk in front of it."""

    # Renewal quotes

    @once
    def request_renewal_quote(
        self, customer_id: str, subscription: str | None = None, *, actor: Actor, idem: str
    ) -> Quote:
        """The one current quote for the next term."""
        customer = self.customer(customer_id)
        chosen = self._renewable(customer, subscription)
        mine = [q for q in self.quotes(customer_id) if _same_term(q, chosen)]
        if now := next((q for q in mine if q.state in CURRENT_QUOTE and not q.expired), None):
            return now
        for old in (q for q in mine if q.state == QuoteState.READY):
            self.store.save_quote(replace(old, state=QuoteState.SUPERSEDED))
        return self._queue(customer, chosen, actor)

    def _renewable(self, customer: Customer, number: str | None) -> Subscription:
        if customer.reseller_id:
            raise NotEligible("reseller")
        chosen = self._chosen(customer, number)
        if chosen.sold_by:
            raise NotEligible("reseller")
        if chosen.kind == SubscriptionKind.PERPETUAL or chosen.renews is None:
            raise NotEligible("perpetual")
        if chosen.state == SubscriptionState.ENDED or chosen.renews <= self.clock.today():
            raise NotEligible("ended")
        if chosen.renews > self.clock.today() + rules.RENEWAL_WINDOW:
            raise NotEligible("too_early")
        return chosen

    def _chosen(self, customer: Customer, number: str | None) -> Subscription:
        held = self.subscriptions(customer.id)
        if number is not None:
            return _one(held, rules.matching_numbers(number, (s.number for s in held)))
        renewable = [s for s in held if _may_renew(s)] or list(held)
        if not renewable:
            raise NotEligible("none")
        if len(renewable) > 1:
            raise Ambiguous("subscription", tuple(s.number for s in renewable))
        return renewable[0]

    def _queue(self, customer: Customer, subscription: Subscription, actor: Actor) -> Quote:
        assert subscription.renews is not None
        lines = (_renewal_line(subscription),)
        treatment = rules.tax_treatment(customer, self.documents.seller)
        net, tax, total = rules.amounts(lines, treatment, subscription.next_amount.currency)
        quote = Quote(
            id=f"Q{self.store.next_number('Q'):06d}", number=None, customer_id=customer.id,
            subscription=subscription.number, state=QuoteState.QUEUED, expired=False, valid_until=None,
            currency=total.currency, total=total, net=net, tax=tax, term_starts=subscription.renews,
            term_ends=rules.a_year_later(subscription.renews) - timedelta(days=1), requested_by=actor.id,
            lines=lines, treatment=treatment, buyer=rules.buyer(customer), language=customer.language,
        )  # fmt: skip
        self.store.save_quote(quote)
        return quote

    def due_quotes(self) -> tuple[Quote, ...]:
        """The quotes that wait to be made."""
        return self.store.queued_quotes()

    @once
    def finish_quote(self, quote_id: str, *, issued: date | None = None, actor: Actor, idem: str) -> Quote:
        """Make a queued quote ready."""
        quote = self.quote(quote_id)
        if quote.state == QuoteState.READY:
            return quote
        if quote.state not in (QuoteState.QUEUED, QuoteState.GENERATING, QuoteState.FAILED):
            raise InvalidState(quote.state, "finish_quote")
        return self._finish(quote, issued or self.clock.today())

    def _finish(self, quote: Quote, issued: date) -> Quote:
        seller = self.documents.seller
        series = f"{seller.quote_series}-{issued.year}"
        ready = replace(
            quote,
            number=f"{series}-{self.store.next_number(series):06d}",
            state=QuoteState.READY,
            issued=issued,
            valid_until=issued + timedelta(days=seller.quote_days),
        )
        self.store.keep_document(DocumentKind.QUOTE, quote.id, self.documents.quote(ready))
        self.store.save_quote(ready)
        return self._dated(ready)

    def generate_due_quotes(self, *, actor: Actor) -> tuple[Quote, ...]:
        """Make all quotes that wait; one that fails is marked and does not hold up the others."""
        made = [self._try(quote, actor) for quote in self.due_quotes()]
        return tuple(quote for quote in made if quote.state == QuoteState.READY)

    def _try(self, quote: Quote, actor: Actor) -> Quote:
        try:
            return self.finish_quote(quote.id, actor=actor, idem=f"system:{quote.id}:finish_quote:0")
        except Unavailable:
            failed = replace(quote, state=QuoteState.FAILED)
            self.store.save_quote(failed)
            return failed

    # The portal

    @once
    def activate_portal(self, customer_id: str, invoice_number: str, *, actor: Actor, idem: str) -> Activation:
        """Invite the customer to the portal, or again, or say that it is active."""
        customer = self.customer(customer_id)
        self._check_portal(customer)
        invoice = self.invoice(invoice_number, of=customer_id)
        if invoice is None or not rules.is_issued(invoice):
            raise NotFound("invoice", invoice_number)
        if customer.portal == Portal.ACTIVE:
            return Activation(ActivationOutcome.ALREADY_ACTIVE, None, _file_address(customer))
        return self._invite(customer)

    def _check_portal(self, customer: Customer) -> None:
        if customer.reseller_id:
            raise NotEligible("reseller")
        held = self.subscriptions(customer.id)
        if held and all(s.kind == SubscriptionKind.PERPETUAL for s in held):
            raise NotEligible("perpetual")
        if customer.portal == Portal.LOCKED:
            raise NotEligible("locked")

    def _invite(self, customer: Customer) -> Activation:
        address, token = _file_address(customer), secrets.token_urlsafe(24)
        again = customer.portal != Portal.NONE
        self.store.set_setup_token(customer.id, _sha256(token), self.clock.now())
        if not again:
            self._change(replace(customer, portal=Portal.INVITED, version=customer.version + 1))
        outcome = ActivationOutcome.RESENT if again else ActivationOutcome.INVITED
        return Activation(outcome, f"/setup/{token}", address)

    @once
    def resend_setup(self, customer_id: str, *, actor: Actor, idem: str) -> Activation:
        """Send a new set-up link."""
        customer = self.customer(customer_id)
        self._check_portal(customer)
        if customer.portal == Portal.NONE:
            raise InvalidState(customer.portal, "resend_setup")
        if customer.portal == Portal.ACTIVE:
            return Activation(ActivationOutcome.ALREADY_ACTIVE, None, _file_address(customer))
        return self._invite(customer)

    @once
    def finish_setup(self, token: str, *, actor: Actor, idem: str) -> Customer:
        """The end of the set-up page: the portal is active."""
        held = self.store.use_setup_token(_sha256(token))
        if held is None or self.clock.now() - held[1] > rules.SETUP_LINK_LIVES:
            raise NotFound("setup_link")
        customer = self.customer(held[0])
        return self._change(replace(customer, portal=Portal.ACTIVE, version=customer.version + 1))

    def _change(self, customer: Customer) -> Customer:
        if not self.store.change_customer(customer, seen=customer.version - 1):
            raise Stale(self.customer(customer.id).version)
        return customer

    # Changes that an agent decides

    @once
    def request_change(self, customer_id: str, changes: ChangeSet, *, actor: Actor, idem: str) -> ChangeRequest:
        """File a change for an agent to decide."""
        customer = self.customer(customer_id)
        wanted = rules.check_changes(customer, changes)
        for old in self.change_requests(customer_id):
            if old.state == ChangeState.OPEN and set(old.changes.fields) & set(wanted.fields):
                self.store.decide(replace(old, state=ChangeState.SUPERSEDED, decided=self.clock.now()))
        request = ChangeRequest(
            id=f"CR{self.store.next_number('CR'):06d}", customer_id=customer_id, changes=wanted,
            before=rules.current(customer, wanted.fields), impact=self._impact(customer, wanted),
            state=ChangeState.OPEN, version=customer.version, requested_by=actor, created=self.clock.now(),
        )  # fmt: skip
        self.store.add_change_request(request)
        return request

    def _impact(self, customer: Customer, changes: ChangeSet) -> Impact:
        after, seller = rules.changed(customer, changes), self.documents.seller
        return Impact(
            tax_now=rules.tax_treatment(customer, seller),
            tax_new=rules.tax_treatment(after, seller),
            open_invoices=tuple(i.number for i in self.invoices(customer.id, Show.OPEN)),
            currency=customer.currency,
            currency_new=rules.usual_currency(after.country) if changes.country else customer.currency,
        )

    @once
    def apply_change(self, request_id: str, *, expected_version: int, actor: Actor, idem: str) -> ChangeRequest:
        """Carry the change out."""
        request = self._open_request(request_id, actor, "approve")
        customer = self.customer(request.customer_id)
        if customer.version != expected_version:
            raise Stale(customer.version)
        decided = self._decide(request, ChangeState.APPROVED, actor)
        self._change(rules.changed(customer, request.changes))
        return decided

    @once
    def reject_change(self, request_id: str, *, reason: str, actor: Actor, idem: str) -> ChangeRequest:
        """Refuse the change, with the key of a reason."""
        request = self._open_request(request_id, actor, "reject")
        if not reason.strip():
            raise ValidationError("reason", "missing")
        return self._decide(request, ChangeState.REJECTED, actor, reason.strip())

    def _open_request(self, request_id: str, actor: Actor, wanted: str) -> ChangeRequest:
        if actor.kind != ActorKind.AGENT:
            raise Forbidden("agents_only")
        request = self.change_request(request_id)
        if request.requested_by.kind == ActorKind.AGENT and request.requested_by.id == actor.id:
            raise Forbidden("own_request")  # four eyes: another agent decides
        if request.state != ChangeState.OPEN:
            raise InvalidState(request.state, wanted)
        return request

    def _decide(self, request: ChangeRequest, state: ChangeState, actor: Actor, reason: str = "") -> ChangeRequest:
        decided = replace(request, state=state, decided_by=actor.id, decided=self.clock.now(), reason=reason)
        if not self.store.decide(decided):
            raise InvalidState(self.change_request(request.id).state, state)
        return decided


def _may_renew(subscription: Subscription) -> bool:
    return (
        subscription.kind == SubscriptionKind.SUBSCRIPTION
        and subscription.state != SubscriptionState.ENDED
        and subscription.sold_by is None
    )


def _one(held: tuple[Subscription, ...], numbers: tuple[str, ...]) -> Subscription:
    if not numbers:
        raise NotFound("subscription")
    if len(numbers) > 1:
        raise Ambiguous("subscription", numbers)
    return next(s for s in held if s.number == numbers[0])


def _same_term(quote: Quote, subscription: Subscription) -> bool:
    return quote.subscription == subscription.number and quote.term_starts == subscription.renews


def _renewal_line(subscription: Subscription) -> Line:
    """Seats times the price of a seat where that comes out even, else one line for all."""
    starts = subscription.renews
    ends = rules.a_year_later(starts) - timedelta(days=1) if starts else None
    total, seats = subscription.next_amount, max(1, subscription.seats)
    if total.minor % seats:
        return Line(f"{subscription.plan} ({seats})", total, starts=starts, ends=ends)
    return Line(subscription.plan, Money(total.minor // seats, total.currency), seats, starts=starts, ends=ends)


def _file_address(customer: Customer) -> str:
    """Access to the portal goes to the main contact on file, whoever asks for it."""
    contact = customer.main_contact
    if contact is None:
        raise ValidationError("contacts", "missing")
    return contact.email


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
