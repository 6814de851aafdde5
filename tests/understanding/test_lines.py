"""`guichet understand`: labelled messages in, readings out, a line each, as they come."""

import io
import json
from datetime import date

from bot.messages import Decision, Heard, Reading, Span
from bot.understand.lines import understand_lines


class Echo:
    """Hears the subject as the invoice number."""

    def read(self, text: str, *, subject: str = "", sent: date) -> Reading:
        heard = Heard("send_invoice", {"invoices": (subject,)}, {"invoices": (Span(0, 1),)}, Decision.ASK, ())
        return Reading("de", (heard,), Decision.ASK, (f"{sent}",))


def run(*lines: str) -> tuple[int, list[dict[str, object]], str]:
    out, err = io.StringIO(), io.StringIO()
    status = understand_lines(lines, out, err, Echo())
    return status, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_a_line_is_answered_with_its_id_language_requests_and_decision() -> None:
    status, [answer], err = run('{"id": "a", "subject": "12", "text": "bitte", "sent": "2026-03-14"}')
    assert (status, err) == (0, "")
    requests = [{"intent": "send_invoice", "slots": {"invoices": ["12"]}}]
    assert answer == {"id": "a", "language": "de", "requests": requests, "decision": "ask"}


def test_blank_lines_are_passed_over() -> None:
    assert run("", "  \n") == (0, [], "")


def test_a_broken_line_is_named_and_the_others_are_answered() -> None:
    status, answers, err = run(
        "{",
        '["a"]',
        '{"id": 1}',
        '{"text": ""}',
        '{"id": 1, "text": 2}',
        '{"id": 1, "text": "", "sent": "soon"}',
        '{"id": 2, "text": "x"}',
    )
    assert status == 1 and [answer["id"] for answer in answers] == [2]
    assert err.splitlines() == [
        "line 1: not JSON", "line 2: not an object", "line 3: no text", "line 4: no id", "line 5: text is not a string",
        "line 6: sent is not a date",
    ]  # fmt: skip
