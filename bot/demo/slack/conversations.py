"""users.*, conversations.* and the smaller families: who and what is there."""

import json

from bot.demo.slack.rules import check_message, check_view
from bot.demo.slack.state import Call, Json, SlackError, need
from bot.demo.slack.views import Views

HISTORY = {"im": "im:history", "group": "groups:history", "channel": "channels:history"}


class Conversations(Views):
    """What the bot can look up."""

    def _seen_user(self, user: Json, *, locale: bool = True) -> Json:
        out: Json = json.loads(json.dumps(user))
        if "users:read.email" not in self.tokens[self.bot_token]:
            out["profile"].pop("email", None)
        if not locale:
            out.pop("locale", None)
        return out

    def m_users_info(self, a: Json, _: Call) -> Json:
        need(a, "user")
        if a["user"] not in self.users:
            raise SlackError("user_not_found")
        wants_locale = str(a.get("include_locale", "")).lower() in ("1", "true")
        return {"user": self._seen_user(self.users[a["user"]], locale=wants_locale)}

    def m_users_list(self, _a: Json, _: Call) -> Json:
        return {
            "members": [self._seen_user(u) for u in self.users.values()],
            "response_metadata": {"next_cursor": ""},
        }

    def m_users_lookupByEmail(self, a: Json, _: Call) -> Json:
        wanted = str(a.get("email", "")).lower()
        for u in self.users.values():
            if u["profile"]["email"].lower() == wanted and not u["is_bot"]:
                return {"user": self._seen_user(u)}
        raise SlackError("users_not_found")

    def m_usergroups_users_list(self, a: Json, _: Call) -> Json:
        need(a, "usergroup")
        return {"users": [u for u, v in self.users.items() if not v["is_bot"]]}

    def _seen_channel(self, cid: str) -> Json:
        ch = self.channels[cid]
        shown = {k: v for k, v in ch.items() if k != "members"}
        return {**shown, "is_member": self.bot_user in ch["members"], "num_members": len(ch["members"])}

    def m_conversations_info(self, a: Json, _: Call) -> Json:
        return {"channel": self._seen_channel(self.target(a, must_be_member=False))}

    def _listed_kind(self, cid: str) -> str:
        return {"im": "im", "group": "private_channel", "channel": "public_channel"}[self.kind(cid)]

    def m_conversations_list(self, a: Json, _: Call) -> Json:
        kinds = str(a.get("types", "public_channel")).split(",")
        of_kind = [c for c in self.channels if self._listed_kind(c) in kinds]
        seen = [c for c in of_kind if self.kind(c) == "channel" or self.bot_user in self.channels[c]["members"]]
        start, size = int(a.get("cursor") or 0), int(a.get("limit") or 100)
        cursor = str(start + size) if start + size < len(seen) else ""
        page = [self._seen_channel(c) for c in seen[start : start + size]]
        return {"channels": page, "response_metadata": {"next_cursor": cursor}}

    def m_conversations_members(self, a: Json, _: Call) -> Json:
        members = sorted(self.channels[self.target(a)]["members"])
        return {"members": members, "response_metadata": {"next_cursor": ""}}

    def need_history(self, cid: str) -> None:
        """Reading back needs the history scope of this very kind of conversation."""
        wanted = HISTORY[self.kind(cid)]
        if wanted not in self.tokens[self.bot_token]:
            provided = ",".join(sorted(self.tokens[self.bot_token]))
            raise SlackError("missing_scope", needed=wanted, provided=provided)

    def m_conversations_history(self, a: Json, _: Call) -> Json:
        cid = self.target(a)
        self.need_history(cid)
        top = [m for m in self.messages[cid] if m.get("thread_ts", m["ts"]) == m["ts"]]
        latest, oldest = str(a.get("latest") or "9" * 12), str(a.get("oldest") or "0")
        found = [m for m in top if float(oldest) <= float(m["ts"]) <= float(latest)]
        return {
            "messages": [_seen_message(m, a) for m in found[::-1][: int(a.get("limit") or 100)]],
            "has_more": False,
        }

    def m_conversations_replies(self, a: Json, _: Call) -> Json:
        cid = self.target(a)
        self.need_history(cid)
        need(a, "ts")
        root = str(a["ts"])
        if not any(m["ts"] == root for m in self.messages[cid]):
            raise SlackError("thread_not_found")
        thread = [m for m in self.messages[cid] if root in (m["ts"], m.get("thread_ts"))]
        return {"messages": [_seen_message(m, a) for m in thread], "has_more": False}

    def m_conversations_open(self, a: Json, _: Call) -> Json:
        people = [u for u in str(a.get("users", "")).split(",") if u]
        if not people or any(u not in self.users for u in people):
            raise SlackError("user_not_found")
        return {"channel": {"id": self.im(people[0])}}

    def m_conversations_join(self, a: Json, _: Call) -> Json:
        cid = self.target(a, must_be_member=False)
        self.channels[cid]["members"].add(self.bot_user)
        return {"channel": self._seen_channel(cid)}

    def m_assistant_threads_setStatus(self, a: Json, _: Call) -> Json:
        need(a, "channel_id", "thread_ts")
        self.statuses.append(a)
        return {}

    m_assistant_threads_setTitle = m_assistant_threads_setSuggestedPrompts = m_assistant_threads_setStatus

    def m_api_test(self, a: Json, _: Call) -> Json:
        if "error" in a:
            raise SlackError(a["error"])
        return {"args": a}

    def m_auth_test(self, _a: Json, _: Call) -> Json:
        return {
            "url": "https://acme.slack.example/",
            "team": "Acme",
            "user": "guichet",
            "team_id": self.team,
            "user_id": self.bot_user,
            "bot_id": self.bot_id,
            "is_enterprise_install": False,
        }

    def m_team_info(self, _a: Json, _: Call) -> Json:
        return {"team": {"id": self.team, "name": "Acme", "domain": "acme"}}

    def m_bots_info(self, _a: Json, _: Call) -> Json:
        bot = {"id": self.bot_id, "app_id": self.app_id, "user_id": self.bot_user}
        return {"bot": {**bot, "name": "guichet", "deleted": False}}

    def m_blocks_validate(self, a: Json, _: Call) -> Json:
        given = [k for k in ("blocks", "message", "view") if k in a]
        if len(given) != 1:
            raise SlackError("invalid_arguments")
        if given == ["view"]:
            found = check_view(a["view"])
        else:
            found = check_message(a.get("message") or {"blocks": a["blocks"], "text": "-"})
        bad = [{"pointer": f.pointer, "code": f.code, "message": f.message} for f in found if f.level == "error"]
        if bad:
            raise SlackError(f"invalid_{given[0]}", errors=bad)
        return {}


def _seen_message(message: Json, args: Json) -> Json:
    """Slack leaves the metadata out unless it is asked for."""
    if str(args.get("include_all_metadata", "")).lower() in ("1", "true"):
        return message
    return {k: v for k, v in message.items() if k != "metadata"}
