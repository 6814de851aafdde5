"""What the Slack door stored, as a message or as a decision. Pure: no call, no clock."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

from bot.channels.slack.stored import COMMAND, MESSAGE, PRESSES, SUBMISSION, Json, unpack
from bot.messages import Channel, Inbound, Press, Thread

REJECT = "guichet_reject"  # callback_id of the modal that rejects
APPROVE = "guichet_approve"
ASK = "guichet_ask"  # the form in which a question is written; nothing of it is kept
SEND = "guichet_ask_send"  # its preview: what is submitted there goes out
VERDICTS = {APPROVE: "approve", REJECT: "reject", SEND: "ask"}


def is_press(raw: bytes) -> bool:
    """Whether this is a click or a submitted modal, and no message."""
    return unpack(raw)["kind"] in PRESSES


def read_slack(raw: bytes, key: str) -> Inbound:
    """A stored message or command as a message; its text is what the person newly wrote, as plain text."""
    envelope = unpack(raw)
    payload = envelope["payload"]
    if envelope["kind"] == COMMAND:
        inbound = _command(payload, key, datetime.fromisoformat(envelope["at"]))
    elif envelope["kind"] == MESSAGE:
        inbound = _message(payload["event"], key, envelope["bot_user"])
    else:
        raise ValueError(f"a {envelope['kind']} is no message")
    return replace(inbound, has_card=bool(envelope.get("has_card")))


def _command(payload: Json, key: str, at: datetime) -> Inbound:
    return Inbound(
        channel=Channel.SLACK,
        key=key,
        sender=payload["user_id"],
        sender_name=payload.get("user_name", ""),
        text=plain(payload.get("text", "")),
        sent=at,
        thread=Thread(place=payload["channel_id"]),  # a command has no ts: nothing can hang under it
    )


def _message(event: Json, key: str, bot_user: str) -> Inbound:
    channel, ts = event["channel"], event["ts"]
    root = event.get("thread_ts", "")
    return Inbound(
        channel=Channel.SLACK,
        key=key,
        sender=event["user"],
        text=plain(event.get("text", ""), bot_user),
        sent=datetime.fromtimestamp(float(ts), UTC),
        thread=Thread(message_id=f"{channel}:{ts}", in_reply_to=root if root != ts else "", place=channel),
    )


def read_press(raw: bytes) -> Press | None:
    """A stored click or submission as a decision; None for anything else."""
    envelope = unpack(raw)
    if envelope["kind"] not in PRESSES:
        return None
    payload = envelope["payload"]
    return _submission(payload) if envelope["kind"] == SUBMISSION else _click(payload)


def _click(payload: Json) -> Press:
    action = payload["actions"][0]
    channel = payload.get("channel", {}).get("id", "")
    return Press(action.get("value", ""), action["action_id"], payload["user"]["id"], channel=channel)


def _submission(payload: Json) -> Press:
    view = payload["view"]
    verdict, user = VERDICTS[view["callback_id"]], payload["user"]["id"]
    if verdict == "ask":
        asked = json.loads(view["private_metadata"])
        return Press(asked["parked"], verdict, user, asked["standard"], text=asked["text"])
    answers = submitted(view)
    return Press(view["private_metadata"], verdict, user, answers.get("reason", ""), note=answers.get("note", ""))


def submitted(view: Json) -> dict[str, str]:
    """What was filled in, by action_id; options by their value."""
    fields = {name: field for block in view["state"]["values"].values() for name, field in block.items()}
    return {name: _value(field) for name, field in fields.items()}


def _value(field: Json) -> str:
    chosen = field.get("selected_option")
    return str((chosen["value"] if chosen else field.get("value")) or "")


# --- Slack's text -------------------------------------------------------------------------------------------

_QUOTE = re.compile(r"^&gt;.*$\n?", re.M)  # a quoted line is somebody's older words: it makes no request
_MARKED = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_FENCE = re.compile(r"```|`")


def plain(text: str, bot_user: str = "") -> str:
    """Slack's mrkdwn as the person typed it: links, mentions and entities undone, our mention and quotes gone."""
    own = _QUOTE.sub("", text)
    if bot_user:
        own = re.sub(rf"<@{re.escape(bot_user)}(\|[^>]*)?>", " ", own)
    bare = _FENCE.sub("", _MARKED.sub(_unlinked, own))
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):  # & last, or &amp;lt; is undone twice
        bare = bare.replace(entity, character)
    return re.sub(r"[ \t]+\n", "\n", re.sub(r"[ \t]{2,}", " ", bare)).strip()


def _unlinked(mark: re.Match[str]) -> str:
    target, label = mark[1], mark[2]
    if target[:1] in ("@", "#"):
        return target[0] + (label or target[1:])
    if target[:1] == "!":
        return label or "@" + target[1:].partition("^")[0]
    address = re.sub(r"^(mailto|tel):", "", target)
    if label is None or label == address:
        return address
    return label if re.sub(r"^\w+://", "", address).rstrip("/") == label.rstrip("/") else f"{label} ({address})"
