"""Where a reply tells people what to write, that sentence is understood: nobody copies it and gets no answer."""

import re

import pytest

from bot import dress
from bot.messages import Decision, Language
from bot.render import Words
from tests.intents.counter import read
from tests.replies.examples import EXAMPLES

WORDS = Words()
QUOTED = {
    Language.DE: re.compile(r"„([^“]+)“"),
    Language.FR: re.compile(r"«\s([^»]+?)\s»"),
    Language.EN: re.compile(r"“([^”]+)”"),
}
TO_READ = {  # what is quoted to be found somewhere, not to be written to us
    "Ihr Zugang zum Kundenportal ist vorbereitet",
    "Votre accès au portail client est prêt",
    "Your customer portal access is ready to set up",
}


def sentences(language: Language) -> set[str]:
    """Everything quoted that has four words or more; with an ellipsis it is a beginning that the reader completes."""
    found: set[str] = set()
    for intent, _, outcome in EXAMPLES:
        if not intent.startswith("_"):
            text = dress.unseal(WORDS.render(outcome, language, intent=intent).body)
            found |= {" ".join(one.split()) for one in QUOTED[language].findall(text)}
    return {one for one in found if len(one.split()) > 3 and "…" not in one} - TO_READ


@pytest.mark.slow
@pytest.mark.parametrize("language", Language)
def test_a_sentence_that_we_tell_people_to_write_is_understood(language: Language) -> None:
    told = sentences(language)
    assert len(told) > 10
    unheard = {one for one in told if read(one).decision not in (Decision.ACT, Decision.ASK)}
    assert unheard == set()
