"""The modals with which an agent decides or asks: first empty, for a trigger lives three seconds, then filled."""

import json

from bot.channels.slack.blocks import pages
from bot.channels.slack.labels import QUESTIONS, REASONS, Labels
from bot.channels.slack.read import APPROVE, ASK, REJECT, SEND
from bot.channels.slack.stored import Json
from bot.messages import Reply
from bot.outcomes import CardFacts, Change

CALLBACKS = {"approve": APPROVE, "reject": REJECT, "ask": ASK}
QUESTION_LENGTH = 1200  # as JSON it travels with the preview, in the 3,000 characters that a view may carry unseen

VALUE_LENGTH = 500  # a fact longer than that is cut; section fields hold 2,000 characters
NOTE_LENGTH = 1000
ELLIPSIS = "…"
TWINS = str.maketrans("*~`_", "∗∼ˋ\uff3f")  # mrkdwn has no escape for its own marks


def loading(verdict: str) -> Json:
    """Shown at once, in no language in particular."""
    return _view(verdict, ELLIPSIS, [_section(ELLIPSIS)])


def filled(verdict: str, parked_id: str, facts: CardFacts, words: Labels) -> Json:
    """The diff, and for a rejection the reason and a note; for a question to the customer, what is asked."""
    if verdict == "ask":
        return _form(parked_id, facts, words)
    blocks = [_about(facts, words), *(_diff(change, words) for change in facts.changes)]
    inputs = [_reason(words), _note(words)] if verdict == "reject" else []
    view = _view(verdict, _title(verdict, words), [*blocks, *inputs, _context(words.told)])
    submit = words.submit_reject if verdict == "reject" else words.submit_approve
    return view | {"private_metadata": parked_id, "submit": _plain(submit), "close": _plain(words.close)}


def _form(parked_id: str, facts: CardFacts, words: Labels) -> Json:
    if not facts.goes_to:
        return notice("ask", words.cannot_ask, words)
    reads = f"*{words.reads}*  {words.languages[facts.language]}\n*{words.goes_to}*  {_literal(facts.goes_to)}"
    blocks = [_about(facts, words), *(_diff(change, words) for change in facts.changes), _section(reads)]
    view = _view("ask", words.title_ask, [*blocks, *_question(words), _context(words.paused)])
    return view | {"private_metadata": parked_id, "submit": _plain(words.submit_ask), "close": _plain(words.close)}


def preview(parked_id: str, standard: str, text: str, letter: Reply, words: Labels) -> Json:
    """The letter as the customer will read it; only what is submitted here goes out."""
    asked = json.dumps({"parked": parked_id, "standard": standard, "text": text}, ensure_ascii=False)
    view = _view("ask", words.title_preview, [*pages(letter, "")[0].blocks, _context(words.paused)])
    return view | {"callback_id": SEND, "private_metadata": asked, "submit": _plain(words.submit_preview),
                   "close": _plain(words.back)}  # fmt: skip


def notice(verdict: str, said: str, words: Labels) -> Json:
    """A sentence in place of the form: there is nothing left to decide here."""
    return _view(verdict, _title(verdict, words), [_section(said)])


def escape(text: str) -> str:
    """Foreign text that can page nobody and link nowhere."""
    line = " ".join(text.split())
    cut = line if len(line) <= VALUE_LENGTH else line[:VALUE_LENGTH] + ELLIPSIS
    return cut.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _title(verdict: str, words: Labels) -> str:
    return {"reject": words.title_reject, "ask": words.title_ask}.get(verdict, words.title_approve)


def _view(verdict: str, title: str, blocks: list[Json]) -> Json:
    return {"type": "modal", "callback_id": CALLBACKS[verdict], "title": _plain(title), "blocks": blocks}


def _about(facts: CardFacts, words: Labels) -> Json:
    return _section(f"*{words.case}*  {escape(facts.case)}\n*{words.customer}*  {_literal(facts.customer)}")


def _diff(change: Change, words: Labels) -> Json:
    name = words.fields.get(change.field, change.field)
    before, after = change.before or words.empty, change.after or words.empty
    said = f"*{escape(name)}*\n{words.was}:  {_literal(before)}\n{words.becomes}:  *{_literal(after)}*"
    return _section(said)


def _literal(fact: str) -> str:
    """Escaped, and with the marks of mrkdwn replaced by their twins, which mean nothing to Slack."""
    return escape(fact).translate(TWINS)


def _reason(words: Labels) -> Json:
    options = [{"text": _plain(words.reasons[key]), "value": key} for key in REASONS]
    placeholder = _plain(words.choose)
    menu = {"type": "static_select", "action_id": "reason", "options": options, "placeholder": placeholder}
    return {"type": "input", "block_id": "reason", "label": _plain(words.reason), "element": menu}


def _question(words: Labels) -> list[Json]:
    options = [{"text": _plain(words.questions[key]), "value": key} for key in QUESTIONS]
    menu = {"type": "static_select", "action_id": "standard", "options": options, "placeholder": _plain(words.choose)}
    box = {"type": "plain_text_input", "action_id": "question", "multiline": True, "max_length": QUESTION_LENGTH}
    return [
        {"type": "input", "block_id": "standard", "label": _plain(words.standard), "element": menu, "optional": True},
        {"type": "input", "block_id": "question", "label": _plain(words.question), "element": box, "optional": True},
    ]


def _note(words: Labels) -> Json:
    box = {"type": "plain_text_input", "action_id": "note", "multiline": True, "max_length": NOTE_LENGTH}
    return {
        "type": "input",
        "block_id": "note",
        "label": _plain(words.note),
        "element": box,
        "optional": True,
    }


def _section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _context(text: str) -> Json:
    return {"type": "context", "elements": [{"type": "plain_text", "text": text}]}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}
