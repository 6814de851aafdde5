"""What people do: write, mention, command, click what is on screen, fill in modals."""

import secrets
import urllib.parse
from typing import Any

from bot.demo.slack.delivery import Deliveries, Delivery
from bot.demo.slack.rules import Finding, check_message, check_view
from bot.demo.slack.state import Json, public

BROAD = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
ONE_OPTION = ("static_select", "external_select", "overflow", "radio_buttons")
MANY_OPTIONS = ("multi_static_select", "multi_external_select", "checkboxes")
PLAIN_ANSWERS = {
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "datetimepicker": "selected_date_time",
    "file_input": "files",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "multi_users_select": "selected_users",
    "timepicker": "selected_time",
    "users_select": "selected_user",
}


class People(Deliveries):
    """The verbs of the people in the workspace; each gives what the bot was brought."""

    # -- messages -------------------------------------------------------------------------------
    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None, **more: Any) -> list[Delivery]:
        """A person writes. A message that mentions the bot makes two events: message and app_mention.

        `@guichet` in the text becomes the mention that Slack's editor makes of it. `files=` and `subtype=` as
        in Slack's event.
        """
        uid, cid = self.user(user), self.channel(channel)
        text = text.replace("@guichet", f"<@{self.bot_user}>")
        written = {
            "type": "message",
            "user": uid,
            "text": text,
            "ts": self.ts(),
            "team": self.users[uid]["team_id"],
        }
        message = {**written, "client_msg_id": secrets.token_hex(16), **more}
        if thread_ts:
            message["thread_ts"] = thread_ts
        if "files" in more:
            message["subtype"] = "file_share"
        self.messages[cid].append(message)
        return self._tell(cid, message)

    def _tell(self, cid: str, message: Json) -> list[Delivery]:
        if self.bot_user not in self.channels[cid]["members"]:
            return []
        event = {**message, "channel": cid, "event_ts": message["ts"]}
        kind = self.kind(cid)
        sent = [self.event({**event, "channel_type": kind}, BROAD[kind])]
        if f"<@{self.bot_user}>" in message["text"] and kind != "im":
            sent.append(self.event({**event, "type": "app_mention"}))
        return [d for d in sent if d]

    def edit(self, user: str, channel: str, ts: str, text: str) -> Delivery | None:
        """A person changes a message."""
        uid, cid = self.user(user), self.channel(channel)
        message = self.find(cid, ts)
        before = dict(message)
        message.update(text=text, edited={"user": uid, "ts": self.ts()})
        return self._changed(cid, message, before)

    def _changed(self, cid: str, message: Json, before: Json) -> Delivery | None:
        stamp, kind = self.ts(), self.kind(cid)
        changed = {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "channel": cid,
            "channel_type": kind,
        }
        both = {"message": dict(message), "previous_message": before}
        return self.event({**changed, "ts": stamp, "event_ts": stamp, **both}, BROAD[kind])

    def bot_posted(self, cid: str, message: Json) -> None:
        """Slack sends a bot its own messages back, when it is subscribed to them."""
        if self.destination is not None:
            kind = self.kind(cid)
            event = {**message, "channel": cid, "channel_type": kind, "event_ts": message["ts"]}
            self.later(lambda: self.event(event, BROAD[kind]))

    def bot_edited(self, cid: str, message: Json, before: Json) -> None:
        if self.destination is not None:
            self.later(lambda: self._changed(cid, message, before))

    def react(self, user: str, channel: str, ts: str, name: str) -> Delivery | None:
        """A person puts an emoji on a message."""
        uid, cid = self.user(user), self.channel(channel)
        message = self.find(cid, ts)
        message.setdefault("reactions", {}).setdefault(name, []).append(uid)
        item = {"type": "message", "channel": cid, "ts": ts}
        event = {"type": "reaction_added", "user": uid, "reaction": name, "item_user": message.get("user")}
        return self.event({**event, "item": item, "event_ts": self.ts()})

    def share_link(self, user: str, channel: str, url: str) -> Delivery | None:
        """A person posts a link of a domain that the bot unfurls."""
        uid, cid, stamp = self.user(user), self.channel(channel), self.ts()
        self.messages[cid].append({"type": "message", "user": uid, "text": f"<{url}>", "ts": stamp})
        link = {"domain": urllib.parse.urlsplit(url).hostname, "url": url}
        where = {"channel": cid, "message_ts": stamp, "event_ts": stamp, "unfurl_id": f"{cid}.{stamp}"}
        return self.event(
            {"type": "link_shared", "user": uid, **where, "source": "conversations_history", "links": [link]}
        )

    def open_home(self, user: str) -> Delivery | None:
        """A person opens the bot's Home tab."""
        uid = self.user(user)
        event = {
            "type": "app_home_opened",
            "user": uid,
            "channel": self.im(uid),
            "tab": "home",
            "event_ts": self.ts(),
        }
        shown = {"view": public(self.homes[uid])} if uid in self.homes else {}
        return self.event({**event, **shown})

    # -- commands and shortcuts -----------------------------------------------------------------
    def _declared(self, ok: bool, what: str) -> None:
        if self.manifest and not ok:
            raise AssertionError(f"{what} is not in the manifest: Slack would not offer it")

    def slash(self, user: str, channel: str, command: str, text: str = "") -> Delivery:
        """A person types a command."""
        listed = [c["command"] for c in self.feature("slash_commands") or []]
        self._declared(command in listed, command)
        uid, cid = self.user(user), self.channel(channel)
        self.trigger_user = uid
        kind = self.kind(cid)
        shown = {"im": "directmessage", "group": "privategroup", "channel": self.channels[cid]["name"]}[kind]
        fields = {
            "token": "unused",
            "team_id": self.users[uid]["team_id"],
            "team_domain": "acme",
            "channel_id": cid,
            "channel_name": shown,
            "user_id": uid,
            "user_name": self.users[uid]["name"],
            "command": command,
            "text": text,
            "api_app_id": self.app_id,
            "is_enterprise_install": "false",
            "response_url": self.new_response_url(uid, cid),
            "trigger_id": self.new_trigger(),
        }
        d = self.deliver("slash_commands", fields)
        self._show_acknowledgement(d, uid, cid)
        return d

    def _show_acknowledgement(self, d: Delivery, uid: str, cid: str) -> None:
        """The body of a command's acknowledgement is itself an answer."""
        body = {"text": d.body} if isinstance(d.body, str) and d.body else d.body
        if d.status != 200 or not isinstance(body, dict) or not (body.get("text") or body.get("blocks")):
            return
        self.note("ack", body, check_message(body))
        self.capture_line("response_url", body)
        if body.get("response_type") == "in_channel":
            self.messages[cid].append(self.own_message(body))
        else:
            self.whisper(cid, uid, body)

    def _base(self, kind: str, uid: str) -> Json:
        self.trigger_user = uid
        person = self.users[uid]
        who = {"id": uid, "username": person["name"], "name": person["name"], "team_id": person["team_id"]}
        team = {"id": self.team, "domain": "acme"}
        where = {"team": team, "api_app_id": self.app_id, "enterprise": None, "is_enterprise_install": False}
        return {"type": kind, "user": who, "token": "unused", **where}

    def _interact(self, payload: Json) -> Delivery:
        return self.deliver("interactive", payload)

    def shortcut(self, user: str, callback_id: str) -> Delivery:
        """A person picks a global shortcut."""
        self._shortcut_declared(callback_id, "global")
        base = self._base("shortcut", self.user(user))
        picked = {"callback_id": callback_id, "trigger_id": self.new_trigger(), "action_ts": self.ts()}
        return self._interact({**base, **picked})

    def message_shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> Delivery:
        """The entry in a message's menu, such as 'turn into a request'."""
        self._shortcut_declared(callback_id, "message")
        uid, cid = self.user(user), self.channel(channel)
        picked = {"callback_id": callback_id, "trigger_id": self.new_trigger(), "action_ts": self.ts()}
        where = {"channel": self._named(cid), "response_url": self.new_response_url(uid, cid)}
        message = {"message_ts": ts, "message": self.find(cid, ts)}
        return self._interact({**self._base("message_action", uid), **picked, **where, **message})

    def _shortcut_declared(self, callback_id: str, kind: str) -> None:
        listed = self.feature("shortcuts") or []
        found = any(s["callback_id"] == callback_id and s["type"] == kind for s in listed)
        self._declared(found, f"{kind} shortcut {callback_id}")

    def _named(self, cid: str) -> Json:
        return {"id": cid, "name": self.channels[cid]["name"]}

    # -- clicks ---------------------------------------------------------------------------------
    def click(
        self,
        user: str,
        action_id: str,
        channel: str | None = None,
        *,
        ts: str | None = None,
        view_id: str | None = None,
        home: bool = False,
        value: Any = None,
    ) -> Delivery:
        """Press a button or choose an option really on screen: in a message, a modal or the Home tab."""
        uid = self.user(user)
        base = {**self._base("block_actions", uid), "trigger_id": self.new_trigger()}
        if home or view_id:
            view = self.homes[uid] if home else self.views[view_id or ""]
            seen = {"container": {"type": "view", "view_id": view["id"]}, "view": public(view)}
            blocks = view["blocks"]
        else:
            cid = self.channel(channel or "general")
            message = self._visible(uid, cid, action_id, ts)
            seen, blocks = self._seen_message_of(uid, cid, message), message["blocks"]
        block, element = _locate(blocks, action_id, value)
        action = {
            "action_id": action_id,
            "block_id": block["block_id"],
            "type": element["type"],
            "action_ts": self.ts(),
        }
        return self._interact({**base, **seen, "actions": [action | _chosen(element, value)]})

    def _visible(self, uid: str, cid: str, action_id: str, ts: str | None) -> Json:
        whispered = [e for e in self.ephemerals if e["channel"] == cid and e["user"] == uid]
        shown = [m for m in self.messages[cid] + whispered if m.get("blocks")]
        for message in reversed(shown):
            if message["ts"] == ts if ts else action_id in action_ids(message["blocks"]):
                return message
        raise AssertionError(f"no message with {action_id!r} is visible to {uid} in {cid}")

    def _seen_message_of(self, uid: str, cid: str, message: Json) -> Json:
        eph = bool(message.get("ephemeral"))
        container = {"type": "message", "message_ts": message["ts"], "channel_id": cid, "is_ephemeral": eph}
        reply = self.new_response_url(uid, cid, message)
        seen = {"container": container, "channel": self._named(cid), "response_url": reply}
        return seen if eph else {**seen, "message": message}

    def suggest(self, user: str, view_id: str, action_id: str, typed: str) -> Delivery:
        """Type into an external select; the acknowledgement must carry options."""
        view = self.views[view_id]
        block, _ = _locate(view["blocks"], action_id)
        asked = {"action_id": action_id, "block_id": block["block_id"], "value": typed}
        where = {"container": {"type": "view", "view_id": view_id}, "view": public(view)}
        d = self._interact({**self._base("block_suggestion", self.user(user)), **asked, **where})
        if len((d.body or {}).get("options", [])) > 100:
            self.note("ack", {}, [Finding("error", "", "too_many", "at most 100 options")])
        return d

    # -- modals ---------------------------------------------------------------------------------
    def modals(self, user: str) -> list[Json]:
        """The modals open on a person's screen, the topmost last."""
        uid = self.user(user)
        return [v for v in self.views.values() if v.get("_open") and v.get("_user") == uid]

    def screen(self, user: str) -> Json:
        """The modal on top of a person's screen."""
        stack = self.modals(user)
        if not stack:
            raise AssertionError(f"{user} has no modal open")
        return stack[-1]

    def submit(self, user: str, values: Json | None = None, view_id: str | None = None) -> Delivery:
        """Fill the inputs of the open modal by action_id and press submit; follows response_action."""
        uid = self.user(user)
        view = self.views[view_id] if view_id else self.screen(user)
        if "submit" not in view:
            raise AssertionError("this modal has no submit button")
        view["state"] = {"values": _filled(view["blocks"], dict(values or {}))}
        sent = {"trigger_id": self.new_trigger(), "view": public(view), "response_urls": []}
        d = self._interact({**self._base("view_submission", uid), **sent})
        if d.status == 200:
            self._after_submit(d.body if isinstance(d.body, dict) else {}, view, uid)
        return d

    def _after_submit(self, body: Json, view: Json, uid: str) -> None:
        action = body.get("response_action")
        if action:
            self.capture_line("view_ack", body)
        if action == "errors":
            self._field_errors(body.get("errors", {}), view)
        elif action in ("update", "push"):
            self.note("ack", body, check_view(body["view"]))
            old = view if action == "update" else None
            self.store_view(body["view"], uid, old, root=view["root_view_id"])["_open"] = True
        else:
            for v in self.views.values():
                if v["id"] == view["id"] or action == "clear":
                    v["_open"] = False

    def _field_errors(self, errors: Json, view: Json) -> None:
        known = {b["block_id"] for b in view["blocks"] if b["type"] == "input"}
        for key in errors.keys() - known:
            said = f"errors names {key!r}, which is no input block: Slack shows nothing"
            self.note("ack", {}, [Finding("error", "", "unknown_block_id", said)])
        view["_errors"] = errors

    def close_view(self, user: str) -> Delivery | None:
        """A person closes the topmost modal."""
        view = self.screen(user)
        view["_open"] = False
        if not view.get("notify_on_close"):
            return None
        return self._interact({**self._base("view_closed", self.user(user)), "view": public(view), "is_cleared": False})


def elements(blocks: list[Json]) -> list[tuple[Json, Json]]:
    """Each element with its block."""
    every = [(b, e) for b in blocks for e in [*b.get("elements", []), b.get("accessory"), b.get("element")]]
    return [(b, e) for b, e in every if isinstance(e, dict)]


def action_ids(blocks: list[Json]) -> list[str]:
    """What can be clicked or filled in."""
    return [e["action_id"] for _, e in elements(blocks) if "action_id" in e]


def _locate(blocks: list[Json], action_id: str, value: Any = None) -> tuple[Json, Json]:
    for b, e in elements(blocks):
        fits = value is None or e.get("type") != "button" or e.get("value") == value
        if e.get("action_id") == action_id and fits:
            return b, e
    raise AssertionError(f"nothing to click: no element {action_id!r} on screen; there are {action_ids(blocks)}")


def _option(element: Json, value: Any) -> Json:
    if element["type"].endswith("external_select"):
        return (
            value
            if isinstance(value, dict)
            else {"text": {"type": "plain_text", "text": str(value)}, "value": str(value)}
        )
    groups = [o for g in element.get("option_groups", []) for o in g["options"]]
    pool: list[Json] = element.get("options") or groups
    for o in pool:
        if value in (o["value"], o["text"]["text"]):
            return o
    raise AssertionError(f"{value!r} is not offered; there are {[o['value'] for o in pool]}")


def _chosen(element: Json, value: Any) -> Json:
    """What Slack sends for an element when this value is chosen."""
    kind = element["type"]
    if kind == "button":
        return {"text": element["text"], "value": element.get("value", "")}
    if kind in ONE_OPTION:
        return {"selected_option": None if value is None else _option(element, value)}
    if kind in MANY_OPTIONS:
        return {"selected_options": [_option(element, v) for v in value or []]}
    return {PLAIN_ANSWERS.get(kind, "value"): value}


def _filled(blocks: list[Json], given: Json) -> Json:
    """The state of a modal whose inputs were filled; refuses what Slack's own screen would not submit."""
    state: Json = {}
    for b, e in elements(blocks):
        if "action_id" not in e or e["type"] == "button":
            continue
        chosen = _answer(e, given.pop(e["action_id"], e.get("initial_value")))
        if b["type"] == "input" and not b.get("optional") and not any(chosen.values()):
            raise AssertionError(f"{e['action_id']} must be filled: Slack would not submit")
        state.setdefault(b["block_id"], {})[e["action_id"]] = {"type": e["type"], **chosen}
    if given:
        raise AssertionError(f"no such inputs on screen: {sorted(given)}")
    return state


def _answer(element: Json, value: Any) -> Json:
    if value is None and element.get("initial_option"):
        return {"selected_option": element["initial_option"]}
    return _chosen(element, value)
