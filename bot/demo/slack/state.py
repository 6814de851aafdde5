"""What the workspace remembers: people, channels, messages, modals, files, and every call the bot made."""

import itertools
import json
import secrets
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.demo.slack.rules import Finding
from bot.demo.slack.scopes import SCOPES

Json = dict[str, Any]


@dataclass
class Call:
    """A call that the bot made, and what it got."""

    method: str
    args: Json
    response: Json
    status: int
    at: float
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return bool(self.response.get("ok"))


@dataclass
class Fault:
    """How the next calls of a method go wrong."""

    method: str
    error: str | None = None
    status: int = 200
    retry_after: int | None = None
    body: str | None = None
    drop: bool = False  # cut the connection
    after: bool = False  # do the work, then fail: what a lost answer looks like
    delay: float = 0.0
    times: int = 1

    @property
    def refuses(self) -> bool:
        """Whether the work is left undone."""
        harmful = self.drop or self.error is not None or self.status != 200 or self.body is not None
        return harmful and not self.after


class SlackError(Exception):
    """An answer with ok=false."""

    def __init__(self, error: str, status: int = 200, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(error)
        self.error, self.status, self.headers, self.more = error, status, headers or {}, more


class State:
    """The workspace without any behaviour: what is in it, and how it is found."""

    def __init__(self, manifest: str | Path | Json | None = None, capture: str | Path | None = None) -> None:
        self.port = 0
        self.capture = Path(capture) if capture else None
        self.manifest = _load_manifest(manifest)
        self.signing_secret = secrets.token_hex(16)
        self.bot_token = "xoxb-fake-" + secrets.token_hex(8)
        self.app_token = "xapp-fake-" + secrets.token_hex(8)
        self.team, self.app_id, self.bot_user, self.bot_id = (
            "T00000001",
            "A00000001",
            "U00000BOT",
            "B00000001",
        )
        self.tokens = {self.bot_token: self._scopes(), self.app_token: {"connections:write"}}
        self.users: dict[str, Json] = {}
        self.channels: dict[str, Json] = {}
        self.messages: dict[str, list[Json]] = defaultdict(list)
        self.ephemerals: list[Json] = []
        self.views: dict[str, Json] = {}
        self.homes: dict[str, Json] = {}
        self.files: dict[str, Json] = {}
        self.triggers: dict[str, float] = {}
        self.trigger_life = 3.0
        self.trigger_user: str | None = None
        self.response_urls: dict[str, Json] = {}
        self.oauth_codes: dict[str, Json] = {}
        self.statuses: list[Json] = []
        self.unfurls: list[Json] = []
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self._numbers = itertools.count(1)

    def _scopes(self) -> set[str]:
        if self.manifest is None:
            return {s for group in SCOPES.values() for s in group}
        return set(self.manifest.get("oauth_config", {}).get("scopes", {}).get("bot", []))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """What a Slack client takes as base_url; the last slash matters."""
        return self.url + "/api/"

    def feature(self, name: str) -> Any:
        """A part of the manifest's features; empty without a manifest."""
        return (self.manifest or {}).get("features", {}).get(name, {})

    # -- names and numbers ----------------------------------------------------------------------
    def number(self) -> int:
        return next(self._numbers)

    def new_id(self, letter: str) -> str:
        return f"{letter}{self.number():08X}X"

    def ts(self) -> str:
        return f"{int(time.time())}.{self.number():06d}"

    def new_trigger(self) -> str:
        trigger = f"{self.number()}.{secrets.token_hex(6)}"
        self.triggers[trigger] = time.monotonic()
        return trigger

    def new_response_url(self, user: str, channel: str, message: Json | None = None) -> str:
        key = secrets.token_hex(12)
        self.response_urls[key] = {
            "user": user,
            "channel": channel,
            "uses": 0,
            "born": time.time(),
            "message": message,
        }
        return f"{self.url}/response/{key}"

    # -- people and places ----------------------------------------------------------------------
    def add_user(  # noqa: PLR0913 a person has this many properties
        self,
        name: str,
        *,
        locale: str = "en-US",
        uid: str | None = None,
        is_bot: bool = False,
        email: str | None = None,
        guest: bool = False,
        real_name: str | None = None,
        team: str | None = None,
        tz: str = "Europe/Berlin",
    ) -> str:
        """Somebody joins the workspace; gives the user id. `team`: of another workspace (Slack Connect)."""
        uid = uid or self.new_id("U")
        shown = real_name or name.title()
        self.users[uid] = {
            "id": uid,
            "team_id": team or self.team,
            "name": name,
            "real_name": shown,
            "deleted": False,
            "is_bot": is_bot,
            "is_restricted": guest,
            "is_ultra_restricted": False,
            "is_admin": False,
            "locale": locale,
            "tz": tz,
            "profile": {"display_name": name, "real_name": shown, "email": email or f"{name}@acme.example"},
        }
        return uid

    def add_channel(
        self, name: str, *, private: bool = False, members: list[str] | None = None, bot: bool = True
    ) -> str:
        """A new channel with everybody who is here now, or with `members`; gives its id."""
        cid = self.new_id("G" if private else "C")
        people = members if members is not None else [u for u, v in self.users.items() if not v["is_bot"]]
        self.channels[cid] = {
            "id": cid,
            "name": name,
            "is_channel": not private,
            "is_private": private,
            "is_im": False,
            "is_archived": False,
            "members": set(people) | ({self.bot_user} if bot else set()),
        }
        return cid

    def user(self, name: str) -> str:
        """The id of a person, by name or id."""
        if name in self.users:
            return name
        return next(u for u, v in self.users.items() if v["name"] == name.lstrip("@"))

    def channel(self, name: str) -> str:
        """The id of a channel, by name or id; of a person's direct messages, by user id or @name."""
        if name in self.channels:
            return name
        if name in self.users:
            return self.im(name)
        if name.startswith("@"):
            return self.im(self.user(name))
        found = [c for c, v in self.channels.items() if v["name"] == name.lstrip("#") and not v["is_im"]]
        if not found:
            raise SlackError("channel_not_found")
        return found[0]

    def im(self, user: str) -> str:
        """The direct messages between a person and the bot."""
        for cid, c in self.channels.items():
            if c["is_im"] and c["user"] == user:
                return cid
        cid = self.new_id("D")
        self.channels[cid] = {
            "id": cid,
            "name": "",
            "is_im": True,
            "is_channel": False,
            "is_private": True,
            "is_archived": False,
            "user": user,
            "members": {user, self.bot_user},
        }
        return cid

    def kind(self, cid: str) -> str:
        """im, group (private) or channel."""
        ch = self.channels[cid]
        return "im" if ch["is_im"] else "group" if ch["is_private"] else "channel"

    def find(self, channel: str, ts: str) -> Json:
        for message in self.messages[channel]:
            if message["ts"] == ts:
                return message
        raise SlackError("message_not_found")

    # -- what tests look at ---------------------------------------------------------------------
    @property
    def findings(self) -> list[Finding]:
        return [f for c in self.calls for f in c.findings]

    def errors(self) -> list[str]:
        """What Slack would have refused."""
        return [f"{c.method}: {f}" for c in self.calls for f in c.findings if f.level == "error"]

    def advice(self) -> list[str]:
        """What Slack would have taken, and people suffered from."""
        return [f"{c.method}: {f}" for c in self.calls for f in c.findings if f.level == "advice"]

    def unused_scopes(self) -> set[str]:
        """Scopes of the token that no call so far needed. Some may be there for events: judge by hand."""
        needed = {s for c in self.calls for s in SCOPES.get(c.method, ())}
        return self.tokens[self.bot_token] - needed

    def called(self, method: str) -> list[Call]:
        return [c for c in self.calls if c.method == method]

    def posted(self, channel: str, thread_ts: str | None = None) -> list[Json]:
        """The bot's own messages in a channel, oldest first."""
        own = [m for m in self.messages[self.channel(channel)] if m.get("bot_id") == self.bot_id]
        return [m for m in own if thread_ts is None or m.get("thread_ts") == thread_ts]

    def last(self, channel: str) -> Json:
        """The newest message of a channel, whoever wrote it."""
        return self.messages[self.channel(channel)][-1]

    def whispered(self, user: str) -> list[Json]:
        """The ephemeral messages that only this person saw, oldest first."""
        uid = self.user(user)
        return [e for e in self.ephemerals if e["user"] == uid]

    def fail(self, method: str = "*", **kwargs: Any) -> None:
        """The next calls fail: error, status, retry_after, body, drop, after, delay, times as in Fault."""
        self.faults.append(Fault(method, **kwargs))

    def note(self, method: str, args: Json, findings: list[Finding]) -> None:
        """Record what the bot said in an acknowledgement, which is no call of its own."""
        self.calls.append(Call(method, args, {"ok": True}, 200, time.time(), findings))

    def capture_line(self, method: str, args: Any) -> None:
        """Append a payload to the capture file, for checks against Slack's own types."""
        if self.capture:
            with self.capture.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"method": method, "args": args}, default=str) + "\n")

    # -- what those who build on this do --------------------------------------------------------
    def bot_posted(self, cid: str, message: Json) -> None:
        """The bot wrote a message: its own echo comes back to it."""

    def bot_edited(self, cid: str, message: Json, before: Json) -> None:
        """The bot changed a message."""


def need(args: Json, *names: str) -> None:
    """Refuse a call that leaves out a required argument."""
    missing = [n for n in names if args.get(n) in (None, "")]
    if missing:
        said = [f"[ERROR] missing required field: {n}" for n in missing]
        raise SlackError("invalid_arguments", response_metadata={"messages": said})


def public(view: Json) -> Json:
    """A view as Slack shows it, without what only the workspace knows."""
    return {k: v for k, v in view.items() if not k.startswith("_")}


def _load_manifest(manifest: str | Path | Json | None) -> Json | None:
    if manifest is None or isinstance(manifest, dict):
        return manifest
    loaded: Json = json.loads(Path(manifest).read_text(encoding="utf-8"))
    return loaded
