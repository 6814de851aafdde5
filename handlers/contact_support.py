"""Hand a matter to a person of our support. Legal steps and anger go before the others."""

import re
from dataclasses import dataclass

from bot.kit import Context, Nobody, Risk, Waiting, intent


@dataclass(frozen=True)
class Ask:
    """Nothing is needed: a person reads the message itself."""


@dataclass(frozen=True)
class Received(Waiting):
    """A person takes over: the reference, and when somebody is there."""

    case: str


@dataclass(frozen=True)
class Legal(Waiting):
    """Legal steps are spoken of: a person reads it before other messages."""

    case: str


@dataclass(frozen=True)
class Upset(Waiting):
    """Somebody is angry: a person reads it before other messages."""

    case: str


# Words alone decide here, not the model: the same message always has the same rank. Too much rank does no harm.
_LEGAL = re.compile(
    r"\b(?:(?:rechts)?anw[aä]lt(?:e|in|s)?|(?:an)?klagen?|verklag\w*|rechtliche[nr]? schritte?|gerichtlich\w*"
    r"|rechtsweg\w*|aufsichtsbehörde"
    r"|mahnbescheid\w*|strafanzeige|verbraucherzentrale|schlichtungsstelle|rückbuchung"
    r"|avocate?s?|mise en demeure|mettre en demeure|tribun(?:al|aux)|poursuites|action en justice|voie judiciaire"
    r"|saisir la justice|huissier|commissaire de justice|dgccrf|cnil|médiateur"
    r"|lawyers?|solicitors?|attorneys?|legal (?:action|advice|proceedings|steps|team)|sue|court|ombudsman"
    r"|trading standards|letter before action|charge ?backs?)\b",
    re.IGNORECASE,
)
_ANGER = re.compile(
    r"\b(?:unverschämt\w*|frechheit\w*|zumutung|unzumutbar\w*|wütend|stinksauer|verärgert|empört|empörend|skandalös\w*"
    r"|unfassbar|inakzeptabel|beschwer(?:de|en)|(?:reicht|langt) (?:es )?(?:mir|uns)|zum (?:\w+ten|wiederholten) mal"
    r"|verarsch\w*|sauerei|saftladen|schlamperei"
    r"|inadmissible|inacceptable|scandal(?:e|eux|euse)|honte(?:ux|use)?|furieu(?:x|se)|ras[- ]le[- ]bol|marre"
    r"|en ai assez|en avons assez|mo(?:quer?|quez) de|excédée?s?|mécontente?s?|réclamation|arnaque"
    r"|unacceptable|outrageous|furious|ridiculous|disgrace(?:ful)?|fed up|sick (?:of|and tired)|appalling|disgusted"
    r"|angry|complain(?:t|ing)?|absolute joke|scam|had enough)\b",
    re.IGNORECASE,
)


@intent(
    "contact_support",
    risk=Risk.R0,
    for_anyone=True,
    technical=True,
    phrases={
        "de": (
            "Ich möchte mit jemandem aus dem Support sprechen",
            "Bitte verbinden Sie mich mit einem Mitarbeiter",
            "Kann mich bitte jemand anrufen?",
            "Ich brauche einen Ansprechpartner für unsere Abrechnung",
            "Das möchte ich mit einem Menschen klären",
            "Ich möchte mich über Ihren Service beschweren",
            "Wie erreiche ich Ihren Kundendienst?",
            "Bitte geben Sie mein Anliegen an die zuständige Abteilung weiter",
            "Können wir die Rechnung in Raten zahlen?",
        ),
        "fr": (
            "Je voudrais parler à une personne du support",
            "Merci de me mettre en relation avec un conseiller",
            "Quelqu'un peut-il me rappeler ?",
            "J'ai besoin d'un interlocuteur pour notre facturation",
            "Je préfère régler cela avec un être humain",
            "Je souhaite déposer une réclamation",
            "Comment joindre votre service client ?",
            "Merci de transmettre ma demande au service concerné",
            "Est-il possible de payer la facture en plusieurs fois ?",
        ),
        "en": (
            "I would like to speak to someone from support",
            "Please put me through to a member of your team",
            "Could somebody call me back?",
            "I need a contact person for our billing",
            "I would rather discuss this with a human being",
            "I want to make a complaint",
            "How can I reach your customer service?",
            "Please pass this on to the right department",
            "Can we pay the invoice in instalments?",
        ),
    },
)
def contact_support(ask: Ask, ctx: Context | Nobody) -> Received | Legal | Upset:
    """Call a person, and say which messages come first."""
    text = ctx.written.text
    if _LEGAL.search(text):
        _call(ctx, "legal_words")
        return Legal(ctx.case)
    if _ANGER.search(text):
        _call(ctx, "angry")
        return Upset(ctx.case)
    _call(ctx, "asked_for_person")
    return Received(ctx.case)


def _call(ctx: Context | Nobody, reason: str) -> None:
    (ctx.act if isinstance(ctx, Context) else ctx).call_person(reason)
