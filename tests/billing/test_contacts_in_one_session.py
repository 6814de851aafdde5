"""The core shares its caller's session: what it changes there, it changes row by row."""

from dataclasses import replace

from sqlmodel import Session

from billing.clock import FixedClock
from billing.embedded import EmbeddedCore
from billing.embedded.tables import CustomerRow
from billing.fake import PlainDocuments
from billing.terms import DEMO_CATALOGUE
from tests.billing.conftest import memory_engine
from tests.billing.people import ACME, ANNA, BETA, SYSTEM, TODAY, key


def test_a_changed_contact_leaves_what_the_caller_holds_in_the_session() -> None:
    with Session(memory_engine()) as session, session.begin():
        core = EmbeddedCore(session, clock=FixedClock(TODAY), documents=PlainDocuments(), catalogue=DEMO_CATALOGUE)
        for customer in (ACME, BETA):
            core.add_customer(customer, actor=SYSTEM, idem=key())
        held = session.get(CustomerRow, "beta")
        assert held is not None
        changed = core.update_profile(
            "acme", "anna@acme.example", phone="+49 221 12345", expected_version=1, actor=ANNA, idem=key()
        )
        assert changed.contacts == (ACME.contacts[0], replace(ACME.contacts[1], phone="+49 221 12345"))
        assert held in session
        assert held.name == BETA.name
