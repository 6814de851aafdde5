"""The embedded billing core: the shared rules over SQL tables in the caller's own transaction."""

from collections.abc import Sequence

from sqlmodel import Session

from billing.clock import Clock
from billing.desk import Desk
from billing.embedded.store import SqlStore
from billing.paylinks import PayLinks
from billing.store import DocumentMaker
from billing.terms import Plan


class EmbeddedCore(Desk):
    """The whole core in the caller's session. It never commits and opens no connection of its own.

    On SQLite the transaction must begin IMMEDIATE, else writers that wait for each other fail with
    "database is locked"; on PostgreSQL the series' row lock does the same service.
    """

    def __init__(
        self,
        session: Session,
        *,
        clock: Clock,
        documents: DocumentMaker,
        catalogue: Sequence[Plan] = (),
        portal_url: str = "/portal",
        pay_links: PayLinks | None = None,
    ) -> None:
        store = SqlStore(session)
        super().__init__(
            store, clock=clock, documents=documents, catalogue=catalogue, portal_url=portal_url, pay_links=pay_links
        )
