"""Move the account to another country. Tax, currency and contract hang on it, so our support decides."""

from dataclasses import dataclass

import billing
from billing import postal
from bot.kit import Context, Country, Done, PostalAddress, Refused, Risk, Waiting, intent


@dataclass(frozen=True)
class Ask:
    """The new country, and the address there where it was given."""

    country: Country
    address: PostalAddress | None = None


@dataclass(frozen=True)
class Received(Waiting):
    """The receipt: what was asked for, who decides and why, what helps."""

    old: str
    new: str
    case: str
    lines: tuple[str, ...] = ()  # the new billing address, which waits with the country
    unread: str = ""  # an address that we could not take apart
    tax_id: str = ""  # the VAT id on file: it belongs to the old country
    open_invoices: tuple[str, ...] = ()  # they stay as they are


@dataclass(frozen=True)
class Changed(Done):
    """Our support agreed."""

    old: str
    new: str
    lines: tuple[str, ...]  # the billing address as it is now
    moved: bool  # whether the address was changed with the country
    tax_id: str = ""


@dataclass(frozen=True)
class Unchanged(Refused):
    """The account is in this country already."""

    country: str
    address: str = ""  # given with it: the address alone is another request


@dataclass(frozen=True)
class NotACountry(Refused):
    """We know no such country."""

    country: str


@intent(
    "change_country",
    risk=Risk.R4,
    phrases={
        "de": (
            "Bitte ändern Sie das Land in unserem Konto auf {country}",
            "Wir sind nach {country} umgezogen, die neue Adresse ist {address}",
            "Unser Firmensitz ist jetzt in {country}",
            "Das Land in unserem Kundenkonto stimmt nicht, richtig ist {country}",
            "Wir haben den Sitz nach {country} verlegt, bitte passen Sie das Konto an",
            "Land ändern: {country}",
            "Was brauchen Sie, um unser Konto auf {country} umzustellen?",
            "Künftig bitte als Kunde in {country} führen, Anschrift {address}",
        ),
        "fr": (
            "Merci de changer le pays de notre compte : {country}",
            "Nous avons déménagé en {country}, la nouvelle adresse est {address}",
            "Notre siège se trouve désormais en {country}",
            "Le pays indiqué dans notre compte client est faux, il s'agit de {country}",
            "Nous avons transféré le siège en {country}, merci d'adapter le compte",
            "Changement de pays : {country}",
            "Que vous faut-il pour passer notre compte en {country} ?",
            "Veuillez nous enregistrer comme client en {country}, adresse {address}",
        ),
        "en": (
            "Please change the country on our account to {country}",
            "We have moved to {country}, the new address is {address}",
            "Our registered office is now in {country}",
            "The country on our customer account is wrong, it should be {country}",
            "We have relocated to {country}, please update the account",
            "Change of country: {country}",
            "What do you need to switch our account to {country}?",
            "Please list us as a customer in {country}, address {address}",
        ),
    },
)
def change_country(ask: Ask, ctx: Context) -> Received | Changed | Unchanged | NotACountry:
    """File the move for our support; after their yes country and address are changed together."""
    old, tax_id = ctx.customer.country, ctx.customer.tax_id
    new = ask.country.strip().upper()
    if new == old:
        return Unchanged(old, ask.address or "")
    address = _address(ask, new, ctx)
    waiting = Received(
        old, new, ctx.case, postal.lines(address, new) if address else (),
        unread=(ask.address or "") if address is None else "", tax_id=tax_id,
        open_invoices=tuple(one.number for one in ctx.billing.invoices(ctx.customer.id, billing.Show.OPEN)),
    )  # fmt: skip
    try:
        ctx.act.change(billing.ChangeSet(country=new), waiting=waiting)
    except billing.ValidationError as wrong:
        return Unchanged(old, ask.address or "") if wrong.problem == "same_as_now" else NotACountry(ask.country)
    moved = address is not None and _move(address, ctx)
    now = ctx.billing.customer(ctx.customer.id)
    return Changed(old, new, postal.lines(now.address, now.country), moved, now.tax_id)


def _address(ask: Ask, country: str, ctx: Context) -> billing.Address | None:
    """The address in the new country; None where none was given or it is not whole."""
    if not ask.address:
        return None
    written = postal.read(ask.address, country, ctx.customer.name)
    whole = not written.missing and postal.is_postcode(written.address.postcode, country)
    return written.address if whole and written.country in ("", country) else None


def _move(address: billing.Address, ctx: Context) -> bool:
    """The agent said yes to the address, too; one that does not fit stays out, and the answer says so."""
    now = ctx.billing.customer(ctx.customer.id)
    try:
        ctx.act.update_billing_address(address, expected_version=now.version, question=None)
    except billing.ValidationError:
        return False
    return True
