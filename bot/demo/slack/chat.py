"""chat.*, reactions.* and response URLs: what the bot says."""

import time

from bot.demo.slack.rules import Finding, check_message
from bot.demo.slack.state import Call, Json, SlackError, State, need


class Chat(State):
    """Messages of the bot, public and ephemeral."""

    strict = True  # errors of the rules refuse the call, as Slack does

    def judge(self, findings: list[Finding], call: Call, error: str) -> None:
        """Keep the findings; refuse the call when one of them is an error."""
        call.findings += findings
        said = [f"[ERROR] {f.message} [json-pointer:{f.pointer}]" for f in findings if f.level == "error"]
        if said and self.strict:
            raise SlackError(error, errors=said, response_metadata={"messages": said})

    def target(self, args: Json, *, must_be_member: bool = True) -> str:
        """The channel of a call, if the bot may use it."""
        need(args, "channel")
        cid = self.channel(str(args["channel"]))
        ch = self.channels[cid]
        if ch["is_archived"]:
            raise SlackError("is_archived")
        if self.bot_user not in ch["members"]:
            if ch["is_private"]:
                raise SlackError("channel_not_found")
            if must_be_member:
                raise SlackError("not_in_channel")
        return cid

    def content(self, args: Json, call: Call) -> Json:
        """What a message shows, with the ids that Slack gives to blocks and elements."""
        if not any(args.get(k) for k in ("text", "blocks", "attachments", "markdown_text")):
            raise SlackError("no_text")
        self.judge(check_message(args), call, "invalid_blocks")
        body = {k: args[k] for k in ("blocks", "attachments", "metadata") if args.get(k)}
        for block in body.get("blocks", []):
            block.setdefault("block_id", f"b{self.number()}")
            for element in _interactive(block):
                element.setdefault("action_id", f"a{self.number()}")
        return {"text": (args.get("text") or args.get("markdown_text") or "")[:40_000], **body}

    def own_message(self, content: Json, thread_ts: object = None) -> Json:
        """A new message of the bot."""
        who = {"user": self.bot_user, "bot_id": self.bot_id, "app_id": self.app_id, "team": self.team}
        thread = {"thread_ts": str(thread_ts)} if thread_ts else {}
        return {"type": "message", **who, "ts": self.ts(), **content, **thread}

    def m_chat_postMessage(self, a: Json, c: Call) -> Json:
        cid = self.target(a, must_be_member="chat:write.public" not in self.tokens[self.bot_token])
        if a.get("thread_ts"):
            self._check_parent(cid, str(a["thread_ts"]), c)
        message = self.own_message(self.content(a, c), a.get("thread_ts"))
        self.messages[cid].append(message)
        self.bot_posted(cid, message)
        return {"channel": cid, "ts": message["ts"], "message": message}

    def _check_parent(self, cid: str, thread_ts: str, c: Call) -> None:
        parent = next((m for m in self.messages[cid] if m["ts"] == thread_ts), None)
        if parent is None:
            raise SlackError("thread_not_found")
        if parent.get("thread_ts", parent["ts"]) != parent["ts"]:
            said = "thread_ts is a reply's ts: use the parent's"
            c.findings.append(Finding("advice", "/thread_ts", "not_a_parent", said))

    def m_chat_scheduleMessage(self, a: Json, _: Call) -> Json:
        need(a, "post_at")
        return {
            "channel": self.target(a),
            "scheduled_message_id": self.new_id("Q"),
            "post_at": int(a["post_at"]),
        }

    def m_chat_postEphemeral(self, a: Json, c: Call) -> Json:
        cid = self.target(a)
        need(a, "user")
        if a["user"] not in self.channels[cid]["members"]:
            raise SlackError("user_not_in_channel")
        return {"message_ts": self.whisper(cid, a["user"], self.content(a, c), a.get("thread_ts"))}

    def whisper(self, cid: str, uid: str, content: Json, thread_ts: object = None) -> str:
        """Show something to one person only."""
        stamp = self.ts()
        whispered = {"channel": cid, "user": uid, "ts": stamp, "ephemeral": True, "bot_id": self.bot_id}
        self.ephemerals.append({**whispered, "thread_ts": thread_ts, **content})
        return stamp

    def _own(self, a: Json) -> tuple[str, Json]:
        cid = self.target(a)
        need(a, "ts")
        message = self.find(cid, str(a["ts"]))
        if message.get("bot_id") != self.bot_id:
            raise SlackError("cant_update_message")
        return cid, message

    def m_chat_update(self, a: Json, c: Call) -> Json:
        cid, message = self._own(a)
        before = dict(message)
        content = self.content(a, c)
        if "blocks" not in a:
            message.pop("blocks", None)
        message.update(content, edited={"user": self.bot_user, "ts": self.ts()})
        self.bot_edited(cid, message, before)
        return {"channel": cid, "ts": message["ts"], "text": message["text"], "message": message}

    def m_chat_delete(self, a: Json, _: Call) -> Json:
        cid, message = self._own(a)
        self.messages[cid].remove(message)
        return {"channel": cid, "ts": message["ts"]}

    def m_chat_getPermalink(self, a: Json, _: Call) -> Json:
        need(a, "message_ts")
        cid = self.target(a, must_be_member=False)
        stamp = str(a["message_ts"])
        self.find(cid, stamp)
        link = f"https://acme.slack.example/archives/{cid}/p{stamp.replace('.', '')}"
        return {"channel": cid, "permalink": link}

    def m_chat_unfurl(self, a: Json, _: Call) -> Json:
        need(a, "unfurls")
        self.unfurls.append(a)
        return {}

    def _reacted(self, a: Json) -> list[str]:
        message = self.find(self.target(a), str(a.get("timestamp")))
        people: list[str] = message.setdefault("reactions", {}).setdefault(a.get("name", ""), [])
        return people

    def m_reactions_add(self, a: Json, _: Call) -> Json:
        people = self._reacted(a)
        if self.bot_user in people:
            raise SlackError("already_reacted")
        people.append(self.bot_user)
        return {}

    def m_reactions_remove(self, a: Json, _: Call) -> Json:
        people = self._reacted(a)
        if self.bot_user not in people:
            raise SlackError("no_reaction")
        people.remove(self.bot_user)
        return {}

    def m_reactions_get(self, a: Json, _: Call) -> Json:
        message = self.find(self.target(a), str(a.get("timestamp")))
        given = message.get("reactions", {}).items()
        shown = [{"name": n, "users": u, "count": len(u)} for n, u in given]
        return {"type": "message", "message": {**message, "reactions": shown}}

    def respond(self, key: str, args: Json, call: Call) -> None:
        """What a POST to a response URL does: five uses within half an hour."""
        slot = self.response_urls.get(key)
        if slot is None or time.time() - slot["born"] > 1800:
            raise SlackError("expired_url", 404)
        slot["uses"] += 1
        if slot["uses"] > 5:
            raise SlackError("used_url", 404)
        here = slot["channel"]
        if args.get("delete_original"):
            self.messages[here] = [m for m in self.messages[here] if m is not slot["message"]]
            return
        content = self.content(args, call)
        if args.get("replace_original") and slot["message"] is not None:
            slot["message"].update(content)
        elif args.get("response_type") == "in_channel":
            self.messages[here].append(self.own_message(content))
        else:
            self.whisper(here, slot["user"], content)


def _interactive(block: Json) -> list[Json]:
    listed = block.get("elements", []) if block["type"] in ("actions", "context_actions") else []
    single = [block[k] for k in ("accessory", "element") if isinstance(block.get(k), dict)]
    return [e for e in listed if isinstance(e, dict)] + [e for e in single if e.get("type") != "image"]
