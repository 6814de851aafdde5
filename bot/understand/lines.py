"""`guichet understand`: labelled-message lines in, readings out, a line each."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, TextIO

from bot.messages import Reading
from bot.ports import Understander


class BadLine(Exception):
    """A line that holds no message; says what is missing."""


def understand_lines(lines: Iterable[str], out: TextIO, err: TextIO, understander: Understander) -> int:
    """Answer each line as it comes. A broken one gives one message on `err`, and status 1 at the end."""
    status = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            answer = _answer(line, understander)
        except BadLine as wrong:
            err.write(f"line {number}: {wrong}\n")
            status = 1
            continue
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")
        out.flush()
    return status


def _answer(line: str, understander: Understander) -> dict[str, Any]:
    message = _message(line)
    sent = _sent(message.get("sent"))
    reading = understander.read(_text(message, "text"), subject=_text(message, "subject"), sent=sent)
    return {"id": message["id"], "language": reading.language, **as_json(reading)}


def as_json(reading: Reading) -> dict[str, Any]:
    """Requests and decision as `understand` and `read-mail` write them; an absent slot is left out."""
    requests = [
        {"intent": h.intent, "slots": {k: list(v) if isinstance(v, tuple) else v for k, v in h.slots.items()}}
        for h in reading.requests
    ]
    return {"requests": requests, "decision": str(reading.decision)}


def _message(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as wrong:
        raise BadLine("not JSON") from wrong
    if not isinstance(message, dict):
        raise BadLine("not an object")
    if "id" not in message or "text" not in message:
        raise BadLine("no id" if "id" not in message else "no text")
    return message


def _text(message: dict[str, Any], key: str) -> str:
    value = message.get(key) or ""
    if not isinstance(value, str):
        raise BadLine(f"{key} is not a string")
    return value


def _sent(value: object) -> date:
    if value is None:
        return date.today()
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as wrong:
        raise BadLine("sent is not a date") from wrong
