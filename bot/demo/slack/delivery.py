"""How Slack brings something to a bot: signed, once, again, replayed; and how a forger would."""

import hashlib
import hmac
import json
import re
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from slack_bolt.request import BoltRequest

from bot.demo.slack.sockets import Retry, Sockets
from bot.demo.slack.state import Json

ACK_SECONDS = 3.0
# Slack sends an unacknowledged event again nearly at once, after a minute and after five minutes.
RETRY_AFTER = (0.0, 60.0, 300.0)
Value = TypeVar("Value")


@dataclass
class Delivery:
    """One thing brought to the bot, and what the bot answered."""

    kind: str  # events_api, slash_commands or interactive
    payload: Json
    status: int = 0
    body: Any = None
    ack_ms: float | None = None
    error: str | None = None
    retry: Retry | None = None
    raw: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def acked(self) -> bool:
        return self.status == 200 and self.ack_ms is not None and self.ack_ms <= ACK_SECONDS * 1000


class Deliveries(Sockets):
    """Transport to the bot: in process, over HTTP or over Socket Mode."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.destination: Any = None
        self.deliveries: list[Delivery] = []
        self.auto_retry = False
        self.time_scale = 0.001  # waits between retries are this much shorter than Slack's
        self._background: list[threading.Thread] = []

    def connect(self, destination: Any) -> None:
        """A bolt App (in process), an http:// URL, or "socket" for bots that dialled in; None: nobody."""
        self.destination = destination

    def close_deliveries(self) -> None:
        """Wait for what is still on its way."""
        for t in self._background:
            t.join(5)

    def later(self, what: Callable[[], object]) -> None:
        """Do something in the background, as Slack does not wait for itself."""
        t = threading.Thread(target=what, daemon=True)
        t.start()
        self._background.append(t)

    def wait(self, condition: Callable[[], Value], timeout: float = 5.0, what: str = "") -> Value:
        """The first true value of the condition; fails with the last calls when there is none in time."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.005)
        last = [c.method for c in self.calls[-5:]]
        raise AssertionError(f"waited {timeout} s in vain{': ' + what if what else ''}; last calls: {last}")

    def settle(self, quiet: float = 0.15, timeout: float = 5.0) -> None:
        """Wait until the bot has called nothing for a while."""
        end, seen, since = time.monotonic() + timeout, -1, time.monotonic()
        while time.monotonic() < end and time.monotonic() - since <= quiet:
            if len(self.calls) != seen:
                seen, since = len(self.calls), time.monotonic()
            time.sleep(0.01)

    # -- transport ------------------------------------------------------------------------------
    def sign(self, body: bytes, timestamp: object = None, secret: str | None = None) -> dict[str, str]:
        """The signature headers for a body."""
        stamp = str(int(time.time()) if timestamp is None else timestamp)
        key = (secret or self.signing_secret).encode()
        mac = hmac.new(key, f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}"}

    def deliver(
        self,
        kind: str,
        payload: Json,
        *,
        retry: Retry | None = None,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
        once: bool = False,
    ) -> Delivery:
        """Send one payload. `headers` and `raw` take the place of what Slack would send: forgeries."""
        body, content_type = _encoded(kind, payload)
        d = Delivery(kind, payload, retry=retry, raw=body if raw is None else raw)
        d.headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        if retry:
            d.headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        d.headers |= headers if headers is not None else self.sign(d.raw)
        self._send(d)
        self.deliveries.append(d)
        if self.auto_retry and kind == "events_api" and not (once or retry or d.acked):
            self.later(lambda: self._retry(d))
        return d

    def _send(self, d: Delivery) -> None:
        if self.destination is None:
            raise RuntimeError("connect() a bot first")
        start = time.perf_counter()
        if self.destination == "socket":
            self._by_socket(d)
        elif isinstance(self.destination, str):
            self._by_http(d, self.destination)
        else:
            self._in_process(d)
        if d.status:
            d.ack_ms = (time.perf_counter() - start) * 1000
        if d.ack_ms is None or d.ack_ms > ACK_SECONDS * 1000:
            d.error = d.error or "operation_timeout"

    def _by_socket(self, d: Delivery) -> None:
        got = self.send_envelope(d.kind, d.payload, ACK_SECONDS, d.retry)
        d.status, d.body = (0, None) if got is None else (200, got.get("payload"))
        d.error = "timeout" if got is None else None

    @staticmethod
    def _by_http(d: Delivery, url: str) -> None:
        request = urllib.request.Request(url, d.raw, d.headers, method="POST")
        text = ""
        try:
            with urllib.request.urlopen(request, timeout=ACK_SECONDS + 7) as answer:
                d.status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as e:
            with e:
                d.status, text = e.code, e.read().decode()
        except OSError as e:
            d.error = str(e)
        d.body = _maybe_json(text)

    def _in_process(self, d: Delivery) -> None:
        headers: dict[str, str | Sequence[str]] = {k.lower(): v for k, v in d.headers.items()}
        answer = self.destination.dispatch(BoltRequest(body=d.raw.decode(), headers=headers))
        d.status, d.body = answer.status, _maybe_json(answer.body)

    def _retry(self, d: Delivery) -> None:
        reason = "http_timeout" if d.error else "http_error"
        for number, pause in enumerate(RETRY_AFTER, 1):
            time.sleep(pause * self.time_scale)
            if self.deliver(d.kind, d.payload, retry=(number, reason), once=True).acked:
                return

    # -- unkind versions ------------------------------------------------------------------------
    def redeliver(self, d: Delivery, number: int = 1, reason: str = "http_timeout") -> Delivery:
        """The same event again, as Slack does when it believes the first was not taken."""
        return self.deliver(d.kind, d.payload, retry=(number, reason))

    def replay(self, d: Delivery) -> Delivery:
        """The very same bytes and signature again, as somebody who recorded them would do."""
        return self.deliver(d.kind, d.payload, headers=d.headers, raw=d.raw)

    def forge(self, d: Delivery, how: str) -> Delivery:
        """The delivery as a forger would send it; `how` is a key of FORGERIES."""
        headers, raw = FORGERIES[how](self, d)
        typed = {"Content-Type": d.headers["Content-Type"]}
        return self.deliver(d.kind, d.payload, headers=typed | headers, raw=raw)

    # -- events ---------------------------------------------------------------------------------
    def subscribed(self, event: str) -> bool:
        """Whether the manifest asks for this event."""
        if self.manifest is None:
            return True
        return event in self.manifest.get("settings", {}).get("event_subscriptions", {}).get("bot_events", [])

    def event(self, event: Json, needs: str | None = None) -> Delivery | None:
        """Deliver any Events API event, if the manifest subscribes to it."""
        if not self.subscribed(needs or event["type"]):
            return None
        bot = {"enterprise_id": None, "team_id": self.team, "user_id": self.bot_user}
        payload = {
            "token": "unused",
            "team_id": self.team,
            "api_app_id": self.app_id,
            "type": "event_callback",
            "event": event,
            "event_id": "Ev" + secrets.token_hex(5).upper(),
            "event_time": int(time.time()),
            "is_ext_shared_channel": False,
            "authorizations": [{**bot, "is_bot": True, "is_enterprise_install": False}],
            "event_context": "4-" + secrets.token_hex(8),
        }
        return self.deliver("events_api", payload)


Forgery = Callable[[Deliveries, Delivery], tuple[dict[str, str], bytes]]


def _shifted(seconds: int) -> Forgery:
    return lambda slack, d: (slack.sign(d.raw, timestamp=int(time.time()) + seconds), d.raw)


FORGERIES: dict[str, Forgery] = {
    "none": lambda _, d: ({}, d.raw),
    "wrong_secret": lambda slack, d: (slack.sign(d.raw, secret="0" * 32), d.raw),
    "tampered": lambda slack, d: (slack.sign(d.raw), d.raw.replace(b"text", b"texu", 1) + b" "),
    "stale": _shifted(-601),
    "future": _shifted(601),
    "word_for_a_time": lambda slack, d: (slack.sign(d.raw, timestamp="abc"), d.raw),
    "digits_of_another_script": lambda slack, d: (
        {"X-Slack-Request-Timestamp": "²", "X-Slack-Signature": "v0=00"},
        d.raw,
    ),
    "garbage": lambda slack, _: (slack.sign(b"\xff{"), b"\xff{"),
}


def _encoded(kind: str, payload: Json) -> tuple[bytes, str]:
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urllib.parse.urlencode(fields).encode(), "application/x-www-form-urlencoded"


def _maybe_json(text: Any) -> Any:
    if not isinstance(text, str) or not re.match(r"\s*[\[{]", text):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
