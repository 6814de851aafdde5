"""Socket Mode: the WebSockets that bots open, envelopes, acknowledgements and lost connections."""

import asyncio
import json
import secrets
import threading
from collections.abc import Coroutine
from typing import Any

from aiohttp import WSMsgType, web

from bot.demo.slack.api import Api
from bot.demo.slack.state import Call, Json, SlackError

Retry = tuple[int, str]  # number and reason, as in X-Slack-Retry-*


class Sockets(Api):
    """What Slack does at the other end of a WebSocket."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.loop: asyncio.AbstractEventLoop | None = None
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._acks: dict[str, tuple[threading.Event, Json]] = {}

    def m_apps_connections_open(self, _a: Json, _: Call) -> Json:
        if self.manifest and not self.manifest.get("settings", {}).get("socket_mode_enabled"):
            raise SlackError("socket_mode_disabled")
        if len(self._sockets) >= 10:
            raise SlackError("too_many_websockets")
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return {"url": f"ws://127.0.0.1:{self.port}/link?ticket={ticket}&app_id={self.app_id}"}

    async def link(self, request: web.Request) -> web.StreamResponse:
        """A bot's WebSocket, opened with a ticket that is used once."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401)
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_json(self._hello())
        self._sockets.append(ws)
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(json.loads(message.data))
        finally:
            self._sockets.remove(ws)
        return ws

    def _hello(self) -> Json:
        about = {"host": "applink-fake", "approximate_connection_time": 18060}
        here = {"connection_info": {"app_id": self.app_id}, "debug_info": about}
        return {"type": "hello", "num_connections": len(self._sockets) + 1, **here}

    def _acknowledged(self, body: Json) -> None:
        waiting = self._acks.get(body.get("envelope_id", ""))
        if waiting:
            waiting[1]["payload"] = body.get("payload")
            waiting[0].set()

    def sockets(self) -> int:
        """How many connections are open."""
        return len(self._sockets)

    def disconnect(self, reason: str = "refresh_requested", hard: bool = False) -> None:
        """Ask the connected bots to reconnect, or (hard) cut the connections."""
        self.on_loop(self._cut() if hard else self._ask_to_reconnect(reason))

    async def _cut(self) -> None:
        for ws in list(self._sockets):
            connection = ws.get_extra_info("socket")
            if connection is not None:
                connection.shutdown(2)

    async def _ask_to_reconnect(self, reason: str) -> None:
        for ws in list(self._sockets):
            await ws.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-fake"}})

    def on_loop(self, what: Coroutine[Any, Any, Any]) -> Any:
        """Run something on the workspace's own thread and wait for it."""
        if self.loop is None:
            what.close()
            raise RuntimeError("the workspace is not running: use it as a context manager")
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(10)

    def send_envelope(self, kind: str, payload: Json, timeout: float, retry: Retry | None) -> Json | None:
        """Send to one connection; gives the acknowledgement, or None when none came in time."""
        envelope: Json = {"envelope_id": secrets.token_hex(16), "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope["retry_attempt"], envelope["retry_reason"] = retry or (0, "")
        done, got = threading.Event(), Json()
        self._acks[envelope["envelope_id"]] = (done, got)
        try:
            sent = self.on_loop(self._send_to_one(envelope))
            return got if sent and done.wait(timeout) else None
        finally:
            self._acks.pop(envelope["envelope_id"], None)

    async def _send_to_one(self, envelope: Json) -> bool:
        for ws in self._sockets[:1]:
            await ws.send_json(envelope)
            return True
        return False
