"""Contracts: renewal quotes, upgrade offers, cancellations, and what the end of a term brings."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from billing import machines, rules, terms
from billing.conform import conforming
from billing.errors import Ambiguous, InvalidState, NotEligible, NotFound, Unavailable, ValidationError
from billing.idempotency import once
from billing.matters import Due, DueKind, NoOffer
from billing.payments import Payments, agents_only
from billing.values import (
    Actor,
    CancellationTerms,
    Customer,
    Invoice,
    InvoiceKind,
    Line,
    Money,
    NewInvoice,
    Offer,
    Quote,
    QuoteState,
    Subscription,
    SubscriptionKind,
    SubscriptionState,
)

CURRENT_QUOTE = (QuoteState.QUEUED, QuoteState.GENERATING, QuoteState.READY, QuoteState.ACCEPTED)


@conforming
class Contracts(Payments):
    """The ledger with the life of subscriptions."""

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
        if failed := next((q for q in mine if q.state == QuoteState.FAILED), None):
            return self._moved(failed, "retry")
        for old in (q for q in mine if q.state == QuoteState.READY):
            self._moved(old, "supersede")
        return self._queue(customer, chosen, actor)

    def _moved(self, quote: Quote, event: str) -> Quote:
        moved = replace(quote, state=machines.QUOTE.step(quote.state, event))
        self.store.save_quote(moved)
        return moved

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
            return self.subscription(number, of=customer.id)
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
        self._tell("quote.requested", customer.id, quote.id, subscription=subscription.number)
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
        if quote.state == QuoteState.FAILED:
            quote = self._moved(quote, "retry")
        making = replace(quote, state=machines.QUOTE.step(quote.state, "generate"))
        return self._finish(making, issued or self.clock.today())

    def _finish(self, quote: Quote, issued: date) -> Quote:
        seller = self.documents.seller
        series = f"{seller.quote_series}-{issued.year}"
        ready = replace(
            quote,
            number=f"{series}-{self.store.next_number(series):06d}",
            state=machines.QUOTE.step(quote.state, "finish"),
            issued=issued,
            valid_until=issued + timedelta(days=seller.quote_days),
        )
        self.store.save_quote(ready)
        assert ready.valid_until is not None
        self.store.plan(Due(DueKind.QUOTE_EXPIRY, ready.id, ready.valid_until + timedelta(days=1)))
        self._tell("quote.ready", ready.customer_id, ready.id, number=ready.number)
        return self._dated(ready)

    def generate_due_quotes(self, *, actor: Actor) -> tuple[Quote, ...]:
        """Make all quotes that wait; one that fails is marked and does not hold up the others."""
        made = [self._try(quote, actor) for quote in self.due_quotes()]
        return tuple(quote for quote in made if quote.state == QuoteState.READY)

    def _try(self, quote: Quote, actor: Actor) -> Quote:
        try:
            return self.finish_quote(quote.id, actor=actor, idem=f"system:{quote.id}:finish_quote:0")
        except Unavailable:
            failed = self._moved(self._moved(quote, "generate"), "fail")
            self.store.plan(Due(DueKind.QUOTE, quote.id, self.clock.today() + timedelta(days=1)))
            self._tell("quote.failed", quote.customer_id, quote.id)
            return failed

    @once
    def accept_quote(self, customer_id: str, number: str, reference: str = "", *, actor: Actor, idem: str) -> Quote:
        """Take the quote: its prices hold for the next term."""
        quote = self._own_quote(customer_id, number)
        if quote.expired:
            raise InvalidState("expired", "accept")
        accepted = self._moved(quote, "accept")
        self.store.unplan(DueKind.QUOTE_EXPIRY, quote.id)
        self._tell("quote.accepted", customer_id, quote.id, accepted_by=actor.id, reference=reference)
        return accepted

    @once
    def withdraw_quote(self, quote_id: str, *, actor: Actor, idem: str) -> Quote:
        """Take a quote back."""
        agents_only(actor)
        withdrawn = self._moved(self.quote(quote_id), "withdraw")
        self.store.unplan(DueKind.QUOTE_EXPIRY, quote_id)
        return withdrawn

    def _own_quote(self, customer_id: str, number: str) -> Quote:
        mine = self.quotes(customer_id)
        meant = rules.matching_numbers(number, (q.number for q in mine if q.number))
        if len(meant) > 1:
            raise Ambiguous("quote", meant)
        quote = next((q for q in mine if number == q.id or q.number in meant), None)
        if quote is None:
            raise NotFound("quote", number)
        return quote

    # Upgrades

    def plans(self) -> tuple[str, ...]:
        """The names of the catalogue, the smallest first."""
        return tuple(plan.name for plan in sorted(self.catalogue, key=lambda plan: plan.rank))

    def best_offer(self, subscription: str, *, of: str) -> Offer | NoOffer:
        """The next better plan at today's price, or why there is none."""
        held = self._ours(self.subscription(subscription, of=of))
        if held.state != SubscriptionState.ACTIVE:
            return NoOffer("ending")
        found = self._offers(held, self.clock.today())
        if found:
            return found[0]
        known = held.plan in {plan.name for plan in self.catalogue}
        return NoOffer("best_already" if known else "not_in_catalogue")

    def offers(self, subscription: str, *, of: str) -> tuple[Offer, ...]:
        """All better plans, the next one first."""
        held = self._ours(self.subscription(subscription, of=of))
        return self._offers(held, self.clock.today()) if held.state == SubscriptionState.ACTIVE else ()

    def _ours(self, subscription: Subscription) -> Subscription:
        """A subscription that the customer has from us. Raises NotEligible."""
        if subscription.sold_by or self.customer(subscription.customer_id).reseller_id:
            raise NotEligible("reseller")
        if subscription.kind == SubscriptionKind.PERPETUAL or subscription.renews is None:
            raise NotEligible("perpetual")
        if subscription.state == SubscriptionState.ENDED:
            raise NotEligible("ended")
        return subscription

    def _offers(self, held: Subscription, day: date) -> tuple[Offer, ...]:
        plans = terms.better_plans(self.catalogue, held)
        priced = ((plan, plan.price(held.next_amount.currency, held.seats)) for plan in plans)
        found = (_offer(held, plan, price, day) for plan, price in priced if price and price > held.next_amount)
        return tuple(offer for offer in found if offer)

    def _offered(self, customer_id: str, offer_id: str) -> Offer:
        """The offer of this id, reckoned again. Raises NotFound, or InvalidState if it lapsed or its price moved."""
        named = re.fullmatch(r"OF-(.{1,60})-(\d{8})-(\d{1,18})", offer_id)
        if named is None:
            raise NotFound("offer", offer_id)
        held = self._ours(self.subscription(named[1], of=customer_id))
        day, today = _compact_day(named[2]), self.clock.today()
        if day is None or day > today:
            raise NotFound("offer", offer_id)
        if today > day + terms.OFFER_LIVES or held.renews is None or today >= held.renews:
            raise InvalidState("expired", "order_upgrade")
        if held.state != SubscriptionState.ACTIVE:
            raise InvalidState(held.state, "order_upgrade")
        again = next((offer for offer in self._offers(held, day) if offer.id == offer_id), None)
        if again is None:
            raise InvalidState("changed", "order_upgrade")
        return again

    def _upgrade(self, offer: Offer) -> Subscription:
        held = self.store.subscription(offer.subscription)
        if held is None:
            raise NotFound("subscription", offer.subscription)
        return self._changed_plan(held, offer.plan, offer.seats, offer.next_amount, offer.lines)

    @once
    def change_plan(self, number: str, plan: str, seats: int, *, actor: Actor, idem: str) -> Subscription:
        """Change plan and seats from today on, at the catalogue's price."""
        agents_only(actor)
        held = self.store.subscription(number)
        if held is None:
            raise NotFound("subscription", number)
        self._ours(held)
        wanted = next((p for p in self.catalogue if p.name == plan), None)
        price = wanted.price(held.next_amount.currency, seats) if wanted and 1 <= seats <= 1_000_000 else None
        if price is None:
            raise ValidationError("plan" if wanted is None else "seats", "unknown" if wanted is None else "invalid")
        if (plan, seats) == (held.plan, held.seats):
            raise ValidationError("plan", "same_as_now")
        lines = terms.proration(held, plan, price, self.clock.today())
        return self._changed_plan(held, plan, seats, price, lines)

    def _changed_plan(
        self, held: Subscription, plan: str, seats: int, price: Money, lines: tuple[Line, ...]
    ) -> Subscription:
        state = machines.SUBSCRIPTION.step(held.state, "change_plan")
        changed = replace(held, state=state, plan=plan, seats=seats, next_amount=price)
        self.store.change_subscription(changed)
        self._charge(held, lines)
        for quote in self.quotes(held.customer_id):
            if quote.subscription == held.number and quote.state == QuoteState.READY:
                self._moved(quote, "supersede")  # its prices are those of the old plan
        self._tell("subscription.plan_changed", held.customer_id, held.number, plan=plan, seats=seats)
        return changed

    def _charge(self, held: Subscription, lines: tuple[Line, ...]) -> None:
        """One invoice for the difference; less than nothing is a credit note to the term's invoice."""
        customer = self.customer(held.customer_id)
        net = sum((line.net for line in lines), Money(0, held.next_amount.currency))
        if net.minor >= 0:
            new = NewInvoice(customer.id, lines, subscription=held.number)
        else:
            billed = self._latest_of(held, -net)
            back, note = terms.reversed_lines(lines), InvoiceKind.CREDIT_NOTE
            new = NewInvoice(customer.id, back, kind=note, corrects=billed.number, subscription=held.number)
        self._issue(self._frozen(new, customer, ""), new)

    def _latest_of(self, held: Subscription, at_least: Money) -> Invoice:
        mine = (i for i in self.invoices(held.customer_id) if i.subscription == held.number)
        able = (i for i in mine if i.kind == InvoiceKind.INVOICE and rules.is_issued(i) and i.net >= at_least)
        found = next(able, None)
        if found is None:
            raise NotFound("invoice", held.number)
        return found

    # Cancelling

    def cancellation_terms(self, subscription: str, received: datetime, *, of: str) -> CancellationTerms:
        """What a cancellation received at this instant comes to."""
        held = self._ours(self.subscription(subscription, of=of))
        if not machines.SUBSCRIPTION.may(held.state, "cancel"):
            raise InvalidState(held.state, "cancel")
        return terms.cancellation(held, received, self.documents.seller.zone)

    def _cancel(self, cancelled: CancellationTerms) -> Subscription:
        held = self.store.subscription(cancelled.subscription)
        if held is None:
            raise NotFound("subscription", cancelled.subscription)
        state = machines.SUBSCRIPTION.step(held.state, "cancel")
        ending = replace(held, state=state, ends=cancelled.effective)
        self.store.change_subscription(ending)
        self.store.unplan(DueKind.CANCEL_REMINDER, held.number)
        for quote in self.quotes(held.customer_id):
            if quote.subscription == held.number and quote.state == QuoteState.READY and cancelled.in_time:
                self._moved(quote, "withdraw")
        self._tell("subscription.cancelled", held.customer_id, held.number, ends=cancelled.effective)
        return ending

    @once
    def reinstate(self, customer_id: str, number: str, *, actor: Actor, idem: str) -> Subscription:
        """Take a cancellation back before it takes effect."""
        agents_only(actor)
        held = self.subscription(number, of=customer_id)
        state = machines.SUBSCRIPTION.step(held.state, "reinstate")
        again = replace(held, state=state, ends=None)
        self.store.change_subscription(again)
        self._plan_term(again)
        self._tell("subscription.reinstated", customer_id, held.number)
        return again

    # The days of a subscription

    def _start(self, held: Subscription) -> None:
        if machines.SUBSCRIPTION.may(held.state, "start"):
            state = machines.SUBSCRIPTION.step(held.state, "start")
            self.store.change_subscription(replace(held, state=state))
            self._tell("subscription.started", held.customer_id, held.number)

    def _call_to_cancel(self, held: Subscription) -> None:
        if held.state == SubscriptionState.ACTIVE and held.last_day_to_cancel:
            self._tell("subscription.cancel_by", held.customer_id, held.number, day=held.last_day_to_cancel)

    def _end_term(self, held: Subscription) -> None:
        assert held.renews is not None
        if held.ends is not None and held.ends <= held.renews:
            self._end(held)
        else:
            self._renew(held, held.renews)

    def _end(self, held: Subscription) -> None:
        ended = replace(held, state=machines.SUBSCRIPTION.step(held.state, "end"))
        self.store.change_subscription(ended)
        self.store.unplan(DueKind.CANCEL_REMINDER, held.number)
        if machines.LICENCE.may(held.licence, "end"):
            self._set_licence(ended, "end", reason="ended")
        self._tell("subscription.ended", held.customer_id, held.number)

    def _renew(self, held: Subscription, starts: date) -> None:
        """Another term; its invoice is drafted for somebody to look at and send."""
        if held.state == SubscriptionState.SCHEDULED:
            self._start(held)
            held = replace(held, state=SubscriptionState.ACTIVE)
        renews = terms.next_term(held.starts, starts)
        state = machines.SUBSCRIPTION.step(held.state, "renew")
        again = replace(held, state=state, renews=renews, last_day_to_cancel=terms.last_day(renews))
        self.store.change_subscription(again)
        self._plan_term(again)
        if held.sold_by is None:
            self._draft_term(held, starts)
        self._tell("subscription.renewed", held.customer_id, held.number, until=renews)

    def _draft_term(self, held: Subscription, starts: date) -> None:
        accepted = (q for q in self.quotes(held.customer_id) if _same_term(q, held) and q.state == QuoteState.ACCEPTED)
        quote = next(accepted, None)
        customer = self.customer(held.customer_id)
        lines = quote.lines if quote else (_renewal_line(held),)
        new = NewInvoice(customer.id, lines, issued=starts, subscription=held.number)
        self.store.add_invoice(self._frozen(new, customer, self._provisional_number()))


def _offer(held: Subscription, plan: terms.Plan, price: Money, day: date) -> Offer | None:
    """None where nothing would be to pay: then it is no upgrade."""
    assert held.renews is not None
    if day >= held.renews:
        return None
    lines = terms.proration(held, plan.name, price, day)
    now = lines[0].net + lines[1].net
    until = min(day + terms.OFFER_LIVES, held.renews - timedelta(days=1))
    name = f"OF-{held.number}-{day:%Y%m%d}-{now.minor}"
    return Offer(name, held.number, plan.name, held.seats, now, price, lines, until) if now.minor > 0 else None


def _compact_day(digits: str) -> date | None:
    try:
        return datetime.strptime(digits, "%Y%m%d").date()
    except ValueError:
        return None


def _may_renew(subscription: Subscription) -> bool:
    return (
        subscription.kind == SubscriptionKind.SUBSCRIPTION
        and subscription.state != SubscriptionState.ENDED
        and subscription.sold_by is None
    )


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
