"""The web pages of the counter: health for the operator, and the pages that answers link to."""

import json
from collections.abc import Callable, Sequence
from importlib import resources

import jinja2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

LANGUAGES = ("de", "fr", "en")
FinishSetup = Callable[[str], str | None]  # token -> the customer's language, None for an unknown token


def web_app(
    ready: Callable[[], bool], finish_setup: FinishSetup, portal_url: str, routes: Sequence[BaseRoute] = ()
) -> Starlette:
    """The ASGI application. `finish_setup` acts only on POST: link scanners follow every GET."""
    pages = jinja2.Environment(loader=jinja2.PackageLoader("templates", "_pages"), autoescape=True)
    words = json.loads(resources.files("templates").joinpath("_pages/setup.json").read_text("utf-8"))

    def page(request: Request, state: str, shown: tuple[str, ...], status: int = 200) -> Response:
        html = pages.get_template("setup.html.j2").render(
            state=state, shown=shown, language=shown[0], words=words, portal_url=portal_url
        )
        return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})

    def setup(request: Request) -> Response:
        if request.method != "POST":
            return page(request, "ask", _preferred(request))
        language = finish_setup(request.path_params["token"])
        if language is None:
            return page(request, "unknown", _preferred(request), 404)
        return page(request, "done", (language,))

    def health(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    def readiness(request: Request) -> Response:
        return PlainTextResponse("ready\n") if ready() else PlainTextResponse("not ready\n", 503)

    own = [
        Route("/healthz", health),
        Route("/readyz", readiness),
        Route("/setup/{token}", setup, methods=["GET", "POST"]),
    ]
    return Starlette(routes=[*own, *routes])


def _preferred(request: Request) -> tuple[str, ...]:
    """The browser's language if it is one of ours, else all three."""
    wished = request.headers.get("accept-language", "")[:2].lower()
    return (wished,) if wished in LANGUAGES else LANGUAGES
