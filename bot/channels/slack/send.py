"""Letters to Slack: one message a second a channel, nothing twice, nobody shown what is another's."""

import http.client
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.channels.slack.blocks import Page, pages
from bot.channels.slack.clients import sync_client
from bot.channels.slack.stored import Json
from bot.ports import File, Letter, NotSent

EVENT_TYPE = "guichet_letter"  # of the metadata by which we find our own message again
SECOND = 1.0  # Slack's limit: one message a second a channel
LONGEST_WAIT = 20.0  # well inside the lease of an outbox row
LOOK_BACK = 120  # seconds before the letter was written, for clocks that differ
HISTORY = 100
NETWORK = (OSError, http.client.HTTPException, SlackClientError)

# What trying again cannot mend. What an operator can (a token, an invitation) is tried again.
PERMANENT = frozenset(
    {
        *("user_not_found", "users_not_found", "cannot_dm_bot", "user_disabled", "is_archived", "invalid_blocks"),
        *("msg_too_long", "msg_blocks_too_long", "no_text", "invalid_arguments", "message_not_found"),
        *("cant_update_message", "edit_window_closed", "invalid_metadata_format", "invalid_metadata_schema"),
    }
)
OUT_OF_REACH = frozenset({"not_in_channel", "channel_not_found", "user_not_in_channel"})


class SlackSender:
    """Posts, updates and whispers letters, and uploads their documents. Implements bot.ports.Sender."""

    def __init__(
        self,
        bot_token: str,
        api_url: str = "",
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        started: datetime | None = None,
    ) -> None:
        self._client = sync_client(bot_token, api_url)
        self._pace = Pace(sleep, monotonic)
        self._started = (started or datetime.now().astimezone()).timestamp()
        self._doubtful: set[str] = set()  # letters whose answer was lost
        self._direct: dict[str, str] = {}  # user id -> direct message channel

    def send(self, letter: Letter) -> str:
        """Send; gives "channel:ts" of the message. Raises NotSent."""
        try:
            receipt = self._send(letter)
        except SlackApiError as error:
            raise self._refused(letter, error) from error
        except NETWORK as error:
            self._doubtful.add(letter.id)
            raise NotSent(f"no answer from Slack: {type(error).__name__}") from error
        self._doubtful.discard(letter.id)
        return receipt

    def close(self) -> None:
        """Nothing is kept open: each call of the Web API stands alone."""

    def _send(self, letter: Letter) -> str:
        shown = letter.replaces or (letter.recipient if ":" in letter.recipient else "")
        if shown:
            return self._update(shown, letter)
        if letter.private_to and not letter.files:
            try:
                return self._whisper(letter)
            except SlackApiError as error:
                if error.response.get("error") not in OUT_OF_REACH:
                    raise
        if letter.private_to:  # a file cannot be ephemeral, and where we are no member nothing can
            return self._post(letter, self._place(letter.private_to), "")
        return self._post(letter, self._place(letter.recipient), _ts(letter.in_reply_to))

    # -- the four ways --------------------------------------------------------------------------
    def _update(self, receipt: str, letter: Letter) -> str:
        channel, ts = receipt.split(":", 1)
        page = pages(letter.reply, letter.parked)[0]
        self._client.chat_update(channel=channel, ts=ts, text=page.text, blocks=list(page.blocks))
        return receipt

    def _whisper(self, letter: Letter) -> str:
        receipt = ""
        for page in pages(letter.reply, letter.parked):
            self._pace.wait(letter.recipient)
            answer = self._client.chat_postEphemeral(
                channel=letter.recipient, user=letter.private_to, **_content(page),
                **_thread(_ts(letter.in_reply_to)),
            )  # fmt: skip
            receipt = receipt or f"{letter.recipient}:{answer['message_ts']}"
        return receipt

    def _post(self, letter: Letter, channel: str, thread: str) -> str:
        posted = self._posted_before(letter, channel, thread)
        for part, page in enumerate(pages(letter.reply, letter.parked)):
            if part not in posted:
                posted[part] = self._post_page(letter, channel, thread or posted.get(0, ""), part, page)
        self._upload(letter, channel, thread or posted[0])
        return f"{channel}:{posted[0]}"

    def _post_page(self, letter: Letter, channel: str, thread: str, part: int, page: Page) -> str:
        self._pace.wait(channel)
        about = {"event_type": EVENT_TYPE, "event_payload": {"letter": letter.id, "part": part}}
        content = _content(page) | {"metadata": about, "unfurl_links": False, "unfurl_media": False}
        try:
            answer = self._client.chat_postMessage(channel=channel, **content, **_thread(thread))
        except SlackApiError as error:
            if error.response.get("error") != "thread_not_found":
                raise
            answer = self._client.chat_postMessage(channel=channel, **content)  # the thread's first message is gone
        return str(answer["ts"])

    def _upload(self, letter: Letter, channel: str, thread: str) -> None:
        there = self._uploaded_before(letter, channel, thread)
        new = [_upload(file) for file in letter.files if file.filename not in there]
        if new:
            self._doubtful.add(letter.id)  # the message stands there: whatever comes now, it is not posted again
            self._pace.wait(channel)
            self._client.files_upload_v2(channel=channel, thread_ts=thread, file_uploads=new)

    # -- nothing twice --------------------------------------------------------------------------
    def _may_be_there(self, letter: Letter) -> bool:
        """Its answer was lost, or a process that died before this one may have sent it."""
        return letter.id in self._doubtful or letter.created.timestamp() < self._started

    def _posted_before(self, letter: Letter, channel: str, thread: str) -> dict[int, str]:
        if not self._may_be_there(letter):
            return {}
        here = self._messages(letter, channel, thread)
        first = next((ts for m in here if (ts := _our_part(m, letter, 0))), "")
        if not first:
            return {}
        rest = here if thread else self._messages(letter, channel, first)
        return {0: first} | {part: ts for m in rest for part in range(1, 20) if (ts := _our_part(m, letter, part))}

    def _uploaded_before(self, letter: Letter, channel: str, thread: str) -> set[str]:
        if not letter.files or not self._may_be_there(letter):
            return set()
        return {f["name"] for m in self._messages(letter, channel, thread) for f in m.get("files", [])}

    def _messages(self, letter: Letter, channel: str, thread: str) -> list[Json]:
        """What stands where the letter would stand; nothing where we may not read (see the scopes)."""
        since = f"{letter.created.timestamp() - LOOK_BACK:.6f}"
        asked: Json = {"channel": channel, "limit": HISTORY, "oldest": since, "include_all_metadata": True}
        try:
            if thread:
                answer = self._client.conversations_replies(ts=thread, **asked)
            else:
                answer = self._client.conversations_history(**asked)
        except SlackApiError as error:
            if error.response.get("error") in ("missing_scope", "thread_not_found"):
                return []
            raise
        return list(answer["messages"])

    # -- where, and what went wrong -------------------------------------------------------------
    def _place(self, recipient: str) -> str:
        if recipient[:1] not in ("U", "W"):
            return recipient
        if recipient not in self._direct:
            answer = self._client.conversations_open(users=recipient)
            self._direct[recipient] = str(answer["channel"]["id"])
        return self._direct[recipient]

    def _refused(self, letter: Letter, error: SlackApiError) -> NotSent:
        told, wait = _told(error), _retry_after(error)
        if error.response.status_code >= 500:
            self._doubtful.add(letter.id)  # the work may have been done
        if wait is not None:
            self._pace.hold(self._direct.get(letter.recipient, letter.recipient), wait)
        return NotSent(f"Slack said {told}", permanent=told in PERMANENT, retry_after=wait)


class Pace:
    """Lets one message a second through, per channel."""

    def __init__(self, sleep: Callable[[float], None], monotonic: Callable[[], float]) -> None:
        self._sleep, self._now = sleep, monotonic
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, channel: str) -> None:
        """Wait for the channel's next slot. Raises NotSent where that would take too long."""
        with self._lock:
            now = self._now()
            slot = max(now, self._next.get(channel, 0.0))
            if slot - now > LONGEST_WAIT:
                raise NotSent("this channel has to wait", retry_after=slot - now)
            self._next[channel] = slot + SECOND
        if slot > now:
            self._sleep(slot - now)

    def hold(self, channel: str, seconds: float) -> None:
        """Slack asked for a pause."""
        with self._lock:
            self._next[channel] = max(self._next.get(channel, 0.0), self._now() + seconds)


def _content(page: Page) -> Json:
    return {"text": page.text, "blocks": list(page.blocks)}


def _thread(ts: str) -> dict[str, Any]:
    return {"thread_ts": ts} if ts else {}


def _ts(thread: str) -> str:
    return thread.rpartition(":")[2]


def _upload(file: File) -> Json:
    return {"content": file.content, "filename": file.filename, "title": file.filename}


def _our_part(message: Json, letter: Letter, part: int) -> str:
    about = message.get("metadata") or {}
    ours = about.get("event_type") == EVENT_TYPE and about.get("event_payload") == {"letter": letter.id, "part": part}
    return str(message["ts"]) if ours else ""


def _told(error: SlackApiError) -> str:
    answer = error.response
    return str(answer.get("error") or f"HTTP {answer.status_code}")


def _retry_after(error: SlackApiError) -> float | None:
    if error.response.status_code != 429:
        return None
    headers = {name.lower(): value for name, value in error.response.headers.items()}
    given = str(headers.get("retry-after", ""))
    return float(given) if given.isascii() and given.isdigit() else 30.0
