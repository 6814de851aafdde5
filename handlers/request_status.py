"""Say how an earlier request stands: where it is, who has it, what comes next."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import billing
from bot.kit import Context, Done, Earlier, Reference, Refused, Risk, Role, intent

MOST = 10  # requests in one letter, newest first
LATELY = timedelta(days=30)  # where nothing is open, what was decided since then is told
OPEN = ("open", "asked", "person", "queued", "failed", "ready")
REASONS = ("not_proven", "wrong_account", "duplicate", "other_way")  # keys that have words


@dataclass(frozen=True)
class Ask:
    """The reference of the request; without one, all that are open."""

    reference: Reference | None = None


@dataclass(frozen=True)
class Line:
    """One request."""

    reference: str  # what people quote: of the case where there is one, else of what was filed
    matter: str  # company_name, country, tax_id, cancel, upgrade, proof, dispute, quote, other
    subject: str  # number of the invoice or subscription it is about, or ""
    state: str  # open, approved, rejected, expired, superseded, withdrawn; of quotes: queued, failed, ready, accepted;
    # person: one of our people has it in hand; asked: our support waits for the customer's answer
    asked: date  # with state person: since when
    decided: date | None = None
    reason: str = ""  # key of a rejection
    until: date | None = None  # of a quote: valid until
    question: date | None = None  # of what our support waits for: when it asked


@dataclass(frozen=True)
class Standing(Done):
    """How they stand."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Decided(Done):
    """Nothing is open; this was decided lately."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class NothingOpen(Done):
    """Nothing is open, and nothing was decided lately."""


@dataclass(frozen=True)
class NotFound(Refused):
    """No such request of this customer. It may be another's: nobody learns which there are."""

    reference: str


@intent(
    "request_status",
    risk=Risk.R1,
    technical=True,
    phrases={
        "de": (
            "Wie ist der Stand meiner Anfrage {reference}?",
            "Gibt es schon etwas Neues zu {reference}?",
            "Ich warte noch auf eine Antwort zu unserem Antrag",
            "Wurde unsere Anfrage inzwischen bearbeitet?",
            "Was ist aus unserem Änderungswunsch geworden?",
            "Wann können wir mit einer Entscheidung zu {reference} rechnen?",
            "Bitte teilen Sie mir den Bearbeitungsstand von {reference} mit",
            "Ich habe noch nichts zu meinem Antrag {reference} gehört",
        ),
        "fr": (
            "Où en est ma demande {reference} ?",
            "Avez-vous du nouveau concernant {reference} ?",
            "J'attends toujours une réponse à notre demande",
            "Notre demande a-t-elle été traitée entre-temps ?",
            "Qu'est devenue notre demande de modification ?",
            "Quand pouvons-nous compter sur une décision pour {reference} ?",
            "Merci de m'indiquer l'état d'avancement du dossier {reference}",
            "Je n'ai pas eu de nouvelles de ma demande {reference}",
        ),
        "en": (
            "What is the status of my request {reference}?",
            "Is there any news on {reference}?",
            "I am still waiting for an answer to our request",
            "Has our request been dealt with yet?",
            "What has become of our change request?",
            "When can we expect a decision on {reference}?",
            "Please let me know how case {reference} is progressing",
            "I have not heard back about my request {reference}",
        ),
    },
)
def request_status(ask: Ask, ctx: Context) -> Standing | Decided | NothingOpen | NotFound:
    """Look among what this customer has asked for; a technical contact sees only what they asked for themselves.

    What our people answer in person is told only to who wrote it, and to our own people.
    """
    known = sorted(_all(ctx), key=lambda one: one.line.asked, reverse=True)
    if ask.reference:
        named = tuple(one.line for one in known if one.answers_to(ask.reference))
        return Standing(named[:MOST]) if named else NotFound(ask.reference)
    still_open = tuple(one.line for one in known if one.line.state in OPEN)
    if still_open:
        return Standing(still_open[:MOST])
    since = ctx.today - LATELY
    lately = tuple(one.line for one in known if one.line.decided and one.line.decided >= since)
    return Decided(lately[:MOST]) if lately else NothingOpen()


@dataclass(frozen=True)
class _Known:
    """A request with every number that people may call it by."""

    line: Line
    names: tuple[str, ...]

    def answers_to(self, reference: str) -> bool:
        return reference.strip().casefold() in {name.casefold() for name in self.names if name}


def _all(ctx: Context) -> Iterator[_Known]:
    """What was filed at the core, each with the case that it was asked in, and what was filed nowhere."""
    before = ctx.earlier()
    cases = {filed: earlier for earlier in before for filed in earlier.filed}
    listed: set[str] = set()
    for filed in (*_changes(ctx), *_proofs(ctx), *_disputes(ctx)):
        case = cases.get(filed.line.reference)
        listed.add(filed.line.reference)
        yield _in_case(filed, case) if case else filed
    yield from _quotes(ctx)
    for earlier in before:
        if not listed & set(earlier.filed) and _may_see(ctx, earlier.asker):
            yield _Known(_line_of(earlier), (earlier.case,))
    told = {earlier.case for earlier in before if earlier.state in ("open", "asked")}
    for one in ctx.with_person():
        if one.case not in told:
            yield _Known(Line(one.case, "other", "", "person", one.since.date()), (one.case,))


def _in_case(filed: _Known, case: Earlier) -> _Known:
    asked = filed.line.state == "open" and case.state == "asked"
    state, question = ("asked", _day(case.question)) if asked else (filed.line.state, None)
    told = replace(filed.line, reference=case.case, state=state, question=question)
    return _Known(told, (case.case, *filed.names))


def _line_of(earlier: Earlier) -> Line:
    asked, decided = earlier.asked.date(), _day(earlier.decided)
    question = _day(earlier.question)
    return Line(earlier.case, "other", "", earlier.state, asked, decided, _reason(earlier.reason), None, question)


def _changes(ctx: Context) -> Iterator[_Known]:
    for one in ctx.billing.change_requests(ctx.customer.id):
        if _may_see(ctx, one.requested_by.id):
            matter = one.changes.fields[0] if len(one.changes.fields) == 1 else "several"
            subject = one.changes.cancel or ""
            yield _filed(one.id, matter, subject, one.state.value, one.created, one.decided, one.reason)


def _proofs(ctx: Context) -> Iterator[_Known]:
    states = {billing.ProofState.RECEIVED: "open", billing.ProofState.ACCEPTED: "approved"}
    for one in ctx.billing.proofs(ctx.customer.id):
        if _may_see(ctx, one.requested_by.id):
            state = states.get(one.state, "rejected")
            yield _filed(one.id, "proof", one.invoice, state, one.created, one.decided, one.reason)


def _disputes(ctx: Context) -> Iterator[_Known]:
    for one in ctx.billing.disputes(ctx.customer.id):
        if _may_see(ctx, one.requested_by.id):
            state = "approved" if one.state == billing.DisputeState.UPHELD else one.state.value
            yield _filed(one.id, "dispute", one.invoice, state, one.created, one.decided, one.answer)


def _filed(
    number: str, matter: str, subject: str, state: str, asked: datetime, decided: datetime | None, reason: str
) -> _Known:
    line = Line(number, matter, subject, state, asked.date(), _day(decided), _reason(reason))
    return _Known(line, (number, subject))


def _quotes(ctx: Context) -> Iterator[_Known]:
    for one in ctx.billing.quotes(ctx.customer.id):
        if _may_see(ctx, one.requested_by):
            state = "queued" if one.state == billing.QuoteState.GENERATING else one.state.value
            state = "expired" if one.expired and state == "ready" else state
            asked = one.issued or ctx.today
            line = Line(one.number or one.id, "quote", one.subscription, state, asked, None, "", one.valid_until)
            yield _Known(line, (one.number or "", one.id, one.subscription))


def _may_see(ctx: Context, asker: str) -> bool:
    mine = asker.casefold() == (ctx.actor.contact_email or "").casefold()
    return ctx.actor.role is not Role.TECHNICAL or mine


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _reason(key: str) -> str:
    return key if key in REASONS else ""
