"""A first voice whose hearing a test decides."""

from bot.messages import Span
from bot.understand.text import Text
from bot.understand.voice import Hearing, Sound, Tagged

INTENTS = frozenset(
    {
        "send_invoice",
        "activate_portal",
        "cancel_subscription",
        "list_invoices",
        "change_tax_id",
        "change_country",
        "confirm",
        "deny",
        "help",
    }
)


class Told:
    """Hears what it is told, at the place where the given words stand."""

    intents = INTENTS
    slots = frozenset({"invoices", "company", "country", "tax_id"})

    def __init__(
        self, *sounds: tuple[str, float, str], tags: tuple[tuple[str, str], ...] = (), asks: float = 1.0
    ) -> None:
        self._sounds, self._tags, self._asks = sounds, tags, asks

    def listen(self, text: Text) -> Hearing:
        """The sounds and tags that the test gave."""
        sounds = tuple(Sound(intent, chance, _place(text, words)) for intent, chance, words in self._sounds)
        tags = tuple(Tagged(slot, _place(text, words), 0.99) for slot, words in self._tags)
        return Hearing(sounds, self._asks, {"en": 0.9, "de": 0.05, "fr": 0.05}, tags)


def _place(text: Text, words: str) -> Span:
    start = text.said.index(words)
    return Span(start, start + len(words))
