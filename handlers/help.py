"""Say what one can ask for, with sentences to copy."""

from dataclasses import dataclass

from bot.kit import Context, Done, Nobody, Risk, intent


@dataclass(frozen=True)
class Ask:
    """Nothing is needed."""


@dataclass(frozen=True)
class Examples(Done):
    """Six sentences that work as they stand, in the reader's language."""


@intent(
    "help",
    risk=Risk.R0,
    for_anyone=True,
    phrases={
        "de": (
            "Hilfe", "Was können Sie für mich tun?", "Was kann ich hier fragen?", "Wie funktioniert das hier?",
            "Guten Tag", "Hallo", "Womit können Sie mir helfen?", "Wobei können Sie mir helfen?",
            "Bitte um Hilfe",
        ),
        "fr": (
            "Aide", "Que pouvez-vous faire pour moi ?", "Que puis-je vous demander ?", "Comment ça marche ?",
            "Bonjour", "Bonsoir", "En quoi pouvez-vous m'aider ?", "Que puis-je faire ici ?",
            "J'ai besoin d'aide",
        ),
        "en": (
            "Help", "What can you do?", "What can I ask for?", "How does this work?", "Hello", "Good morning",
            "What can you help me with?", "What are my options here?", "I need help",
        ),
    },
)  # fmt: skip
def help(ask: Ask, ctx: Context | Nobody) -> Examples:
    """Show the examples."""
    return Examples()
