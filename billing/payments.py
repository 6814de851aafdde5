"""Payments: where money goes, what is too much, how to pay, and what becomes of reminders and licences by it."""

from dataclasses import replace
from datetime import date, timedelta

from stdnum import iban

from billing import machines, rules, terms
from billing.conform import conforming
from billing.errors import Forbidden, InvalidState, NotFound, RequiresApproval, ValidationError
from billing.idempotency import once
from billing.ledger import Ledger
from billing.matters import (
    Allocation,
    BankDetails,
    Dispute,
    DisputeState,
    Due,
    DueKind,
    IbanAnswer,
    PayLink,
    PayPage,
    Proof,
    ProofFile,
    ProofState,
    Receipt,
    Reissue,
)
from billing.values import (
    Actor,
    ActorKind,
    Collection,
    Invoice,
    InvoiceKind,
    InvoiceState,
    Licence,
    Money,
    NewInvoice,
    Payment,
    Subscription,
)

PROOF_TYPES = ("application/pdf", "image/jpeg", "image/png", "image/heic", "image/tiff")
PROOF_LIMIT = 10 * 1024 * 1024  # octets
DEFAULT = "payment_default"
REASON_LIMIT = 2_000


@conforming
class Payments(Ledger):
    """The ledger, and what money does to it."""

    # Looking

    def payments(self, number: str, *, of: str) -> tuple[Receipt, ...]:
        """What came in for the customer's invoice."""
        return self.store.payments(self._own(number, of).number)

    def credit_balance(self, customer_id: str) -> tuple[Money, ...]:
        """What was paid too much and not given back, one amount for each currency."""
        self.customer(customer_id)
        sums: dict[str, Money] = {}
        for invoice in self.all_invoices(customer_id):
            if rules.is_issued(invoice) and invoice.overpaid_by:
                sums[invoice.currency] = sums.get(invoice.currency, Money(0, invoice.currency)) + invoice.overpaid_by
        return tuple(sums[currency] for currency in sorted(sums))

    def bank_details(self) -> BankDetails:
        """Where to pay, from the settings."""
        seller = self.documents.seller
        return BankDetails(seller.name, seller.iban, seller.bic, seller.bank)

    def is_our_iban(self, written: str) -> IbanAnswer:
        """Whether this is our account."""
        plain = "".join(written.split()).upper()
        ours = plain == "".join(self.documents.seller.iban.split()).upper()
        masked = f"{plain[:2]}…{plain[-4:]}" if len(plain) > 8 else "…"
        return IbanAnswer(ours, iban.is_valid(plain), masked)

    def pay_link(self, number: str, *, of: str) -> PayLink:
        """How to pay what remains of the invoice."""
        invoice = self._own(number, of)
        if not rules.is_issued(invoice) or invoice.kind == InvoiceKind.CREDIT_NOTE:
            raise InvalidState(invoice.state, "pay_link")
        if not invoice.remaining:
            raise InvalidState(invoice.payment, "pay_link")
        url = self.pay_links.path(invoice.number, invoice.remaining)
        return PayLink(invoice.number, invoice.remaining, invoice.number, url, self.bank_details())

    def pay_page(self, number: str, seal: str) -> PayPage:
        """What stands behind a pay link today."""
        asked = self.pay_links.amount(number, seal)
        if asked is None:
            raise NotFound("pay_link")
        invoice = self._exact(number)
        return PayPage(invoice, asked, self.bank_details(), self.documents.payment_qr(invoice))

    def proof(self, proof_id: str) -> Proof:
        """The proof of this id."""
        found = self.store.matter(Proof, proof_id)
        if found is None:
            raise NotFound("proof", proof_id)
        return found

    def proofs(self, customer_id: str) -> tuple[Proof, ...]:
        """The customer's proofs, newest first."""
        return self.store.matters(Proof, customer_id)

    def dispute(self, dispute_id: str) -> Dispute:
        """The dispute of this id."""
        found = self.store.matter(Dispute, dispute_id)
        if found is None:
            raise NotFound("dispute", dispute_id)
        return found

    def disputes(self, customer_id: str) -> tuple[Dispute, ...]:
        """The customer's disputes, newest first."""
        return self.store.matters(Dispute, customer_id)

    # Money

    @once
    def record_payment(
        self, number: str, amount: Money, paid_on: date, method: str = "", reference: str = "",
        *, actor: Actor, idem: str,
    ) -> Allocation:  # fmt: skip
        """Book a payment."""
        _no_customer(actor, "record_payment")
        invoice = self._exact(number)
        if not rules.is_issued(invoice) or invoice.kind == InvoiceKind.CREDIT_NOTE:
            raise InvalidState(invoice.state, "record_payment")
        _check_amount(amount, invoice)
        return self._allocate(invoice, Receipt(invoice.number, amount, paid_on, method, reference))

    def _allocate(self, invoice: Invoice, receipt: Receipt) -> Allocation:
        allocated = min(receipt.amount, invoice.remaining)
        paid = self._booked(invoice, receipt)
        self._tell("invoice.payment", paid.customer_id, paid.number, amount=receipt.amount, remaining=paid.remaining)
        return Allocation(self._after_payment(paid), allocated, receipt.amount - allocated)

    def _after_payment(self, invoice: Invoice) -> Invoice:
        """A paid invoice needs no reminder, and lets the licence run again."""
        if invoice.payment not in (Payment.PAID, Payment.OVERPAID):
            return invoice
        state = machines.COLLECTION.step(invoice.collection, "pay")
        settled = replace(invoice, collection=state, held_until=None, held_for="")
        self.store.change_invoice(invoice.number, settled)
        self.store.unplan(DueKind.COLLECTION, invoice.number)
        self._tell("invoice.paid", invoice.customer_id, invoice.number)
        self._let_run_again(settled)
        return settled

    def _let_run_again(self, paid: Invoice) -> None:
        for held in self.subscriptions(paid.customer_id):
            stopped = held.licence in (Licence.INACTIVE, Licence.PROVISIONAL) and held.licence_reason == DEFAULT
            if stopped and _concerns(paid, held) and not self._defaults(held):
                self._set_licence(held, "pay")

    def _defaults(self, subscription: Subscription) -> bool:
        """Whether another invoice still keeps the licence from running."""
        mine = (i for i in self.invoices(subscription.customer_id, "overdue") if _concerns(i, subscription))
        return any(i.collection == Collection.EXHAUSTED for i in mine)

    def _set_licence(
        self, subscription: Subscription, event: str, *, reason: str = "", until: date | None = None
    ) -> Subscription:
        state = machines.LICENCE.step(subscription.licence, event)
        changed = replace(subscription, licence=state, licence_reason=reason, licence_until=until)
        self.store.change_subscription(changed)
        if until is None:
            self.store.unplan(DueKind.LICENCE_LAPSE, subscription.number)
        else:
            self.store.plan(Due(DueKind.LICENCE_LAPSE, subscription.number, until + timedelta(days=1)))
        facts = {"licence": state, "was": subscription.licence, "reason": reason}
        self._tell("licence.changed", subscription.customer_id, subscription.number, **facts)
        return changed

    @once
    def refund(self, number: str, amount: Money, paid_on: date, *, actor: Actor, idem: str) -> Invoice:
        """Give back what was paid too much."""
        agents_only(actor)
        invoice = self._exact(number)
        _check_amount(amount, invoice)
        if amount > invoice.overpaid_by:
            raise ValidationError("amount", "invalid")
        back = self._booked(invoice, Receipt(number, -amount, paid_on, "refund"))
        self._tell("invoice.refunded", invoice.customer_id, number, amount=amount)
        return back

    @once
    def apply_credit(self, number: str, *, actor: Actor, idem: str) -> Allocation:
        """Use the customer's balance for an open invoice, the oldest credit first."""
        agents_only(actor)
        invoice = self._exact(number)
        if not rules.is_issued(invoice) or not invoice.remaining:
            raise InvalidState(invoice.payment, "apply_credit")
        moved = self._take_credit(invoice)
        if not moved:
            raise NotFound("credit", invoice.customer_id)
        today = self.clock.today()
        return self._allocate(invoice, Receipt(number, moved, today, "credit"))

    def _take_credit(self, invoice: Invoice) -> Money:
        wanted, today = invoice.remaining, self.clock.today()
        taken = Money(0, invoice.currency)
        for rich in reversed(self.all_invoices(invoice.customer_id)):
            if taken < wanted and rich.currency == invoice.currency and rich.overpaid_by and rules.is_issued(rich):
                part = min(wanted - taken, rich.overpaid_by)
                self._booked(rich, Receipt(rich.number, -part, today, "credit", invoice.number))
                taken += part
        return taken

    # Taking back

    @once
    def credit(self, number: str, reason: str = "", *, actor: Actor, idem: str) -> Invoice:
        """Take an invoice back by a credit note."""
        agents_only(actor)
        return self._credit(self._exact(number))

    def _credit(self, original: Invoice) -> Invoice:
        if not machines.INVOICE.may(original.state, "credit") or original.kind == InvoiceKind.CREDIT_NOTE:
            raise InvalidState(original.state, "credit")
        if original.credited:
            raise InvalidState("credited", "credit")
        lines, note = original.lines, InvoiceKind.CREDIT_NOTE
        new = NewInvoice(original.customer_id, lines, kind=note, corrects=original.number)
        as_it_was = replace(  # what the original froze, not what is true today
            original, kind=note, corrects=original.number, state=InvoiceState.DRAFT, issued=None, due=None,
            paid=original.paid - original.paid, paid_on=None, collection=Collection.NONE, held_until=None, held_for="",
        )  # fmt: skip
        return self._issue(as_it_was, new)

    def _issue(self, frozen: Invoice, new: NewInvoice) -> Invoice:
        number = self._provisional_number()
        self.store.add_invoice(replace(frozen, number=number, kind=new.kind, corrects=new.corrects))
        return self._finalise(self._exact(number))

    @once
    def reissue_invoice(self, number: str, reason: str, move: bool = False, *, actor: Actor, idem: str) -> Reissue:
        """Credit note and new invoice with the customer's facts of today, in one."""
        agents_only(actor)
        original = self._exact(number)
        if original.paid and not move:
            raise RequiresApproval(("payments",))
        if not reason.strip():
            raise ValidationError("reason", "missing")
        received = original.paid
        if received:
            self._booked(original, Receipt(number, -received, self.clock.today(), "moved"))
        note = self._credit(self._exact(number))
        customer = self.customer(original.customer_id)
        new = NewInvoice(customer.id, original.lines, subscription=original.subscription)
        fresh = self._issue(self._frozen(new, customer, ""), new)
        if received:
            fresh = self._allocate(fresh, Receipt(fresh.number, received, self.clock.today(), "moved", number)).invoice
        self._tell("invoice.reissued", customer.id, number, credit_note=note.number, invoice=fresh.number)
        return Reissue(note, fresh)

    # Collection

    @once
    def hold_collection(self, number: str, until: date, reason: str, *, actor: Actor, idem: str) -> Invoice:
        """Let reminders rest up to and including a day."""
        agents_only(actor)
        invoice = self._exact(number)
        if not rules.is_issued(invoice) or not invoice.remaining:
            raise InvalidState(invoice.payment, "hold_collection")
        if until < self.clock.today():
            raise ValidationError("until", "invalid")
        if not reason.strip() or len(reason) > REASON_LIMIT:
            raise ValidationError("reason", "missing" if not reason.strip() else "too_long")
        return self._hold(invoice, until, reason.strip())

    def _hold(self, invoice: Invoice, until: date, reason: str) -> Invoice:
        held = replace(invoice, held_until=until, held_for=reason)
        self.store.change_invoice(invoice.number, held)
        if terms.remind_on(invoice.due or until, invoice.collection) and invoice.remaining:
            self.store.plan(Due(DueKind.COLLECTION, invoice.number, until + timedelta(days=1)))
        return held

    def _let_go(self, number: str) -> None:
        """The reason to hold is gone: the schedule takes the invoice up again today."""
        free = replace(self._exact(number), held_until=None, held_for="")
        self.store.change_invoice(number, free)
        self._plan_reminder(free)

    @once
    def remind(self, number: str, *, actor: Actor, idem: str) -> Invoice:
        """Take the next step of collection now."""
        _no_customer(actor, "remind")
        invoice = self._exact(number)
        if not invoice.overdue:
            raise InvalidState(invoice.payment if rules.is_issued(invoice) else invoice.state, "remind")
        return self._remind(invoice)

    def _remind(self, invoice: Invoice) -> Invoice:
        step = machines.COLLECTION.step(invoice.collection, "remind")
        reminded = replace(invoice, collection=step, held_until=None, held_for="")
        self.store.change_invoice(invoice.number, reminded)
        self._plan_reminder(reminded)
        self._tell("invoice.reminded", invoice.customer_id, invoice.number, step=step, remaining=invoice.remaining)
        if step == Collection.EXHAUSTED:
            self._stop_licence(reminded)
        return reminded

    def _stop_licence(self, invoice: Invoice) -> None:
        """Only what the invoice is for: a training that was not paid stops no software."""
        held = self.store.subscription(invoice.subscription) if invoice.subscription else None
        if held and held.licence == Licence.ACTIVE:
            self._set_licence(held, "default", reason=DEFAULT)

    # Proofs of payment

    @once
    def submit_payment_proof(
        self, customer_id: str, invoice_number: str, file: ProofFile, *, actor: Actor, idem: str
    ) -> Proof:
        """Hand in a proof of payment."""
        invoice = self._own(invoice_number, customer_id)
        _check_file(file)
        if same := next((p for p in self.proofs(customer_id) if _is_same(p, invoice, file)), None):
            return same
        if not rules.is_issued(invoice) or invoice.kind == InvoiceKind.CREDIT_NOTE:
            raise InvalidState(invoice.state, "submit_payment_proof")
        if not invoice.remaining:
            raise InvalidState(invoice.payment, "submit_payment_proof")
        number = f"P{self.store.next_number('P'):06d}"
        proof = Proof(number, customer_id, invoice.number, file, ProofState.RECEIVED, actor, self.clock.now())
        self.store.add_matter(proof)
        self._hold(invoice, self.clock.today() + terms.PROOF_REVIEW, "proof")
        self._tell("proof.received", customer_id, invoice.number, proof=proof.id)
        return proof

    @once
    def decide_proof(self, proof_id: str, accept: bool, reason: str = "", *, actor: Actor, idem: str) -> Proof:
        """Accept the proof, and let the licence run provisionally, or reject it."""
        agents_only(actor)
        proof = self.proof(proof_id)
        state = machines.PROOF.step(proof.state, "accept" if accept else "reject")
        if not accept and not reason.strip():
            raise ValidationError("reason", "missing")
        until = self.clock.today() + terms.PROVISIONAL if accept else None
        decided = replace(
            proof, state=state, decided_by=actor.id, decided=self.clock.now(), reason=reason.strip(),
            provisional_until=until,
        )  # fmt: skip
        if not self.store.settle_matter(decided, seen=proof.state):
            raise InvalidState(self.proof(proof_id).state, "decide_proof")
        self._carry_out(decided)
        self._tell("proof.decided", proof.customer_id, proof.invoice, proof=proof.id, state=state)
        return decided

    def _carry_out(self, proof: Proof) -> None:
        if proof.provisional_until is None:
            self._let_go(proof.invoice)
            return
        invoice = self._exact(proof.invoice)
        if invoice.remaining:
            self._hold(invoice, proof.provisional_until, "proof")
        for held in self.subscriptions(proof.customer_id):
            stopped = held.licence in (Licence.INACTIVE, Licence.PROVISIONAL) and held.licence_reason == DEFAULT
            if stopped and _concerns(invoice, held):
                self._set_licence(held, "accept_proof", reason=DEFAULT, until=proof.provisional_until)

    # Disputes

    @once
    def open_dispute(self, customer_id: str, invoice_number: str, reason: str, *, actor: Actor, idem: str) -> Dispute:
        """File that a charge is not accepted; reminders rest."""
        invoice = self._own(invoice_number, customer_id)
        if not rules.is_issued(invoice):
            raise InvalidState(invoice.state, "open_dispute")
        if not reason.strip() or len(reason) > REASON_LIMIT:
            raise ValidationError("reason", "missing" if not reason.strip() else "too_long")
        open_ones = (d for d in self.disputes(customer_id) if d.state == DisputeState.OPEN)
        if now := next((d for d in open_ones if d.invoice == invoice.number), None):
            return now
        number, created = f"D{self.store.next_number('D'):06d}", self.clock.now()
        dispute = Dispute(number, customer_id, invoice.number, reason.strip(), DisputeState.OPEN, actor, created)
        self.store.add_matter(dispute)
        if invoice.remaining:
            self._hold(invoice, self.clock.today() + terms.DISPUTE_REVIEW, "dispute")
        self._tell("dispute.opened", customer_id, invoice.number, dispute=dispute.id)
        return dispute

    @once
    def decide_dispute(self, dispute_id: str, uphold: bool, answer: str, *, actor: Actor, idem: str) -> Dispute:
        """Say who is right. A credit note, if one is due, is a deed of its own."""
        agents_only(actor)
        if not answer.strip():
            raise ValidationError("answer", "missing")
        return self._end_dispute(self.dispute(dispute_id), "uphold" if uphold else "reject", actor, answer.strip())

    @once
    def withdraw_dispute(self, customer_id: str, dispute_id: str, *, actor: Actor, idem: str) -> Dispute:
        """The customer accepts the charge after all."""
        dispute = self.dispute(dispute_id)
        if dispute.customer_id != customer_id:
            raise NotFound("dispute", dispute_id)
        return self._end_dispute(dispute, "withdraw", actor, "")

    def _end_dispute(self, dispute: Dispute, event: str, actor: Actor, answer: str) -> Dispute:
        state = machines.DISPUTE.step(dispute.state, event)
        ended = replace(dispute, state=state, decided_by=actor.id, decided=self.clock.now(), answer=answer)
        if not self.store.settle_matter(ended, seen=dispute.state):
            raise InvalidState(self.dispute(dispute.id).state, event)
        self._let_go(dispute.invoice)
        self._tell("dispute.decided", dispute.customer_id, dispute.invoice, dispute=dispute.id, state=state)
        return ended

    # "Is this IBAN yours?"

    @once
    def report_iban(self, customer_id: str, written: str, *, actor: Actor, idem: str) -> IbanAnswer:
        """Answer whether an account is ours; tell our agents if it is not."""
        self.customer(customer_id)
        answer = self.is_our_iban(written)
        if not answer.ours:
            self._tell("iban.foreign", customer_id, answer.masked, asked_by=actor.id, message=actor.message_id)
        return answer


def agents_only(actor: Actor) -> None:
    """Raises Forbidden for anybody else."""
    if actor.kind != ActorKind.AGENT:
        raise Forbidden("agents_only")


def _no_customer(actor: Actor, deed: str) -> None:
    if actor.kind == ActorKind.CUSTOMER:
        raise Forbidden(deed)


def _check_amount(amount: Money, invoice: Invoice) -> None:
    if amount.currency != invoice.currency or amount.minor <= 0:
        raise ValidationError("amount", "invalid")


def _check_file(file: ProofFile) -> None:
    if file.media_type not in PROOF_TYPES:
        raise ValidationError("media_type", "unknown")
    if len(file.sha256) != 64 or set(file.sha256) - set("0123456789abcdef"):
        raise ValidationError("sha256", "invalid")
    if not 0 < file.size <= PROOF_LIMIT:
        raise ValidationError("size", "missing" if file.size <= 0 else "too_long")


def _is_same(proof: Proof, invoice: Invoice, file: ProofFile) -> bool:
    return proof.invoice == invoice.number and proof.file.sha256 == file.sha256


def _concerns(invoice: Invoice, subscription: Subscription) -> bool:
    """An invoice that names no subscription may be for any of them."""
    return invoice.subscription in (None, subscription.number)
