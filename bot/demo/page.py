"""The demo's page: the outgoing mailbox beside the fake Slack, and forms to write to both. For one machine only."""

import secrets
import smtplib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.demo import screen
from bot.demo.mailbox import Mail, enclosure, mails
from bot.demo.slack.state import SlackError
from bot.demo.slack.workspace import STAFF, FakeSlack

AGENT = "ada"
ROOMS = screen.ROOMS
EXAMPLES = {
    "de": ("Rechnung", "Guten Tag,\n\nbitte senden Sie die Rechnung RE-2026-000123 an buchhaltung@kunde.example.\n"),
    "fr": ("Facture", "Bonjour,\n\nmerci de m’envoyer la facture RE-2026-000123.\n"),
    "en": ("Invoice", "Hello,\n\nplease send me invoice RE-2026-000123.\n"),
}
FORM_LIMIT = 200_000


@dataclass(frozen=True)
class Contact:
    """Somebody who can write a mail in the demo."""

    name: str
    email: str
    language: str


@dataclass(frozen=True)
class Showcase:
    """What the page shows and where it writes to."""

    slack: FakeSlack
    outgoing: Path
    smtp: tuple[str, int]
    support: str
    contacts: tuple[Contact, ...]
    authserv_id: str = ""  # where set, mails carry the verdict that an edge server would add


def demo_routes(
    slack: FakeSlack,
    outgoing: Path,
    *,
    smtp: tuple[str, int],
    support: str,
    contacts: Sequence[Contact],
    authserv_id: str = "",
) -> list[Route]:
    """The page at /demo (also at /), its forms, and a stand-in portal at /portal."""
    shown = Showcase(slack, outgoing, smtp, support, tuple(contacts), authserv_id)
    forms: dict[str, Deed] = {
        "say": _say,
        "command": _command,
        "click": _click,
        "submit": _submit,
        "close": _close,
        "mail": _mail,
    }
    pages = jinja2.Environment(loader=jinja2.PackageLoader("bot.demo", "pages"), autoescape=True)
    return [
        Route("/", lambda _: RedirectResponse("/demo")),
        Route("/demo", lambda request: _page(pages, shown, request)),
        Route("/demo/version", lambda _: PlainTextResponse(_version(shown))),
        Route("/demo/enclosure/{name}/{index:int}", lambda request: _download(shown, request)),
        Route("/demo/file/{id}", lambda request: _file(shown, request)),
        *(Route(f"/demo/{name}", _posted(deed, shown), methods=["POST"]) for name, deed in forms.items()),
        Route("/portal", lambda request: _portal(pages, request)),
        Route("/portal/{page:path}", lambda request: _portal(pages, request)),
    ]


# --- showing ------------------------------------------------------------------------------------------------


def _page(pages: jinja2.Environment, shown: Showcase, request: Request) -> Response:
    query = request.query_params
    person = query.get("as", "")
    person = person if person in [name for name, *_ in STAFF] else "jonas"
    places = (*ROOMS, f"@{person}")
    place = query.get("in", "") if query.get("in", "") in places else places[0]
    letters = mails(shown.outgoing)
    opened = next((m for m in letters if m.name == query.get("mail")), letters[0] if letters else None)
    nonce = secrets.token_urlsafe(16)
    html = pages.get_template("demo.html").render(
        person=person, place=place, places=places, staff=STAFF, agent=AGENT,
        said=screen.conversation(shown.slack, place, person), modal=screen.modal(shown.slack, person),
        mails=letters, opened=opened, contacts=shown.contacts, support=shown.support, examples=EXAMPLES,
        contact=_contact(shown, query.get("from", "")), problem=query.get("problem", ""), nonce=nonce,
        version=_version(shown), is_reply=query.get("reply") == "1", yes=_yes(shown, opened),
        reply_subject=_reply_subject(opened),
    )  # fmt: skip
    return HTMLResponse(html, headers=_headers(nonce))


def _headers(nonce: str = "") -> dict[str, str]:
    script = f"script-src 'nonce-{nonce}'; " if nonce else ""
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; {script}"
    return {
        "Content-Security-Policy": policy + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def _contact(shown: Showcase, address: str) -> Contact:
    """The contact with this address; somebody unknown with it; without an address, the first."""
    unknown = Contact("", address or "nobody@example.org", "en")
    known = next((c for c in shown.contacts if c.email == address), None)
    return known or (unknown if address or not shown.contacts else shown.contacts[0])


def _yes(shown: Showcase, opened: Mail | None) -> str:
    language = _contact(shown, opened.to).language if opened else "en"
    return {"de": "Ja", "fr": "Oui"}.get(language, "Yes")


def _reply_subject(opened: Mail | None) -> str:
    if opened is None:
        return ""
    return opened.subject if opened.subject.lower().startswith("re:") else f"Re: {opened.subject}"


def _version(shown: Showcase) -> str:
    """Changes when there is something new to see."""
    slack = shown.slack
    messages = sum(len(m) + sum("edited" in x for x in m) for m in slack.messages.values())
    views = "".join(str(v["hash"]) for v in slack.views.values() if v.get("_open"))
    files = sum(1 for part in ("new", "cur") for _ in (shown.outgoing / part).glob("*"))
    return f"{messages}-{len(slack.ephemerals)}-{files}-{views}"


def _download(shown: Showcase, request: Request) -> Response:
    found = enclosure(shown.outgoing, request.path_params["name"], request.path_params["index"])
    if found is None:
        return PlainTextResponse("gone", 404)
    about, content = found
    return _attached(content, about.filename)


def _file(shown: Showcase, request: Request) -> Response:
    found = shown.slack.files.get(request.path_params["id"])
    if found is None or found["data"] is None:
        return PlainTextResponse("gone", 404)
    return _attached(found["data"], found["name"])


def _attached(content: bytes, filename: str) -> Response:
    quoted = urlencode({"": filename}, safe="")[1:].replace("+", "%20")
    headers = _headers() | {"Content-Disposition": f"attachment; filename*=UTF-8''{quoted}"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _portal(pages: jinja2.Environment, request: Request) -> Response:
    html = pages.get_template("portal.html").render(page=request.path_params.get("page", ""))
    return HTMLResponse(html, headers=_headers())


# --- doing --------------------------------------------------------------------------------------------------

Form = dict[str, str]
Deed = Callable[[Showcase, Form], Any]


def _posted(deed: Deed, shown: Showcase) -> Callable[[Request], Awaitable[Response]]:
    """A form's endpoint: does it, and goes back to the page. Other sites' forms are refused."""

    async def endpoint(request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse("only from the demo's own page", 403)
        body = await request.body()
        form = dict(parse_qsl(body[:FORM_LIMIT].decode(errors="replace"), keep_blank_values=True))
        problem = await run_in_threadpool(_try, deed, shown, form)
        back = {name: form[name] for name in ("as", "in", "from") if form.get(name)}
        return RedirectResponse("/demo?" + urlencode(back | ({"problem": problem} if problem else {})), 303)

    return endpoint


def _try(deed: Deed, shown: Showcase, form: Form) -> str:
    """What went wrong, in words for the person at the demo, or nothing."""
    try:
        deed(shown, form)
    except KeyError as error:
        return f"The form lacks {error}."
    except (AssertionError, SlackError, StopIteration, OSError, smtplib.SMTPException) as error:
        return str(error) or type(error).__name__
    return ""


def _say(shown: Showcase, form: Form) -> None:
    text = screen.typed(form["text"].strip())
    if text:
        shown.slack.say(form["as"], form["in"], text, thread_ts=form.get("thread") or None)


def _command(shown: Showcase, form: Form) -> None:
    shown.slack.slash(form["as"], form["in"], "/guichet", form["text"].strip())


def _click(shown: Showcase, form: Form) -> None:
    shown.slack.click(form["as"], form["action"], form["in"], ts=form["ts"], value=form.get("value") or None)


def _submit(shown: Showcase, form: Form) -> None:
    answers = {name.removeprefix("field."): text for name, text in form.items() if name.startswith("field.") and text}
    shown.slack.submit(form["as"], answers, form["view"])


def _close(shown: Showcase, form: Form) -> None:
    shown.slack.close_view(form["as"])


def _mail(shown: Showcase, form: Form) -> None:
    contact = _contact(shown, _one_line(form["from"]))
    message = EmailMessage()
    message["From"] = formataddr((contact.name, contact.email))
    message["To"] = _one_line(form.get("to") or shown.support)
    message["Subject"] = _one_line(form["subject"])
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain=contact.email.rpartition("@")[2])
    for header in ("In-Reply-To", "References"):
        if form.get(header):
            message[header] = _one_line(form[header])
    if shown.authserv_id:
        domain = contact.email.rpartition("@")[2]
        verdict = f"{shown.authserv_id}; dmarc=pass header.from={domain}"
        message["Authentication-Results"] = verdict
    message.set_content(form["text"].replace("\r\n", "\n"))
    with smtplib.SMTP(*shown.smtp, timeout=10) as smtp:
        smtp.send_message(message, contact.email)


def _one_line(text: str) -> str:
    return " ".join(text.split())
