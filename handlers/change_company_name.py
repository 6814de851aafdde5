"""Change the company name on the account. A name is part of the contract, so our support decides."""

import difflib
from dataclasses import dataclass

import billing
from billing import postal
from bot.kit import CompanyName, Context, Done, Refused, Risk, Waiting, intent

ALIKE = 0.8  # of two words: "Lindenhof" and "Lindenhoff" are, "Boulangerie" and "Maison" are not


@dataclass(frozen=True)
class Ask:
    """The new name, as written."""

    company: CompanyName


@dataclass(frozen=True)
class Received(Waiting):
    """The receipt: what was asked for, who decides, what helps."""

    old: str
    new: str
    case: str
    typo: bool = False  # only the spelling is mended: no extract from the register is needed
    address: str = ""  # an address that stood with the name and is another request


@dataclass(frozen=True)
class Changed(Done):
    """Our support agreed; the account carries the new name."""

    old: str
    new: str


@dataclass(frozen=True)
class Unchanged(Refused):
    """The account carries this name already."""

    name: str


@dataclass(frozen=True)
class NotAName(Refused):
    """What was given cannot be a company name."""


@intent(
    "change_company_name",
    risk=Risk.R4,
    phrases={
        "de": (
            "Bitte ändern Sie unseren Firmennamen in {company}",
            "Wir heißen jetzt {company}",
            "Unsere Firma firmiert ab sofort unter {company}",
            "Der Firmenname auf der Rechnung muss {company} lauten",
            "Wir haben umfirmiert, der neue Name ist {company}",
            "Firmenname ändern: {company}",
            "Können Sie den Firmennamen in unserem Konto auf {company} ändern?",
            "Nach der Verschmelzung lautet unser Name {company}, bitte passen Sie das an",
        ),
        "fr": (
            "Merci de changer notre raison sociale en {company}",
            "Notre société s'appelle désormais {company}",
            "Notre nouvelle dénomination sociale est {company}",
            "La raison sociale sur la facture doit être {company}",
            "Nous avons changé de nom, le nouveau est {company}",
            "Changement de raison sociale : {company}",
            "Pouvez-vous modifier le nom de l'entreprise en {company} ?",
            "Suite à la fusion, notre société devient {company}, merci de mettre à jour le compte",
        ),
        "en": (
            "Please change our company name to {company}",
            "Our company is now called {company}",
            "We now trade under the name {company}",
            "The company name on the invoice should be {company}",
            "We have been renamed, the new name is {company}",
            "Change of company name: {company}",
            "Could you update the company name on our account to {company}?",
            "Following the merger we are {company}, please update our account",
        ),
    },
)
def change_company_name(ask: Ask, ctx: Context) -> Received | Changed | Unchanged | NotAName:
    """File the change for our support; after their yes it is carried out."""
    old = ctx.customer.name
    new, address = _without_address(ask.company, ctx.customer.country)
    if new.strip() == old:
        return Unchanged(old)
    changes = billing.ChangeSet(company_name=new)
    try:
        ctx.act.change(changes, waiting=Received(old, new, ctx.case, _is_typo(old, new), address))
    except billing.ValidationError as wrong:
        return Unchanged(old) if wrong.problem == "same_as_now" else NotAName()
    return Changed(old, new)


def _without_address(company: str, country: str) -> tuple[str, str]:
    """Name and address apart, where both were given in one breath: "Neu GmbH, Am Markt 1, 28195 Bremen"."""
    written = postal.read(company, country)
    if not written.company or written.missing:
        return company, ""
    return written.company, ", ".join(postal.lines(written.address, written.country or country))


def _is_typo(old: str, new: str) -> bool:
    """Whether only letters differ: as many words, all alike, and the legal form the same."""
    before, after = old.casefold().split(), new.casefold().split()
    if len(before) != len(after) or before[-1] != after[-1]:
        return False
    return all(difflib.SequenceMatcher(None, *pair).ratio() >= ALIKE for pair in zip(before, after, strict=True))
