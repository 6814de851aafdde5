"""Change how a contact is called, reached and written to. Another e-mail address is a person's work."""

import re
from dataclasses import dataclass

import billing
from bot.kit import (
    Context,
    Done,
    LanguageCode,
    PersonName,
    PhoneNumber,
    Question,
    Refused,
    Risk,
    Trust,
    Waiting,
    intent,
)

_ADDRESS = re.compile(r"[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}", re.IGNORECASE)
_MAIL = re.compile(r"e-?mail|courriel|adresse mail|mailadresse|adresse électronique")
_CHANGE = re.compile(
    r"neue?[nr]?\b|künftig|ab sofort|jetzt|änder|nouvel|désormais|maintenant|modifi|\bnew\b|\bnow\b|chang|updat"
)


@dataclass(frozen=True)
class Ask:
    """What is to change; the rest stays."""

    name: PersonName | None = None
    phone: PhoneNumber | None = None
    language: LanguageCode | None = None


@dataclass(frozen=True)
class Updated(Done):
    """The new values hold. What did not change is empty."""

    contact: str  # the address on file whose entry it is
    name: str
    phone: str
    spoken: str  # de, fr, en
    email: bool = False  # another e-mail address was asked for, too: our support does that
    case: str = ""

    @property
    def speaks(self) -> str:
        """A new language holds from this answer on."""
        return self.spoken


@dataclass(frozen=True)
class ShallIUpdate(Question):
    """Before something changes for a sender whom we could not verify."""

    choices = ("yes", "no")

    contact: str
    name: str
    phone: str
    spoken: str


@dataclass(frozen=True)
class EmailByPerson(Waiting):
    """Another e-mail address decides who gets invoices and answers: our support looks at it."""

    contact: str
    case: str


@dataclass(frozen=True)
class WhatToChange(Question):
    """Nothing was named that could be changed: what stands there now."""

    contact: str
    name: str
    phone: str
    spoken: str


@dataclass(frozen=True)
class Unchanged(Refused):
    """It stands there like that already."""

    contact: str
    name: str
    phone: str
    spoken: str


@dataclass(frozen=True)
class NotAPhone(Refused):
    """No number that one could dial."""

    phone: str


@dataclass(frozen=True)
class NotAName(Refused):
    """Empty, or longer than any name."""


@dataclass(frozen=True)
class NoContact(Refused):
    """The sender is no contact of the customer: there is no entry to change."""


@intent(
    "update_profile",
    risk=Risk.R3A,
    technical=True,
    phrases={
        "de": (
            "Meine neue Telefonnummer ist {phone}",
            "Bitte schreiben Sie mir künftig auf {language}",
            "Als Ansprechpartner tragen Sie bitte {name} ein",
            "Ich heiße jetzt {name}, bitte ändern Sie das in meinem Profil",
            "Bitte aktualisieren Sie meine Kontaktdaten: {name}, {phone}",
            "Wir hätten die Korrespondenz gern in der Sprache {language}",
            "Sie erreichen mich ab sofort unter {phone}, bitte im Profil ändern",
            "Können Sie den Namen des Ansprechpartners auf {name} ändern?",
        ),
        "fr": (
            "Mon nouveau numéro de téléphone est le {phone}",
            "Merci de m'écrire désormais en {language}",
            "Veuillez enregistrer {name} comme interlocuteur",
            "Je m'appelle maintenant {name}, merci de modifier mon profil",
            "Merci de mettre à jour mes coordonnées : {name}, {phone}",
            "Nous souhaitons recevoir la correspondance en {language}",
            "Je suis désormais joignable au {phone}, merci de modifier le profil",
            "Pouvez-vous changer le nom du contact en {name} ?",
        ),
        "en": (
            "My new phone number is {phone}",
            "Please write to me in {language} from now on",
            "Please enter {name} as the contact person",
            "My name is now {name}, please change my profile",
            "Please update my contact details: {name}, {phone}",
            "We would like our correspondence in {language}",
            "You can now reach me on {phone}, please update the profile",
            "Could you change the contact's name to {name}?",
        ),
    },
)
def update_profile(
    ask: Ask, ctx: Context
) -> Updated | ShallIUpdate | EmailByPerson | WhatToChange | Unchanged | NotAPhone | NotAName | NoContact:
    """Change the asker's own entry, echo the new values, and leave another e-mail address to a person."""
    contact = _whose(ctx)
    if contact is None:
        return NoContact()
    new_email = _new_email(ask, ctx)
    if not (ask.name or ask.phone or ask.language):
        if new_email:
            ctx.act.call_person("new_email")
            return EmailByPerson(contact.email, ctx.case)
        return WhatToChange(contact.email, contact.name, contact.phone, contact.language)
    name, phone, spoken = _news(ask, contact)
    if not (name or phone or spoken):
        return Unchanged(contact.email, contact.name, contact.phone, contact.language)
    question = ShallIUpdate(contact.email, name, phone, spoken)
    try:
        ctx.act.update_profile(
            contact.email, name=name or None, phone=phone or None, language=spoken or None,
            expected_version=ctx.customer.version, question=question,
        )  # fmt: skip
    except billing.ValidationError as wrong:
        return NotAPhone(phone) if wrong.field == "phone" else NotAName()
    if new_email:
        ctx.act.call_person("new_email")
    return Updated(contact.email, name, phone, spoken, new_email, ctx.case)


def _whose(ctx: Context) -> billing.Contact | None:
    """The sender's own entry. A support agent changes the one that is named, else the billing contact's."""
    if ctx.actor.trust is not Trust.AGENT:
        return ctx.customer.contact(ctx.actor.contact_email or "")
    named = (ctx.customer.contact(address) for address in _ADDRESS.findall(ctx.written.text))
    return next((one for one in named if one), ctx.customer.contact(ctx.file_address))


def _news(ask: Ask, now: billing.Contact) -> tuple[str, str, str]:
    """Name, phone and language as asked for; empty where they are the same as now."""
    name, phone = (" ".join((value or "").split()) for value in (ask.name, ask.phone))
    spoken = ask.language or ""
    return (
        name if name != now.name else "", phone if phone != now.phone else "",
        spoken if spoken != now.language else "",
    )  # fmt: skip


def _new_email(ask: Ask, ctx: Context) -> bool:
    """Whether another e-mail address is asked for; beside other wishes words must say so, for it may be a recipient."""
    alone = not (ask.name or ask.phone or ask.language)
    text = ctx.written.text.casefold()
    for found in _ADDRESS.finditer(text):
        around = text[max(0, found.start() - 80) : found.end() + 40]
        said = _MAIL.search(around.replace(found[0], "")) and _CHANGE.search(around)
        if not ctx.customer.on_file(found[0]) and (alone or said):
            return True
    return False
