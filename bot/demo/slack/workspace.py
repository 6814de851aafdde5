"""A fake Slack workspace on loopback: Web API, uploads, response URLs, OAuth exchange and Socket Mode.

    with FakeSlack(manifest="manifest.json") as slack:
        app = build_app(client=slack.client(), signing_secret=slack.signing_secret)
        slack.connect(app)  # in process; or connect("http://host/slack/events"), or "socket"
        slack.slash("ada", "general", "/guichet", "send invoice 123 to x@y.example")
        slack.wait(lambda: slack.posted("general"))

It runs in its own thread. Everything the bot calls is in slack.calls; what Slack would refuse is in
slack.errors(), what people would suffer from in slack.advice().
"""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

from aiohttp import web
from slack_sdk import WebClient

from bot.demo.slack.people import People
from bot.demo.slack.state import Json

# name, locale, written name; their addresses are on the demo seller's domain
STAFF = (("ada", "en-US", "Ada Nwosu"), ("jonas", "de-DE", "Jonas Weber"), ("chloe", "fr-FR", "Chloé Martin"))
STAFF_DOMAIN = "guichet.example"
ESCALATIONS = "support-escalations"
VERBS = {
    *(
        "say",
        "slash",
        "click",
        "submit",
        "close_view",
        "open_home",
        "shortcut",
        "message_shortcut",
        "react",
        "edit",
    ),
    *(
        "share_link",
        "suggest",
        "add_user",
        "add_channel",
        "fail",
        "disconnect",
        "sockets",
        "errors",
        "advice",
    ),
    *("posted", "whispered", "screen"),
}


class FakeSlack(People):
    """The workspace with ada, jonas and chloe, #general and the private #support-escalations."""

    def __init__(
        self,
        port: int = 0,
        *,
        manifest: str | Path | Json | None = None,
        strict: bool = True,
        enforce_rate: bool = False,
        capture: str | Path | None = None,
    ) -> None:
        super().__init__(manifest, capture)
        self.port, self.strict, self.enforce_rate = port, strict, enforce_rate
        self._ready = threading.Event()
        self._broken: BaseException | None = None
        self.add_user("guichet", uid=self.bot_user, is_bot=True)
        for name, locale, shown in STAFF:
            self.add_user(name, locale=locale, real_name=shown, email=f"{name}@{STAFF_DOMAIN}")
        self.add_channel("general")
        self.add_channel(ESCALATIONS, private=True)

    def client(self, **kwargs: Any) -> WebClient:
        """A synchronous Slack client of this workspace, with the bot's token unless another is given."""
        return WebClient(token=kwargs.pop("token", self.bot_token), base_url=self.api_url, **kwargs)

    # -- life -----------------------------------------------------------------------------------
    def __enter__(self) -> "FakeSlack":
        self._thread = threading.Thread(target=self._run, name="fake-slack", daemon=True)
        self._thread.start()
        if not self._ready.wait(10) or self._broken is not None:
            raise RuntimeError("the fake workspace did not start") from self._broken
        return self

    def __exit__(self, *exc: object) -> None:
        self.connect(None)
        self.close_deliveries()
        if self.loop:
            self.loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as e:  # the port is taken: told to whoever started us
            self._broken = e
            self._ready.set()

    async def _serve(self) -> None:
        self.loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        runner = web.AppRunner(self._routes(), access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
            self.port = runner.addresses[0][1]
            self._ready.set()
            await self._stop.wait()
            for ws in list(self._sockets):
                await ws.close()
        finally:
            await runner.cleanup()

    def _routes(self) -> web.Application:
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/api/{method}", self.api)
        app.router.add_post("/upload/{file}", self.upload)
        app.router.add_get("/files/{file}", self.download)
        app.router.add_post("/response/{key}", self.response_url)
        app.router.add_get("/link", self.link)
        app.router.add_get("/oauth/v2/authorize", self.authorize)
        app.router.add_get("/_{what:log|findings|messages}", self._look)
        app.router.add_post("/_do/{verb}", self._control)
        return app

    # -- control over HTTP, for people at a terminal --------------------------------------------
    async def _look(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        if what == "log":
            return _json([vars(c) | {"findings": [vars(f) for f in c.findings]} for c in self.calls])
        if what == "findings":
            return _json([f"{c.method}: {f}" for c in self.calls for f in c.findings])
        return _json({self.shown_name(cid): said for cid, said in self.messages.items()})

    def shown_name(self, cid: str) -> str:
        """#general, or @ada for direct messages."""
        ch = self.channels[cid]
        return f"@{self.users[ch['user']]['name']}" if ch["is_im"] else f"#{ch['name']}"

    async def _control(self, request: web.Request) -> web.Response:
        verb = request.match_info["verb"]
        if verb not in VERBS:
            return _json({"error": f"no verb {verb}", "verbs": sorted(VERBS)}, status=404)
        try:
            kwargs = json.loads(await request.text() or "{}")
            result = await asyncio.to_thread(getattr(self, verb), **kwargs)
        except Exception as e:  # the caller is a person at a terminal
            return _json({"error": f"{type(e).__name__}: {e}"}, status=400)
        return _json(result)


def _json(shown: Any, status: int = 200) -> web.Response:
    return web.json_response(shown, status=status, dumps=lambda o: json.dumps(o, default=_shown, ensure_ascii=False))


def _shown(value: Any) -> Any:
    if hasattr(value, "acked"):
        return {"kind": value.kind, "status": value.status, "ack_ms": value.ack_ms, "answer": value.body}
    return sorted(value) if isinstance(value, set) else str(value)
