"""A letter whose documents are too large for one mail becomes several."""

from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import Session

from bot.messages import Language, Reply
from bot.outcomes import FurtherDocuments
from bot.pipeline import records
from bot.ports import File
from bot.render import Words
from bot.tokens import derive_id
from storage.tables import OutboxRow

MEGABYTE = 1_000_000
_TEXT = 60_000  # octets of the two dresses and the headers, generously


def octets_in_mail(file: File) -> int:
    """What a file takes in a mail: base64 in lines of 76 (RFC 2045 6.8), and the headers of its part."""
    return (len(file.content) + 2) // 3 * 4 * 78 // 76 + 600


def parcels(files: Sequence[File], most: float) -> list[list[int]]:
    """The places of the files, in their order, in groups that fit into `most` octets; a larger one goes alone."""
    groups: list[list[int]] = [[]]
    filled = float(_TEXT)
    for place, file in enumerate(files):
        size = octets_in_mail(file)
        if groups[-1] and filled + size > most:
            groups.append([])
            filled = _TEXT
        groups[-1].append(place)
        filled += size
    return groups


def split(session: Session, row: OutboxRow, groups: list[list[int]], words: Words) -> Reply:
    """Leave the first group with the row, and give each other group a row of its own. Gives the reply of the row."""
    reply = records.reply(row.reply)
    language = Language(row.language)
    for number, group in enumerate(groups[1:], 2):
        documents = tuple(reply.attachments[place] for place in group)
        more = words.render(FurtherDocuments(number, len(groups)), language, intent="")
        more = words.letter(replace(more, attachments=documents), salutation_name="", case=row.case_id)
        session.add(_further(row, number, more))
    first = tuple(reply.attachments[place] for place in groups[0])
    reply = replace(reply, body=f"{reply.body}\n\n{words.in_parts(len(groups), language)}", attachments=first)
    row.reply = records.dump(reply)
    session.add(row)
    return reply


def _further(row: OutboxRow, number: int, reply: Reply) -> OutboxRow:
    return OutboxRow(
        id=derive_id("parcel", row.id, str(number)), inbox_id=row.inbox_id, case_id=row.case_id, channel=row.channel,
        recipient=row.recipient, language=row.language, reply=records.dump(reply), in_reply_to=row.in_reply_to,
        references=row.references, business_date=row.business_date, customer_id=row.customer_id, due=row.created,
        created=row.created, on_failure=row.on_failure,
    )  # fmt: skip
