"""Files that customers handed in, for the agents who look at them: found again in the mails that are kept.

A proof at the core knows its file by hash, type and size; the octets stay in the mail they came in. They are passed on
as they are and never opened. The name is ours: what the sender called the file is nobody's to click on.
"""

import hashlib
import logging
from collections.abc import Callable

from sqlalchemy import Engine
from sqlmodel import Session, col, select

import billing
from bot.messages import Channel
from bot.ports import File
from storage.database import reading
from storage.tables import InboxRow

log = logging.getLogger(__name__)
FileIn = Callable[[bytes, str], bytes | None]  # the octets of the file of this SHA-256 in a raw mail

_ENDINGS = {
    "application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/heic": "heic", "image/tiff": "tif",
}  # fmt: skip


class HandedIn:
    """Finds the file of a proof of payment."""

    def __init__(self, engine: Engine, cores: Callable[[Session], billing.BillingCore], file_in: FileIn) -> None:
        self._engine, self._cores, self._file_in = engine, cores, file_in

    def file(self, proof_id: str, *, case: str) -> File | None:
        """The file as `RE-2026-000123-P7.pdf`; None where its mail is kept no longer, or cannot be taken apart."""
        with reading(self._engine) as session:
            proof = self._cores(session).proof(proof_id)
            query = select(InboxRow.raw).where(InboxRow.case_id == case, InboxRow.channel == Channel.EMAIL)
            mails = session.exec(query.order_by(col(InboxRow.received).desc())).all()
        wanted = proof.file.sha256
        found = (octets for raw in mails if raw and (octets := self._file_in(raw, wanted)))
        # The process that takes mails apart may have been taken over by one: what it gives is checked here.
        octets = next((one for one in found if hashlib.sha256(one).hexdigest() == wanted), None)
        if octets is None:
            log.warning("action=proof_not_found proof=%s case=%s", proof_id, case)
            return None
        name = f"{proof.invoice}-{proof.id}.{_ENDINGS.get(proof.file.media_type, 'bin')}"
        return File(name, proof.file.media_type, octets)
