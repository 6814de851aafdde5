"""The desk: what customers ask for and agents decide, and the schedule that works while nobody asks."""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from billing import machines, rules, terms
from billing.conform import conforming
from billing.contracts import Contracts
from billing.erasure import ERASED, Erasure, Held
from billing.errors import (
    BillingError,
    Forbidden,
    InvalidState,
    NotEligible,
    NotFound,
    RequiresApproval,
    Stale,
    Unavailable,
    ValidationError,
)
from billing.idempotency import once
from billing.ledger import one_of
from billing.matters import (
    DisputeState,
    Due,
    DueKind,
    NoticeKind,
    Notification,
    PortalTarget,
    ProofState,
    Topic,
)
from billing.payments import agents_only
from billing.values import (
    Activation,
    ActivationOutcome,
    Actor,
    ActorKind,
    Address,
    CancellationTerms,
    ChangeRequest,
    ChangeSet,
    ChangeState,
    Customer,
    Impact,
    Licence,
    Offer,
    Portal,
    QuoteState,
    Show,
    Subscription,
    SubscriptionKind,
)

LANGUAGES = ("de", "fr", "en")
KEYS_LIVE = timedelta(days=30)
TRIES = 3  # of a quote that cannot be made


@conforming
class Desk(Contracts):
    """The whole core: the ledger, and the desk in front of it."""

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
        state = machines.PORTAL.step(customer.portal, "invite")
        if not again:
            self._change(replace(customer, portal=state, version=customer.version + 1))
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
        if not machines.PORTAL.may(customer.portal, "finish"):
            raise NotFound("setup_link")  # locked meanwhile: the link says nothing more about it
        return self._move_portal(customer, "finish")

    @once
    def lock_portal(self, customer_id: str, locked: bool, *, actor: Actor, idem: str) -> Customer:
        """Lock the portal, or open it again."""
        agents_only(actor)
        return self._move_portal(self.customer(customer_id), "lock" if locked else "unlock")

    def _move_portal(self, customer: Customer, event: str) -> Customer:
        state = machines.PORTAL.step(customer.portal, event)
        self._tell("portal.changed", customer.id, customer.id, portal=state)
        return self._change(replace(customer, portal=state, version=customer.version + 1))

    def portal_link(self, customer_id: str, target: PortalTarget | str = PortalTarget.HOME) -> str:
        """Where in the portal one does this."""
        customer, wanted = self.customer(customer_id), one_of(PortalTarget, target, "target")
        self._check_portal(customer)
        if customer.portal != Portal.ACTIVE:
            raise NotEligible("portal_inactive")
        base = self.portal_url.rstrip("/")
        return base if wanted == PortalTarget.HOME else f"{base}/{wanted.value.replace('_', '-')}"

    def _change(self, customer: Customer) -> Customer:
        if not self.store.change_customer(customer, seen=customer.version - 1):
            raise Stale(self.customer(customer.id).version)
        return customer

    # What customers change by themselves

    @once
    def update_billing_address(
        self,
        customer_id: str,
        address: Address,
        *,
        company_name: str | None = None,
        country: str | None = None,
        expected_version: int,
        actor: Actor,
        idem: str,
    ) -> Customer:
        """Change where invoices go from now on."""
        customer = self._seen(customer_id, expected_version)
        hidden = (("company_name", company_name, customer.name), ("country", country, customer.country))
        if decided := tuple(name for name, new, old in hidden if new is not None and new.strip() != old):
            raise RequiresApproval(decided)
        tidy = _checked_address(address, customer.country)
        if tidy == customer.address:
            raise ValidationError("address", "same_as_now")
        return self._told(replace(customer, address=tidy), "address")

    @once
    def update_profile(
        self,
        customer_id: str,
        email: str,
        *,
        name: str | None = None,
        phone: str | None = None,
        language: str | None = None,
        expected_version: int,
        actor: Actor,
        idem: str,
    ) -> Customer:
        """Change how a contact is called, reached and written to."""
        customer = self._seen(customer_id, expected_version)
        now = customer.contact(email)
        if now is None:
            raise NotFound("contact", email)
        _check_profile(name, phone, language)
        new = replace(
            now,
            name=" ".join(name.split()) if name is not None else now.name,
            phone=" ".join(phone.split()) if phone is not None else now.phone,
            language=language or now.language,
        )
        if new == now:
            raise ValidationError("profile", "same_as_now")
        contacts = tuple(new if contact == now else contact for contact in customer.contacts)
        return self._told(replace(customer, contacts=contacts), "profile")

    @once
    def erase_contact(self, customer_id: str, email: str, *, actor: Actor, idem: str) -> Erasure:
        """Forget a contact as far as the law lets us."""
        if actor.kind == ActorKind.CUSTOMER:
            raise Forbidden("erase_contact")
        customer = self.customer(customer_id)
        if not customer.on_file(email):
            raise NotFound("contact")
        held = Held(
            customer,
            self.subscriptions(customer_id),
            self.all_invoices(customer_id),
            self.all_quotes(customer_id),
            filed=(*self.change_requests(customer_id), *self.proofs(customer_id), *self.disputes(customer_id)),
        )
        left, erasure = held.without(email)
        if erasure.erased:
            self._told(left, "contacts")
            self.store.forget_in_events(customer_id, email.strip(), ERASED)
        return erasure

    @once
    def update_notifications(
        self, customer_id: str, muted: tuple[Topic, ...], *, expected_version: int, actor: Actor, idem: str
    ) -> Customer:
        """Choose what not to be written to about."""
        customer = self._seen(customer_id, expected_version)
        wanted = tuple(sorted({topic.value for topic in muted}))
        if wanted == customer.muted:
            raise ValidationError("muted", "same_as_now")
        return self._told(replace(customer, muted=wanted), "notifications")

    @once
    def confirm_tax_id(self, customer_id: str, *, expected_version: int, actor: Actor, idem: str) -> Customer:
        """Note that somebody checked the VAT id: from now on reverse charge may apply."""
        if actor.kind == ActorKind.CUSTOMER:
            raise Forbidden("confirm_tax_id")
        customer = self._seen(customer_id, expected_version)
        if not customer.tax_id:
            raise ValidationError("tax_id", "missing")
        if customer.tax_id_checked:
            raise ValidationError("tax_id", "same_as_now")
        return self._told(replace(customer, tax_id_checked=True), "tax_id_checked")

    def _seen(self, customer_id: str, version: int) -> Customer:
        customer = self.customer(customer_id)
        if customer.version != version:
            raise Stale(customer.version)
        return customer

    def _told(self, customer: Customer, field: str) -> Customer:
        changed = self._change(replace(customer, version=customer.version + 1))
        self._tell("customer.changed", customer.id, customer.id, field=field)
        return changed

    # Changes that an agent decides

    @once
    def request_change(self, customer_id: str, changes: ChangeSet, *, actor: Actor, idem: str) -> ChangeRequest:
        """File a change for an agent to decide."""
        customer = self.customer(customer_id)
        if changes.cancel is not None or changes.upgrade is not None:
            raise ValidationError("cancel" if changes.cancel is not None else "upgrade", "invalid")
        wanted = rules.check_changes(customer, changes)
        return self._file(customer, wanted, rules.current(customer, wanted.fields), actor)

    @once
    def request_cancellation(
        self, customer_id: str, subscription: str, received: datetime, *, actor: Actor, idem: str
    ) -> ChangeRequest:
        """File a cancellation; when it was received decides, not when somebody looks at it."""
        customer = self.customer(customer_id)
        if terms.local_day(received, self.documents.seller.zone) > self.clock.today():
            raise ValidationError("received", "invalid")
        wanted = self.cancellation_terms(subscription, received, of=customer_id)
        changes = ChangeSet(cancel=wanted.subscription)
        return self._file(customer, changes, ChangeSet(cancel=""), actor, cancellation=wanted)

    @once
    def order_upgrade(self, customer_id: str, offer_id: str, *, actor: Actor, idem: str) -> ChangeRequest:
        """File the order of an offer that is still valid."""
        customer, offer = self.customer(customer_id), self._offered(customer_id, offer_id)
        before = self.subscription(offer.subscription, of=customer_id).plan
        return self._file(customer, ChangeSet(upgrade=offer.plan), ChangeSet(upgrade=before), actor, offer=offer)

    def _file(
        self,
        customer: Customer,
        changes: ChangeSet,
        before: ChangeSet,
        actor: Actor,
        *,
        cancellation: CancellationTerms | None = None,
        offer: Offer | None = None,
    ) -> ChangeRequest:
        request = ChangeRequest(
            id=f"CR{self.store.next_number('CR'):06d}", customer_id=customer.id, changes=changes, before=before,
            impact=self._impact(customer, changes), state=ChangeState.OPEN, version=customer.version,
            requested_by=actor, created=self.clock.now(), cancellation=cancellation, offer=offer,
        )  # fmt: skip
        for old in self.change_requests(customer.id):
            if old.state == ChangeState.OPEN and _rivals(old, request):
                self._move_request(replace(old, decided=self.clock.now()), "supersede")
        self.store.add_change_request(request)
        self.store.plan(Due(DueKind.CHANGE_EXPIRY, request.id, self.clock.today() + terms.CHANGE_WAITS))
        self._tell("change.requested", customer.id, request.id, fields=",".join(changes.fields))
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
        request = self._open_request(request_id, actor)
        machines.CHANGE.step(request.state, "approve")
        customer = self._seen(request.customer_id, expected_version)
        decided = self._decide(request, "approve", actor)
        self._carry_out_change(customer, request)
        return decided

    def _carry_out_change(self, customer: Customer, request: ChangeRequest) -> None:
        if request.cancellation is not None:
            self._cancel(request.cancellation)
        elif request.offer is not None:
            self._upgrade_as_offered(request.offer, customer.id)
        else:
            changed = self._change(rules.changed(customer, request.changes))
            self._tell("customer.changed", changed.id, changed.id, field=",".join(request.changes.fields))

    def _upgrade_as_offered(self, offer: Offer, customer_id: str) -> None:
        """The price that the customer saw holds while the request waits; the subscription must be the same."""
        held = self.subscription(offer.subscription, of=customer_id)
        if offer.lines[1].text != held.plan or offer.seats != held.seats:
            raise InvalidState("changed", "approve")
        self._upgrade(offer)

    @once
    def reject_change(self, request_id: str, *, reason: str, actor: Actor, idem: str) -> ChangeRequest:
        """Refuse the change, with the key of a reason."""
        request = self._open_request(request_id, actor)
        machines.CHANGE.step(request.state, "reject")
        if not reason.strip():
            raise ValidationError("reason", "missing")
        return self._decide(request, "reject", actor, reason.strip())

    @once
    def postpone_change(self, request_id: str, until: date, *, actor: Actor, idem: str) -> ChangeRequest:
        """Let it wait until that day."""
        request = self._open_request(request_id, actor)
        machines.CHANGE.step(request.state, "expire")
        self.store.plan(Due(DueKind.CHANGE_EXPIRY, request.id, max(until, self.clock.today())))
        return request

    def _open_request(self, request_id: str, actor: Actor) -> ChangeRequest:
        agents_only(actor)
        request = self.change_request(request_id)
        if request.requested_by.kind == ActorKind.AGENT and request.requested_by.id == actor.id:
            raise Forbidden("own_request")  # four eyes: another agent decides
        return request

    def _decide(self, request: ChangeRequest, event: str, actor: Actor, reason: str = "") -> ChangeRequest:
        decided = replace(request, decided_by=actor.id, decided=self.clock.now(), reason=reason)
        return self._move_request(decided, event)

    def _move_request(self, request: ChangeRequest, event: str) -> ChangeRequest:
        """The first decision wins: the row changes only while it is open."""
        moved = replace(request, state=machines.CHANGE.step(request.state, event))
        if not self.store.decide(moved):
            raise InvalidState(self.change_request(request.id).state, event)
        self.store.unplan(DueKind.CHANGE_EXPIRY, request.id)
        self._tell("change.decided", request.customer_id, request.id, state=moved.state)
        return moved

    # Notifications

    def list_notifications(self, customer_id: str) -> tuple[Notification, ...]:
        """What the customer should know today, most pressing first."""
        self.customer(customer_id)
        notices = [
            *self._about_invoices(customer_id),
            *self._about_licences(customer_id),
            *self._about_requests(customer_id),
            *(Notification(NoticeKind.CREDIT_BALANCE, "", None, left) for left in self.credit_balance(customer_id)),
        ]
        order = list(NoticeKind)
        return tuple(sorted(notices, key=lambda n: (order.index(n.kind), n.day or datetime.max.date(), n.subject)))

    def _about_invoices(self, customer_id: str) -> list[Notification]:
        soon = self.clock.today() + terms.SOON
        return [
            Notification(NoticeKind.OVERDUE if i.overdue else NoticeKind.DUE_SOON, i.number, i.due, i.remaining)
            for i in self.invoices(customer_id, Show.OPEN)
            if i.due and (i.overdue or i.due <= soon)
        ]

    def _about_licences(self, customer_id: str) -> list[Notification]:
        notices, today = [], self.clock.today()
        for held in self.subscriptions(customer_id):
            if held.licence == Licence.INACTIVE:
                notices.append(Notification(NoticeKind.LICENCE_INACTIVE, held.number))
            if held.licence == Licence.PROVISIONAL:
                notices.append(Notification(NoticeKind.LICENCE_PROVISIONAL, held.number, held.licence_until))
            until = held.last_day_to_cancel
            may = machines.SUBSCRIPTION.may(held.state, "cancel") and held.sold_by is None
            if may and until and until - terms.CANCEL_REMINDER <= today <= until:
                notices.append(Notification(NoticeKind.CANCEL_BY, held.number, until, held.next_amount))
        return notices

    def _about_requests(self, customer_id: str) -> list[Notification]:
        ready = (q for q in self.quotes(customer_id) if q.state == QuoteState.READY and not q.expired)
        proofs = (p for p in self.proofs(customer_id) if p.state == ProofState.RECEIVED)
        changes = (r for r in self.change_requests(customer_id) if r.state == ChangeState.OPEN)
        disputes = (d for d in self.disputes(customer_id) if d.state == DisputeState.OPEN)
        return [
            *(Notification(NoticeKind.QUOTE_READY, q.number or q.id, q.valid_until, q.total) for q in ready),
            *(Notification(NoticeKind.PROOF_RECEIVED, p.invoice) for p in proofs),
            *(Notification(NoticeKind.CHANGE_OPEN, r.id) for r in changes),
            *(Notification(NoticeKind.DISPUTE_OPEN, d.invoice) for d in disputes),
        ]

    # The schedule

    def run_due(self, *, actor: Actor, limit: int = 50) -> tuple[Due, ...]:
        """Do what is due today, oldest first; what has become pointless is dropped. Gives what was done."""
        if actor.kind != ActorKind.SYSTEM:
            raise Forbidden("run_due")
        if not 1 <= limit <= 1000:
            raise ValidationError("limit", "invalid")
        self.store.forget_keys(self.clock.now() - KEYS_LIVE)
        return tuple(due for due in self.store.planned(self.clock.today(), limit, lock=True) if self._work(due, actor))

    def _work(self, due: Due, actor: Actor) -> bool:
        """The row goes before the work, which may plan the next one."""
        try:
            with self.store.savepoint():
                self.store.unplan(due.kind, due.subject)
                self._deeds(actor)[due.kind](due)
        except BillingError:  # the facts have moved on: nothing is left to do
            self.store.unplan(due.kind, due.subject)
            return False
        return True

    def _deeds(self, actor: Actor) -> dict[DueKind, Callable[[Due], None]]:
        return {
            DueKind.QUOTE: lambda due: self._make_again(due, actor),
            DueKind.QUOTE_EXPIRY: self._expire_quote,
            DueKind.COLLECTION: self._collect,
            DueKind.LICENCE_LAPSE: self._lapse,
            DueKind.CANCEL_REMINDER: lambda due: self._call_to_cancel(self._planned_one(due)),
            DueKind.TERM_START: lambda due: self._start(self._planned_one(due)),
            DueKind.TERM_END: lambda due: self._end_term(self._planned_one(due)),
            DueKind.CHANGE_EXPIRY: self._expire_request,
        }

    def _planned_one(self, due: Due) -> Subscription:
        held = self.store.subscription(due.subject)
        if held is None:
            raise NotFound("subscription", due.subject)
        return held

    def _make_again(self, due: Due, actor: Actor) -> None:
        quote = self.quote(due.subject)
        self._moved(quote, "retry")
        try:
            self.finish_quote(quote.id, actor=actor, idem=f"system:{quote.id}:finish_quote:{due.day}")
        except Unavailable:
            self._moved(self._moved(self.quote(quote.id), "generate"), "fail")
            self._tell("quote.failed", quote.customer_id, quote.id, attempts=due.attempts + 1)
            if due.attempts + 1 < TRIES:
                self.store.plan(replace(due, day=self.clock.today() + timedelta(days=1), attempts=due.attempts + 1))

    def _expire_quote(self, due: Due) -> None:
        quote = self.quote(due.subject)
        if quote.expired:
            self._tell("quote.expired", quote.customer_id, quote.id, number=quote.number)

    def _collect(self, due: Due) -> None:
        invoice = self._exact(due.subject)
        if not invoice.overdue:
            return
        if invoice.held_until and invoice.held_until >= self.clock.today():
            self._plan_reminder(invoice)
            return
        self._remind(invoice)

    def _lapse(self, due: Due) -> None:
        held = self._planned_one(due)
        self._set_licence(held, "lapse", reason=held.licence_reason)

    def _expire_request(self, due: Due) -> None:
        self._move_request(self.change_request(due.subject), "expire")


def _rivals(old: ChangeRequest, new: ChangeRequest) -> bool:
    """Whether the new request takes the old one's place: the same field, of the same subscription."""
    if old.cancellation or new.cancellation:
        return old.changes.cancel == new.changes.cancel
    if old.offer or new.offer:
        return bool(old.offer and new.offer and old.offer.subscription == new.offer.subscription)
    return bool(set(old.changes.fields) & set(new.changes.fields))


POSTCODES = {
    "DE": r"\d{5}", "FR": r"\d{5}", "IT": r"\d{5}", "ES": r"\d{5}", "AT": r"\d{4}", "CH": r"\d{4}", "LI": r"\d{4}",
    "BE": r"\d{4}", "LU": r"\d{4}", "NL": r"\d{4} ?[A-Z]{2}", "US": r"\d{5}(-\d{4})?",
    "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
}  # fmt: skip
ADDRESS_LIMIT = 100


def _checked_address(address: Address, country: str) -> Address:
    """In one line each. Raises ValidationError."""
    tidy = Address(*(" ".join(part.split()) for part in vars(address).values()))
    for field in ("street", "postcode", "city"):
        if not getattr(tidy, field):
            raise ValidationError(field, "missing")
    for field, value in vars(tidy).items():
        if len(value) > ADDRESS_LIMIT:
            raise ValidationError(field, "too_long")
    if country in POSTCODES and not re.fullmatch(POSTCODES[country], tidy.postcode.upper()):
        raise ValidationError("postcode", "invalid")
    return tidy


def _check_profile(name: str | None, phone: str | None, language: str | None) -> None:
    if name is not None and not name.strip():
        raise ValidationError("name", "missing")
    if name is not None and len(name) > ADDRESS_LIMIT:
        raise ValidationError("name", "too_long")
    if phone is not None and phone.strip() and not re.fullmatch(r"\+?[\d ()/.\-]{4,30}", phone.strip()):
        raise ValidationError("phone", "invalid")
    if language is not None and language not in LANGUAGES:
        raise ValidationError("language", "unknown")


def _file_address(customer: Customer) -> str:
    """Access to the portal goes to the main contact on file, whoever asks for it."""
    contact = customer.main_contact
    if contact is None:
        raise ValidationError("contacts", "missing")
    return contact.email


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
