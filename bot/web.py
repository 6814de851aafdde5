"""The web pages of the counter: health for the operator, and the pages that answers link to."""

import base64
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any
from urllib.parse import parse_qs

import jinja2
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from billing import Invoice, InvoiceState, Payment, PayPage
from bot import dress, formats
from bot.messages import Language, Standing
from bot.render import House

log = logging.getLogger(__name__)
LANGUAGES = ("de", "fr", "en")
TONGUES = (("de", "Deutsch"), ("fr", "Français"), ("en", "English"))
FinishSetup = Callable[[str], str | None]  # token -> the customer's language, None for an unknown token
OpenPayLink = Callable[[str, str], PayPage | None]  # the two parts of the link; None for any that is not ours
LookAtQuestion = Callable[[str], Standing | None]  # token; None for any link that leads nowhere
AnswerQuestion = Callable[[str, str], Standing | None]  # token, "yes" or "no"
LONGEST_ANSWER = 200  # octets of the form


def web_app(
    ready: Callable[[], bool],
    finish_setup: FinishSetup,
    portal_url: str,
    routes: Sequence[BaseRoute] = (),
    *,
    open_pay_link: OpenPayLink = lambda _number, _seal: None,
    look_at_question: LookAtQuestion = lambda _token: None,
    answer_question: AnswerQuestion = lambda _token, _verdict: None,
    house: House | None = None,
) -> Starlette:
    """The ASGI application. `finish_setup` and `answer_question` act only on POST: link scanners follow every GET."""
    pages = _Pages(house or House())

    def setup_page(request: Request, state: str, shown: tuple[str, ...], status: int = 200) -> Response:
        facts = {"state": state, "shown": shown, "words": pages.words("setup"), "portal_url": portal_url}
        return pages.show("setup", shown[0], facts, status)

    def setup(request: Request) -> Response:
        if request.method != "POST":
            return setup_page(request, "ask", _preferred(request))
        language = finish_setup(request.path_params["token"])
        if language is None:
            return setup_page(request, "unknown", _preferred(request), 404)
        return setup_page(request, "done", (language,))

    def pay(request: Request) -> Response:
        found = open_pay_link(request.path_params["number"], request.path_params["seal"])
        if found is None:
            language = _chosen(request) or _preferred(request)[0]
            return pages.show("pay", language, _unknown(pages.words("pay")[language]), 404)
        language = _chosen(request) or _browsers(request) or found.invoice.language
        return pages.show("pay", language, _paying(found, Language(language), pages.words("pay")[language]))

    def health(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    def readiness(request: Request) -> Response:
        return PlainTextResponse("ready\n") if ready() else PlainTextResponse("not ready\n", 503)

    own = [
        Route("/healthz", health),
        Route("/readyz", readiness),
        Route("/setup/{token}", setup, methods=["GET", "POST"]),
        Route("/pay/{number:path}/{seal}", pay),
        Route("/confirm/{token}", _confirming(pages, look_at_question, answer_question), methods=["GET", "POST"]),
    ]
    return Starlette(routes=[*own, *routes])


class _Pages:
    """The pages as HTML that nothing foreign can be loaded into, and that nobody keeps."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("templates", "_pages"), autoescape=True, undefined=jinja2.StrictUndefined
        )

    def words(self, page: str) -> dict[str, dict[str, str]]:
        """The words of a page by language and name, as a printer sets them."""
        tables = json.loads(resources.files("templates").joinpath(f"_pages/{page}.json").read_text("utf-8"))
        return {
            code: {name: formats.typeset(text, Language(code)) for name, text in table.items()}
            for code, table in tables.items()
        }

    def show(self, page: str, language: str, facts: Mapping[str, object], status: int = 200) -> Response:
        """The page; `facts` are text."""
        nonce = secrets.token_urlsafe(16)
        html = self._templates.get_template(f"{page}.html.j2").render(
            language=language, nonce=nonce, house=self._house, tongues=TONGUES, **facts
        )
        return HTMLResponse(html, status, headers=_headers(nonce))


def _headers(nonce: str) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }


def _preferred(request: Request) -> tuple[str, ...]:
    """The browser's language if it is one of ours, else all three."""
    wished = _browsers(request)
    return (wished,) if wished else LANGUAGES


def _browsers(request: Request) -> str:
    wished = request.headers.get("accept-language", "")[:2].lower()
    return wished if wished in LANGUAGES else ""


def _chosen(request: Request) -> str:
    """The language that the reader clicked on."""
    wished = request.query_params.get("lang", "")
    return wished if wished in LANGUAGES else ""


# --- yes or no ------------------------------------------------------------------------------------------------


def _confirming(
    pages: _Pages, look: LookAtQuestion, answer: AnswerQuestion
) -> Callable[[Request], Awaitable[Response]]:
    """The page of a question. A link that leads nowhere gets one and the same page, whatever is wrong with it."""

    def shown(request: Request, found: Standing | None, status: int = 200) -> Response:
        if found is None:
            spoken = _preferred(request)
            return pages.show("unknown_question", spoken[0], {"shown": spoken, "words": pages.words("confirm")}, 404)
        return pages.show("confirm", found.language, _asking(found, pages.words("confirm")[found.language]), status)

    async def confirm(request: Request) -> Response:
        token = request.path_params["token"]
        if request.method != "POST":
            return shown(request, await run_in_threadpool(look, token))
        verdict = await _verdict(request)
        if not verdict:
            return shown(request, await run_in_threadpool(look, token), 400)
        try:
            return shown(request, await run_in_threadpool(answer, token, verdict))
        except Exception:  # perhaps not kept: the reader must hear it, and has the question again
            log.exception("action=click_not_kept")
            found = await run_in_threadpool(look, token)
            return shown(request, replace(found, state="unavailable") if found and found.reply else found, 503)

    return confirm


async def _verdict(request: Request) -> str:
    """Which button was pressed; "" for a form that is not ours."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_ANSWER:
            return ""
    verdict = parse_qs(body.decode("ascii", "replace")).get("answer", [""])[0]
    return verdict if verdict in ("yes", "no") else ""


def _asking(found: Standing, words: Mapping[str, str]) -> dict[str, Any]:
    """What stands on the page: the question in the words of its mail, or what has become of it."""
    where = formats.locale(found.language, found.country)
    at = {"day": formats.date(found.at.date(), where), "time": found.at.strftime("%H:%M")} if found.at else {}
    asks = found.state in ("open", "unavailable")
    title = dress.subject(found.reply) if found.reply else words[f"{found.state}_title"]
    return {
        "say": words,
        "title": title,
        "state": found.state,
        # what others wrote is sealed in it, and the dress escapes it
        "question": Markup(dress.page(found.reply.body)) if asks and found.reply else "",
        "choices": found.reply.choices if asks and found.reply else (),
        "mark": words.get(f"{found.state}_mark", ""),
        "said": words[found.state].format(**at, case=found.case),
        "until": words["until"].format(**at) if asks else "",
    }


# --- how to pay -----------------------------------------------------------------------------------------------


def _unknown(words: Mapping[str, str]) -> dict[str, Any]:
    """A link that is not ours: nothing about what exists."""
    say = {**words, "title": words["unknown_title"], "unknown_title": ""}
    return {"say": say, "state": "unknown", "about": "", "changed": "", "too_much": False, "sums": ()}


def _paying(page: PayPage, language: Language, words: Mapping[str, str]) -> dict[str, Any]:
    """What stands on the page, ready to be shown: what remains today, whatever remained when the link was made."""
    invoice, where = page.invoice, formats.locale(language, page.invoice.buyer.country)
    said: dict[str, str] = {"number": invoice.number, "buyer": invoice.buyer.name}
    said |= {name: formats.money(amount, where) for name, amount in _amounts(page).items()}
    days = {"issued": invoice.issued, "due": invoice.due, "day": invoice.paid_on}
    said |= {name: formats.date(day, where) for name, day in days.items() if day}
    state = _state(invoice)
    say = {**words, "title": words["title"].format(**said)}
    if invoice.paid_on:
        say["paid"] = words["paid_on"].format(**said)
    return {
        "say": say,
        "state": state,
        "about": words["about"].format(**said) if invoice.issued else "",
        "owed": said["remaining"],
        "due": words["late" if invoice.overdue else "due"].format(**said) if invoice.due else "",
        "late": invoice.overdue,
        "changed": words["changed"].format(**said) if state == "open" and page.asked != invoice.remaining else "",
        "sums": _sums(page, words, said) if state in ("open", "paid") else (),
        "too_much": bool(invoice.overpaid_by),
        "rows": _rows(page, words, said),
        "qr": _picture(page.qr),
    }


def _state(invoice: Invoice) -> str:
    """open, void, paid, or settled by something else than money."""
    if invoice.remaining:
        return "open"
    if invoice.state == InvoiceState.VOID:
        return "void"
    return "paid" if invoice.payment in (Payment.PAID, Payment.OVERPAID) and invoice.paid else "settled"


def _amounts(page: PayPage) -> dict[str, Any]:
    invoice = page.invoice
    return {
        "total": invoice.total, "paid": invoice.paid, "credited": invoice.credited, "asked": page.asked,
        "remaining": invoice.remaining, "too_much": invoice.overpaid_by,
    }  # fmt: skip


def _sums(page: PayPage, words: Mapping[str, str], said: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """How what remains comes about; nothing where it is simply the whole."""
    invoice = page.invoice
    steps = (
        ("total", bool(invoice.paid or invoice.credited)),
        ("paid", bool(invoice.paid)),
        ("credited", bool(invoice.credited)),
        ("remaining", bool((invoice.paid or invoice.credited) and invoice.remaining)),
        ("too_much", bool(invoice.overpaid_by)),
    )
    names = {"total": "total"} | {name: f"{name}_sum" for name, _ in steps[1:]}
    return tuple((words[names[name]], said[name]) for name, wanted in steps if wanted)


def _rows(page: PayPage, words: Mapping[str, str], said: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """The lines of a transfer form, in the order of one."""
    iban = " ".join(page.bank.iban[place : place + 4] for place in range(0, len(page.bank.iban), 4))
    rows = (
        (words["to"], page.bank.beneficiary, ""),
        ("IBAN", iban, "iban"),
        ("BIC", page.bank.bic, ""),
        (words["bank"], page.bank.bank, ""),
        (words["amount"], said["remaining"], ""),
        (words["reference"], page.invoice.number, ""),
    )
    return tuple(row for row in rows if row[1])


def _picture(svg: str) -> str:
    """A drawing as the address of an image, so that nothing in it is markup of the page."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}" if svg else ""
