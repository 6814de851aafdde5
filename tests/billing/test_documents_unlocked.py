"""Making a document takes a tenth of a second: nobody else waits for it."""

from pathlib import Path

from sqlmodel import Session

from billing.clock import FixedClock
from billing.documents import Documents
from billing.embedded import EmbeddedCore
from billing.values import Document, Invoice
from bot.messages import DocumentRef
from bot.pipeline.outgoing import stored_documents
from storage.database import migrate, open_engine, writing
from tests.billing.people import ACME, SYSTEM, TODAY, euro, issue, key, take_up


def test_others_can_write_while_a_document_is_made(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'billing.db'}")
    migrate(engine)
    clock, written = FixedClock(TODAY), []

    class Watched(Documents):
        def invoice(self, invoice: Invoice, corrects: Invoice | None) -> Document:
            with writing(engine) as session:
                core = EmbeddedCore(session, clock=clock, documents=Documents())
                written.append(core.record_payment(invoice.number, euro(100), TODAY, actor=SYSTEM, idem=key()))
            return super().invoice(invoice, corrects)

    def cores(session: Session) -> EmbeddedCore:
        return EmbeddedCore(session, clock=clock, documents=Watched())

    with writing(engine) as session:
        take_up(cores(session), ACME)
        number = issue(cores(session)).number
    refs = [DocumentRef("invoice", number)]
    (first,) = stored_documents(engine, cores, refs, of="acme")
    (again,) = stored_documents(engine, cores, refs, of="acme")
    assert again == first
    assert [allocation.allocated for allocation in written] == [euro(100)]
    engine.dispose()
