"""The Web API over HTTP: arguments, tokens, scopes, rate limits, injected faults; every call is recorded."""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

from bot.demo.slack.files import Files
from bot.demo.slack.scopes import PER_MINUTE, SCOPES
from bot.demo.slack.state import Call, Fault, Json, SlackError

JSON_FIELDS = {
    *(
        "blocks",
        "attachments",
        "view",
        "files",
        "metadata",
        "unfurls",
        "prompts",
        "loading_messages",
        "message",
    ),
}
LIMITED = ("ratelimited", "rate_limited")
POSTS = ("chat.postMessage", "chat.postEphemeral")


class Api(Files):
    """Every method of the Web API behind /api/."""

    enforce_rate = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._seen: dict[tuple[object, ...], deque[float]] = defaultdict(deque)

    async def api(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        method, args = request.match_info["method"], await _arguments(request)
        token = _token(request, args)
        fault = next((f for f in self.faults if f.method in (method, "*") and f.times > 0), None)
        call = Call(method, args, {}, 200, time.time())
        self.capture_line(method, args)
        if fault:
            fault.times -= 1
            await asyncio.sleep(fault.delay)
        headers = self._do(call, token, fault)
        with self.lock:
            self.calls.append(call)
        return _answer(request, call, fault, headers)

    def _do(self, call: Call, token: str, fault: Fault | None) -> dict[str, str]:
        headers: dict[str, str] = {}
        try:
            if fault and fault.refuses:
                raise SlackError(fault.error or "injected", fault.status)
            with self.lock:
                headers.update(self._authorise(call.method, token, call.args))
                call.response = {"ok": True, **self._handler(call.method)(call.args, call)}
            if fault and fault.after:
                raise SlackError(fault.error or "injected", fault.status)
        except SlackError as e:
            call.response, call.status = {"ok": False, "error": e.error, **e.more}, e.status
            headers.update(e.headers)
        if call.response.get("error") in LIMITED:
            call.status = 429
            wait = fault.retry_after if fault and fault.retry_after is not None else 1
            headers.setdefault("Retry-After", str(wait))
        return headers

    def _handler(self, method: str) -> Callable[[Json, Call], Json]:
        found: Callable[[Json, Call], Json] = getattr(self, "m_" + method.replace(".", "_"))
        return found

    def _authorise(self, method: str, token: str, args: Json) -> dict[str, str]:
        if method not in SCOPES:
            raise SlackError("unknown_method", req_method=method)
        if method in ("api.test", "oauth.v2.access"):
            return {}
        self._check_token(method, token)
        have, wanted = self.tokens[token], SCOPES[method]
        headers = {"X-OAuth-Scopes": ",".join(sorted(have))}
        if wanted and not have & set(wanted):
            provided = ",".join(sorted(have))
            raise SlackError("missing_scope", needed=",".join(wanted), provided=provided, headers=headers)
        if self.enforce_rate:
            self._throttle(method, args)
        return headers

    def _check_token(self, method: str, token: str) -> None:
        if not token:
            raise SlackError("not_authed")
        if token not in self.tokens:
            raise SlackError("invalid_auth")
        if (method == "apps.connections.open") != token.startswith("xapp-"):
            raise SlackError("not_allowed_token_type")

    def _throttle(self, method: str, args: Json) -> None:
        if method in POSTS:
            # Slack tolerates short bursts; three at once are taken here, the long run is one a second
            key, window, top = (method, args.get("channel")), 3.0, 3
        else:
            key, window, top = (method, None), 60.0, PER_MINUTE.get(method, 100)
        now, seen = time.monotonic(), self._seen[key]
        while seen and now - seen[0] > window:
            seen.popleft()
        if len(seen) >= top:
            wait = max(1, round(window - (now - seen[0])))
            raise SlackError("ratelimited", 429, {"Retry-After": str(wait)})
        seen.append(now)

    async def response_url(self, request: web.Request) -> web.Response:
        """What the bot posts to a response URL."""
        args = await _arguments(request)
        call = Call("response_url", args, {"ok": True}, 200, time.time())
        self.capture_line("response_url", args)
        with self.lock:
            try:
                self.respond(request.match_info["key"], args, call)
            except SlackError as e:
                call.response = {"ok": False, "error": e.error, **e.more}
                call.status = e.status if e.status != 200 else 400
            self.calls.append(call)
        if call.status == 200:
            return web.Response(text="ok")
        return web.json_response(call.response, status=call.status)


def _token(request: web.Request, args: Json) -> str:
    given = args.pop("token", "")
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or str(given)


async def _arguments(request: web.Request) -> Json:
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        raw = await request.text()
        args.update(json.loads(raw) if raw.strip() else {})
    elif request.can_read_body:
        args.update(await request.post())
    for key in JSON_FIELDS & args.keys():
        if isinstance(args[key], str):
            with suppress(ValueError):  # what is no JSON stays text, and the rules say so
                args[key] = json.loads(args[key])
    return args


def _answer(request: web.Request, call: Call, fault: Fault | None, headers: dict[str, str]) -> web.StreamResponse:
    if fault and fault.drop:
        if request.transport:
            request.transport.abort()
        return web.Response(status=500)
    if fault and fault.body is not None:
        return web.Response(text=fault.body, status=call.status, content_type="text/html", headers=headers)
    return web.json_response(call.response, status=call.status, headers=headers)
