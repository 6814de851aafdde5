"""Values of the road as JSON for a row, and back."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.messages import (
    Actor,
    Attachment,
    Channel,
    Choice,
    CsvFile,
    DocumentRef,
    Heard,
    Language,
    Reading,
    Reply,
    Role,
    SlotValue,
    Trust,
    Written,
)


@dataclass(frozen=True)
class Place:
    """Where a conversation goes on: the channel, and where in it."""

    channel: Channel
    recipient: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    private_to: str = ""


@dataclass(frozen=True)
class Wants:
    """What an open question wants to know. Everything that was offered stands in the order in which it was shown."""

    slots: tuple[str, ...] = ()  # what the answer may fill
    candidates: tuple[str, ...] = ()
    asked: str = ""  # what was written and fits several candidates: the answer takes its place
    readings: tuple[tuple[str, dict[str, SlotValue]], ...] = ()  # requests to choose from: intent and slots
    pending: tuple[str, ...] = ()  # ids of parked requests to choose from
    verdict: str = ""  # "confirm" or "deny": what was said of one of the pending
    account: bool = False  # for which customer


def dump_wants(value: Wants) -> str:
    """What a question wants to know, as JSON."""
    return json.dumps(asdict(value), ensure_ascii=False)


def wants(text: str) -> Wants:
    """What a row's question wants to know."""
    row: dict[str, Any] = json.loads(text or "{}")
    readings = tuple((intent, slots(json.dumps(given))) for intent, given in row.pop("readings", ()))
    lists: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Wants(**lists, readings=readings)


def dump(value: Any) -> str:
    """A value as JSON; of a dataclass, its fields."""
    return json.dumps(value if isinstance(value, dict) else asdict(value), ensure_ascii=False)


def actor(text: str) -> Actor:
    """The actor as it was when the request was made."""
    row = json.loads(text)
    spoken = row.pop("language")
    language = Language(spoken) if spoken else None
    role, trust, reasons = Role(row.pop("role")), Trust(row.pop("trust")), tuple(row.pop("reasons"))
    return Actor(**row, role=role, trust=trust, reasons=reasons, language=language)


def place(text: str) -> Place:
    """The place a row names."""
    row = json.loads(text)
    return Place(
        Channel(row["channel"]),
        row["recipient"],
        row["in_reply_to"],
        tuple(row["references"]),
        row["private_to"],
    )


def reply(text: str) -> Reply:
    """The reply of an outbox row."""
    return _reply(json.loads(text))


def _reply(row: dict[str, Any]) -> Reply:
    return Reply(
        subject=row["subject"],
        body=row["body"],
        language=Language(row["language"]),
        choices=tuple(Choice(**choice) for choice in row["choices"]),
        attachments=tuple(CsvFile(**one) if "text" in one else DocumentRef(**one) for one in row["attachments"]),
        state=row.get("state", ""),
        asks=_reply(row["asks"]) if row.get("asks") else None,
    )


def dump_written(value: Written) -> str:
    """What a request was written in, as JSON."""
    files = [asdict(file) for file in value.files]
    received = value.received.isoformat() if value.received else None
    return json.dumps({"text": value.text, "received": received, "files": files}, ensure_ascii=False)


def written(text: str) -> Written:
    """What a parked request was written in."""
    row = json.loads(text or "{}")
    received = datetime.fromisoformat(row["received"]) if row.get("received") else None
    return Written(row.get("text", ""), received, tuple(Attachment(**file) for file in row.get("files", ())))


def slots(text: str) -> dict[str, SlotValue]:
    """Slots in normal form; lists are tuples again."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(text).items()}


def heard_as_json(heard: Heard) -> dict[str, Any]:
    """A request as INTENTS.md writes it."""
    return {
        "intent": heard.intent,
        "slots": {k: list(v) if isinstance(v, tuple) else v for k, v in heard.slots.items()},
    }


def reading_as_json(reading: Reading) -> dict[str, Any]:
    """What was understood, for the inbox row, the log of decisions and the command line."""
    return {
        "language": reading.language,
        "requests": [heard_as_json(heard) for heard in reading.requests],
        "decision": reading.decision.value,
        "evidence": [*reading.evidence, *(line for heard in reading.requests for line in heard.evidence)],
    }
