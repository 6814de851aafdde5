"""views.*: modals and the Home tab."""

import secrets
import time

from bot.demo.slack.chat import Chat
from bot.demo.slack.rules import check_view
from bot.demo.slack.state import Call, Json, SlackError, need, public


class Views(Chat):
    """Modals open with a trigger that lives three seconds and is used once."""

    def _use_trigger(self, a: Json) -> None:
        trigger = a.get("trigger_id") or a.get("interactivity_pointer")
        if trigger not in self.triggers:
            raise SlackError("invalid_trigger_id" if trigger else "invalid_arguments")
        born = self.triggers[trigger]
        if born < 0:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - born > self.trigger_life:
            raise SlackError("expired_trigger_id")
        self.triggers[trigger] = -1.0

    def store_view(self, view: Json, user: str | None, old: Json | None = None, root: str | None = None) -> Json:
        """Keep a view under its id; `old` is the view that it takes the place of."""
        before = old or {}
        vid = before.get("id") or self.new_id("V")
        for block in view.get("blocks", []):
            block.setdefault("block_id", f"b{self.number()}")
        kept = {
            **view,
            "id": vid,
            "team_id": self.team,
            "app_id": self.app_id,
            "bot_id": self.bot_id,
            "hash": f"{int(time.time())}.{secrets.token_hex(4)}",
            "root_view_id": root or before.get("root_view_id", vid),
            "previous_view_id": before.get("previous_view_id"),
            "state": before.get("state", {"values": {}}),
            "private_metadata": view.get("private_metadata", ""),
            "callback_id": view.get("callback_id", ""),
            "_user": user or before.get("_user"),
        }
        self.views[vid] = kept
        return kept

    def m_views_open(self, a: Json, c: Call) -> Json:
        self._use_trigger(a)
        need(a, "view")
        self.judge(check_view(a["view"]), c, "invalid_arguments")
        view = self.store_view(a["view"], self.trigger_user)
        view["_open"] = True
        return {"view": public(view)}

    def m_views_push(self, a: Json, c: Call) -> Json:
        self._use_trigger(a)
        self.judge(check_view(a["view"]), c, "invalid_arguments")
        stack = [v for v in self.views.values() if v.get("_open")]
        if len(stack) >= 3:
            raise SlackError("push_limit_reached")
        view = self.store_view(a["view"], self.trigger_user, root=stack[0]["id"] if stack else None)
        view.update(_open=True, previous_view_id=stack[-1]["id"] if stack else None)
        return {"view": public(view)}

    def m_views_update(self, a: Json, c: Call) -> Json:
        need(a, "view")
        old = self.views.get(a.get("view_id") or "") or self._by_external_id(a.get("external_id"))
        if old is None:
            raise SlackError("not_found")
        if a.get("hash") and a["hash"] != old["hash"]:
            raise SlackError("hash_conflict")
        self.judge(check_view(a["view"]), c, "invalid_arguments")
        view = self.store_view(a["view"], None, old)
        view["_open"] = old.get("_open", False)
        return {"view": public(view)}

    def _by_external_id(self, wanted: object) -> Json | None:
        return next((v for v in self.views.values() if wanted and v.get("external_id") == wanted), None)

    def m_views_publish(self, a: Json, c: Call) -> Json:
        need(a, "user_id", "view")
        if a["user_id"] not in self.users:
            raise SlackError("user_not_found")
        if self.manifest and not self.feature("app_home").get("home_tab_enabled"):
            raise SlackError("not_enabled")
        old = self.homes.get(a["user_id"])
        if a.get("hash") and old and a["hash"] != old["hash"]:
            raise SlackError("hash_conflict")
        self.judge(check_view(a["view"]), c, "invalid_arguments")
        view = self.homes[a["user_id"]] = self.store_view(a["view"], a["user_id"], old)
        return {"view": public(view)}
