"""A reply as Slack shows it: sections under the limits, buttons, and the text that notifications read out."""

from dataclasses import dataclass

from bot import dress
from bot.channels.slack.stored import Json
from bot.messages import Choice, Reply

SECTION_LENGTH = 3000
PAGE_LENGTH = 10_000  # Slack refuses a message from about 13,000 characters in blocks, which it does not document
FALLBACK_LENGTH = 3000  # advised: under 4,000
BUTTON_LENGTH = 75
PRIMARY = ("yes", "approve")
ELLIPSIS = "…"


@dataclass(frozen=True)
class Page:
    """One message: its blocks, and its text for notifications and screen readers."""

    text: str
    blocks: tuple[Json, ...]


def pages(reply: Reply, parked: str) -> tuple[Page, ...]:
    """The reply as one message, or as several where it is too long for one; buttons stand on the last."""
    heading = dress.slack_subject(reply).strip()
    said = "\n\n".join(part for part in (heading and f"*{heading}*", dress.slack(reply).strip()) if part)
    parts = split(said, PAGE_LENGTH)
    made = [Page(_fallback(part), _sections(part)) for part in parts]
    return (*made[:-1], Page(made[-1].text, made[-1].blocks + _buttons(reply.choices, parked)))


def split(text: str, most: int) -> list[str]:
    """The text in parts of at most `most` characters, cut between paragraphs, lines, words, in this order."""
    parts = []
    rest = text
    while len(rest) > most:
        cut = _cut(rest, most)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]


def _cut(text: str, most: int) -> int:
    for between in ("\n\n", "\n", " "):
        at = text.rfind(between, most // 2, most)
        if at > 0:
            return at
    return max(text.rfind("&", most - 5, most), text.rfind("<", most // 2, most), 0) or most  # never inside &amp;


def _fallback(text: str) -> str:
    first = split(text, FALLBACK_LENGTH - 1)
    return first[0] if len(first) == 1 else first[0] + ELLIPSIS


def _sections(text: str) -> tuple[Json, ...]:
    return tuple({"type": "section", "text": {"type": "mrkdwn", "text": part}} for part in split(text, SECTION_LENGTH))


def _buttons(choices: tuple[Choice, ...], parked: str) -> tuple[Json, ...]:
    if not choices or not parked:
        return ()
    return ({"type": "actions", "elements": [_button(choice, parked) for choice in choices]},)


def _button(choice: Choice, parked: str) -> Json:
    label = choice.label if len(choice.label) <= BUTTON_LENGTH else choice.label[: BUTTON_LENGTH - 1] + ELLIPSIS
    button: Json = {
        "type": "button",
        "action_id": choice.action,
        "value": parked,  # an id and no facts: what it stands for is read again at the click
        "text": {"type": "plain_text", "text": label},
    }
    return button | ({"style": "primary"} if choice.action in PRIMARY else {})
