"""Slack's deliveries, over Socket Mode or signed HTTP: checked, kept, and only then acknowledged.

No work is done here. A listener that fails leaves the delivery unacknowledged, and Slack brings it again;
what it brings twice has the same key.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.slack import modal
from bot.channels.slack.clients import async_client, is_local, sdk_log
from bot.channels.slack.labels import REASONS, Labels, labels
from bot.channels.slack.people import People, Person
from bot.channels.slack.read import APPROVE, ASK, REJECT, SEND, submitted
from bot.channels.slack.stored import (
    CLICK,
    COMMAND,
    MESSAGE,
    SUBMISSION,
    Json,
    StoredEvent,
    click_key,
    message_key,
    pack,
    trigger_key,
)
from bot.messages import Reply
from bot.outcomes import CardFacts

log = logging.getLogger(__name__)

Keep = Callable[[StoredEvent], Awaitable[object]]
FindCard = Callable[[str], Awaitable[CardFacts | None]]
MakePreview = Callable[[str, str, str], Awaitable[Reply | None]]  # request, key of a question, text

COMMANDS = "/guichet"
EVENTS_PATH = "/slack/events"
BODY_LIMIT = 1 << 20  # Slack's largest payloads, modals, stay far below
WRITTEN = (None, "file_share", "thread_broadcast")  # subtypes that a person's own new message can have
PING_SECONDS = 2.0  # a dead connection is noticed after a few of these; the SDK's 10 lose minutes
ANSWER_SECONDS = 2  # Slack gives us three
DIAL_AGAIN_SECONDS = (1, 2, 5, 10, 30)
UNREACHABLE = (SlackApiError, aiohttp.ClientError, OSError, asyncio.TimeoutError)
ANYTHING = re.compile(r".*", re.S)


class NotReady(Exception):
    """Slack has not told us yet who we are. Come back."""


class SlackDoor:
    """The Slack app. `keep` is awaited before every acknowledgement; rights are asked at the moment of a click."""

    def __init__(
        self,
        *,
        keep: Keep,
        is_agent: Callable[[str], bool],
        card: FindCard,
        preview: MakePreview,
        bot_token: str,
        app_token: str = "",
        signing_secret: str = "",
        api_url: str = "",
    ) -> None:
        self._keep, self._is_agent, self._card, self._preview = keep, is_agent, card, preview
        self._signing_secret, self._app_token, self._api_url = signing_secret, app_token, api_url
        self._bot_token = bot_token
        self._client = async_client(bot_token, api_url, timeout=ANSWER_SECONDS)
        self._people = People(self._client)
        self._identity: AuthorizeResult | None = None
        self._socket: AsyncSocketModeHandler | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._app = self._listeners()

    @property
    def routes(self) -> list[Route]:
        """The address for signed HTTP; none without a signing secret."""
        return [Route(EVENTS_PATH, self._http, methods=["POST"])] if self._signing_secret else []

    # -- life -----------------------------------------------------------------------------------
    async def start(self) -> None:
        """Find out who we are and dial in. Where Slack cannot be reached, goes on trying in the background."""
        try:
            await self._dial()
        except UNREACHABLE as error:
            log.warning("action=slack_unreachable error=%s", _name(error))
            self._in_background(self._dial_until_connected())

    async def ready(self) -> bool:
        """Whether deliveries can come in."""
        if self._identity is None:
            return False
        return self._socket is None or bool(await self._socket.client.is_connected())

    async def close(self) -> None:
        """Hang up; what is being kept or shown is finished."""
        if self._socket is not None:
            hang_up: Callable[[], Awaitable[None]] = self._socket.client.close  # the SDK leaves it untyped
            await hang_up()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _dial(self) -> None:
        await self._who_we_are()
        if self._app_token:
            self._socket = self._socket or self._new_socket()
            connect: Callable[[], Awaitable[None]] = self._socket.client.connect
            await connect()
        log.info("action=slack_ready socket=%s", bool(self._app_token))

    async def _dial_until_connected(self) -> None:
        for attempt in range(1_000_000):
            await asyncio.sleep(DIAL_AGAIN_SECONDS[min(attempt, len(DIAL_AGAIN_SECONDS) - 1)])
            try:
                await self._dial()
                return
            except UNREACHABLE as error:
                log.warning("action=slack_unreachable error=%s attempt=%d", _name(error), attempt + 1)

    def _new_socket(self) -> AsyncSocketModeHandler:
        client = async_client(self._bot_token, self._api_url)
        handler = AsyncSocketModeHandler(
            self._app, self._app_token, logger=sdk_log, web_client=client, ping_interval=PING_SECONDS
        )
        if is_local(self._api_url):
            handler.client.proxy = None
        return handler

    async def _who_we_are(self) -> AuthorizeResult:
        if self._identity is None:
            told = await self._client.auth_test()
            self._identity = AuthorizeResult(
                enterprise_id=None,
                team_id=told["team_id"],
                bot_token=self._bot_token,
                bot_id=told["bot_id"],
                bot_user_id=told["user_id"],
            )
        return self._identity

    async def _authorize(self) -> AuthorizeResult:
        # bolt answers 200 to a SlackApiError from here, and the delivery would be lost
        try:
            return await self._who_we_are()
        except UNREACHABLE as error:
            raise NotReady(_name(error)) from error

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- signed HTTP ----------------------------------------------------------------------------
    async def _http(self, request: Request) -> Response:
        body = await _limited(request)
        if body is None:
            return Response(status_code=413)
        if not self._genuine(body, request):
            log.info("action=slack_forgery_refused")
            return Response(status_code=401)
        answer = await self._app.async_dispatch(to_async_bolt_request(request, body))
        return to_starlette_response(answer)

    def _genuine(self, body: bytes, request: Request) -> bool:
        stamp = request.headers.get("x-slack-request-timestamp", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16):
            return False  # the SDK calls int() on it unguarded
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return False
        signature = request.headers.get("x-slack-signature", "")
        return signature.isascii() and SignatureVerifier(self._signing_secret).is_valid(text, stamp, signature)

    # -- listeners ------------------------------------------------------------------------------
    def _listeners(self) -> AsyncApp:
        async def authorize() -> AuthorizeResult:  # bolt would give a bound method its `self` twice
            return await self._authorize()

        app = AsyncApp(
            name="guichet",
            logger=sdk_log,
            client=self._client,
            authorize=authorize,
            signing_secret=self._signing_secret or "socket mode only",
            process_before_response=True,  # else bolt acknowledges events before the listener ran
        )
        for name in ("app_mention", "message"):
            app.event(name)(self._on_message)
        app.command(COMMANDS)(self._on_command)
        app.action(re.compile(r"^(yes|no)$"))(self._on_answer)
        app.action(re.compile(r"^(approve|reject|ask)$"))(self._on_decide)
        for callback in (APPROVE, REJECT):
            app.view(callback)(self._on_submission)
        app.view(ASK)(self._on_question)
        app.view(SEND)(self._on_send)
        for other in (app.event, app.action, app.view, app.shortcut, app.command):
            other(ANYTHING)(_acknowledge)  # link buttons, other events: nothing of ours, and no error either
        app.error(_failed)
        return app

    async def _on_message(self, body: Json, event: Json) -> None:
        us = await self._who_we_are()
        if body.get("team_id") != us.team_id or not is_for_us(event, us.bot_user_id or ""):
            return
        if (await self._person(event["user"])).ours:
            await self._store(message_key(event), MESSAGE, body)

    async def _on_command(self, ack: AsyncAck, body: Json) -> None:
        if (await self._person(body["user_id"])).ours:
            await self._store(trigger_key(body), COMMAND, body)
        await ack()

    async def _on_answer(self, ack: AsyncAck, body: Json) -> None:
        if (await self._person(body["user"]["id"])).ours:
            await self._store(click_key(body), CLICK, body)
        await ack()

    async def _on_decide(self, ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        user, action = body["user"]["id"], body["actions"][0]
        if not self._is_agent(user):
            words = await self._words(user)
            await respond(text=words.not_an_agent, response_type="ephemeral", replace_original=False)
        else:
            shown = await self._client.views_open(
                trigger_id=body["trigger_id"], view=modal.loading(action["action_id"])
            )
            parked_id = action.get("value", "")
            self._in_background(self._fill(shown["view"]["id"], action["action_id"], parked_id, user))
        await ack()

    async def _on_submission(self, ack: AsyncAck, body: Json) -> None:
        user, view = body["user"]["id"], body["view"]
        verdict = "reject" if view["callback_id"] == REJECT else "approve"
        if not self._is_agent(user):  # the right may have gone since the modal was opened
            words = await self._words(user)
            await ack(response_action="update", view=modal.notice(verdict, words.not_an_agent, words))
        elif verdict == "reject" and submitted(view).get("reason") not in REASONS:
            words = await self._words(user)
            await ack(response_action="errors", errors={"reason": words.reason_missing})
        else:
            await self._store(trigger_key(body), SUBMISSION, body)
            await ack()

    async def _on_question(self, ack: AsyncAck, body: Json) -> None:
        """A question is written: it is shown as the customer will read it. Nothing is kept or sent."""
        user, view = body["user"]["id"], body["view"]
        words, given = await self._words(user), submitted(view)
        standard, text = given.get("standard", ""), given.get("question", "").strip()
        said = words.not_an_agent if not self._is_agent(user) else "" if standard or text else words.question_missing
        letter = None if said else await self._previewed(view["private_metadata"], standard, text)
        if letter is None:
            await ack(response_action="errors", errors={"question": said or words.gone})
        else:
            shown = modal.preview(view["private_metadata"], standard, text, letter, words)
            await ack(response_action="push", view=shown)

    async def _previewed(self, parked_id: str, standard: str, text: str) -> Reply | None:
        try:
            return await asyncio.wait_for(self._preview(parked_id, standard, text), ANSWER_SECONDS)
        except Exception:  # whatever broke, the agent keeps what was typed and can try again
            log.exception("action=slack_preview_failed parked=%s", parked_id)
            return None

    async def _on_send(self, ack: AsyncAck, body: Json) -> None:
        user = body["user"]["id"]
        if not self._is_agent(user):
            words = await self._words(user)
            await ack(response_action="update", view=modal.notice("ask", words.not_an_agent, words))
            return
        await self._store(trigger_key(body), SUBMISSION, body)
        await ack(response_action="clear")

    async def _store(self, key: str, kind: str, body: Json) -> None:
        us = await self._who_we_are()
        await self._keep(pack(key, kind, body, bot_user=us.bot_user_id or ""))
        log.info("action=slack_kept kind=%s", kind)

    async def _person(self, user: str) -> Person:
        us = await self._who_we_are()
        return await self._people.find(user, us.team_id or "")

    async def _words(self, user: str) -> Labels:
        return labels((await self._person(user)).language)

    async def _fill(self, view_id: str, verdict: str, parked_id: str, user: str) -> None:
        """Put the facts into the modal that is already open."""
        try:
            words = await self._words(user)
            view = await self._filled(verdict, parked_id, words)
            await self._client.views_update(view_id=view_id, view=view)
        except UNREACHABLE as error:
            log.warning("action=slack_modal_not_filled parked=%s error=%s", parked_id, _name(error))

    async def _filled(self, verdict: str, parked_id: str, words: Labels) -> Json:
        try:
            facts = await self._card(parked_id)
        except Exception:  # whatever broke, a modal that stays empty tells nobody anything
            log.exception("action=slack_card_failed parked=%s", parked_id)
            return modal.notice(verdict, words.not_loaded, words)
        if facts is None or not facts.is_open:
            return modal.notice(verdict, words.gone, words)
        return modal.filled(verdict, parked_id, facts, words)


def is_for_us(event: Json, bot_user: str) -> bool:
    """Whether a person wrote this to us, newly: a mention, or anything in direct messages."""
    if event.get("bot_id") or event.get("subtype") not in WRITTEN or "edited" in event or event.get("hidden"):
        return False
    if not event.get("user") or event["user"] == bot_user:
        return False
    return event.get("channel_type") == "im" or _mentions(event.get("text") or "", bot_user)


def _mentions(text: str, bot_user: str) -> bool:
    return f"<@{bot_user}>" in text or f"<@{bot_user}|" in text


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()


async def _failed(error: Exception) -> None:
    log.error("action=slack_delivery_failed error=%s", _name(error), exc_info=error)


def _name(error: BaseException) -> str:
    told = error.response.get("error") if isinstance(error, SlackApiError) else None
    return str(told or type(error).__name__)


async def _limited(request: Request) -> bytes | None:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)
