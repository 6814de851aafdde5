"""The road of one request in memory: demo data, the real policy, the real handlers; and what people say, read."""

import functools
from dataclasses import fields
from datetime import date
from typing import Any

from billing.clock import FixedClock
from billing.demo import DEMO_DAY, seed
from billing.fake import FakeCore
from bot import intents
from bot.context import Grant
from bot.messages import Actor, Decision, Heard, Language, Reading, Role, Trust, Written
from bot.pipeline.serve import Served, Wish, serve
from bot.understand import Listener

SENT = date(2026, 11, 20)
REGISTRY = intents.load()


class Desk:
    """A counter with the demo's customers. `serve` is one request by one of a customer's people."""

    def __init__(self) -> None:
        self.core = _demo_core()
        self._count = 0

    def serve(
        self, intent: str, ask: Any, customer: str, *,
        sender: str = "", role: Role = Role.OWNER, trust: Trust = Trust.T1, grant: Grant | None = None,
        written: Written | None = None,
    ) -> Served:  # fmt: skip
        """What becomes of a request; a sender without an address is the customer's main contact."""
        self._count += 1
        address = sender or self.main_address(customer)
        actor = Actor(address, role, trust, customer_id=customer, contact_email=address)
        slots = {f.name: getattr(ask, f.name) for f in fields(ask) if getattr(ask, f.name)}
        wish = Wish(
            REGISTRY[intent], slots, actor, Language.DE, "G-1", f"email:{self._count}", grant or Grant(),
            written=written or Written(),
        )  # fmt: skip
        return serve(wish, self.core, DEMO_DAY)

    def main_address(self, customer: str) -> str:
        """Where letters about the contract go."""
        contact = self.core.customer(customer).main_contact
        assert contact is not None
        return contact.email


def _demo_core() -> FakeCore:
    """The demo's books, to write in: what they hold is frozen, so a copy of the tables is enough."""
    core = FakeCore(clock=FixedClock(DEMO_DAY))
    for table, rows in vars(_seeded().memory).items():
        setattr(core.memory, table, dict(rows))
    return core


@functools.cache
def _seeded() -> FakeCore:
    """Filled in once: that takes a tenth of a second, and each test wants books of its own."""
    core = FakeCore(clock=FixedClock(DEMO_DAY))
    seed(core)
    return core


@functools.cache
def listener() -> Listener:
    """The understander as the counter builds it."""
    return Listener({name: intent.phrases for name, intent in REGISTRY.items()})


def read(text: str) -> Reading:
    """One message, read."""
    return listener().read(text, sent=SENT)


def asks_in(reading: Reading) -> list[tuple[str, Any]]:
    """The requests of a reading as typed asks of the known intents."""
    return [(heard.intent, _typed(heard)) for heard in reading.requests]


def _typed(heard: Heard) -> Any:
    intent = REGISTRY.get(heard.intent)
    try:
        return intent.ask_from(heard.slots) if intent else None
    except intents.MissingSlots as missing:
        return missing.names


def acted_on(reading: Reading, intent: str) -> bool:
    """Whether this intent would be carried out without a question."""
    return any(heard.intent == intent and heard.decision is Decision.ACT for heard in reading.requests)
