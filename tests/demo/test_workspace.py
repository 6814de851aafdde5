"""The fake workspace is as strict and as unkind as Slack, or the tests that lean on it prove nothing."""

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk.errors import SlackApiError

from bot.demo.slack import FakeSlack, check_message, check_view

PLAIN = {"type": "plain_text", "text": "x"}
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as workspace:
        yield workspace


def naive_app(slack: FakeSlack) -> App:
    """A bot that remembers nothing and answers everything."""
    app = App(client=slack.client(), signing_secret=slack.signing_secret)

    @app.event("message")
    def message(event: dict[str, Any], say: Any) -> None:
        if "subtype" not in event:
            say(text=f"You said {event['text']}", thread_ts=event["ts"])

    @app.command("/invoice")
    def invoice(ack: Any, command: dict[str, Any], client: Any) -> None:
        ack()
        field = {"type": "email_text_input", "action_id": "email"}
        view = {"type": "modal", "callback_id": "send", "title": PLAIN, "submit": PLAIN}
        blocks = [{"type": "input", "block_id": "to", "label": PLAIN, "element": field}]
        client.views_open(trigger_id=command["trigger_id"], view={**view, "blocks": blocks})

    @app.view("send")
    def send(ack: Any, view: dict[str, Any], client: Any) -> None:
        address = view["state"]["values"]["to"]["email"]["value"]
        if address.endswith("@bad.example"):
            ack(response_action="errors", errors={"to": "Refused"})
            return
        ack()
        client.chat_postMessage(channel="general", text=f"On its way to {address}", unfurl_links=False)

    return app


def test_a_naive_bot_is_caught_answering_a_retry_twice(slack: FakeSlack) -> None:
    slack.connect(naive_app(slack))
    [said] = slack.say("ada", "general", "hello")
    slack.wait(lambda: slack.posted("general"))
    slack.settle()
    assert len(slack.posted("general")) == 1, "its own message comes back to it and is not answered"
    slack.redeliver(said)
    slack.wait(lambda: len(slack.posted("general")) == 2)


def test_a_modal_is_filled_in_like_on_screen(slack: FakeSlack) -> None:
    slack.connect(naive_app(slack))
    slack.slash("jonas", "general", "/invoice", "123")
    slack.wait(lambda: slack.modals("jonas"))
    with pytest.raises(AssertionError, match="must be filled"):
        slack.submit("jonas", {})
    with pytest.raises(AssertionError, match="no such inputs"):
        slack.submit("jonas", {"email": "a@b.example", "iban": "x"})
    refused = slack.submit("jonas", {"email": "x@bad.example"})
    assert refused.body["response_action"] == "errors"
    assert slack.screen("jonas")["_errors"] == {"to": "Refused"}
    slack.submit("jonas", {"email": "x@y.example"})
    slack.wait(lambda: slack.posted("general"))
    assert slack.modals("jonas") == []
    with pytest.raises(AssertionError, match="is visible"):
        slack.click("jonas", "undo", "general")


def test_faults_are_what_slack_and_networks_do(slack: FakeSlack) -> None:
    client = slack.client()
    slack.fail("chat.postMessage", error="ratelimited", retry_after=7)
    with pytest.raises(SlackApiError) as limited:
        client.chat_postMessage(channel="general", text="x")
    assert limited.value.response.status_code == 429
    assert limited.value.response.headers["Retry-After"] == "7"
    slack.fail("chat.postMessage", drop=True, after=True)
    client.chat_postMessage(channel="general", text="lost answer")
    assert len(slack.posted("general")) == 2, "the SDK's own retry doubles a message whose answer was lost"


def test_the_long_run_is_one_message_a_second() -> None:
    with FakeSlack(enforce_rate=True) as slack, pytest.raises(SlackApiError, match="ratelimited"):
        for _ in range(4):
            slack.client().chat_postMessage(channel="general", text="x")


REFUSED = {
    "invalid_blocks": ("chat.postMessage", {"channel": "general", "text": "x", "blocks": [{"type": "divider"}] * 51}),
    "no_text": ("chat.postMessage", {"channel": "general"}),
    "channel_not_found": ("chat.postMessage", {"channel": "nowhere", "text": "x"}),
    "thread_not_found": ("chat.postMessage", {"channel": "general", "text": "x", "thread_ts": "1.1"}),
    "user_not_in_channel": ("chat.postEphemeral", {"channel": "general", "user": "U9", "text": "x"}),
    "user_not_found": ("conversations.open", {"users": "U9"}),
    "message_not_found": ("chat.update", {"channel": "general", "ts": "1.1", "text": "x"}),
    "invalid_trigger_id": ("views.open", {"trigger_id": "9.9", "view": {"type": "modal"}}),
    "unknown_method": ("chat.shout", {}),
}


@pytest.mark.parametrize("error", REFUSED)
def test_what_slack_refuses_is_refused(slack: FakeSlack, error: str) -> None:
    method, args = REFUSED[error]
    with pytest.raises(SlackApiError, match=error):
        slack.client().api_call(method, json=args)


def test_a_trigger_lives_three_seconds_and_is_used_once(slack: FakeSlack) -> None:
    view = {"type": "modal", "title": PLAIN, "blocks": [SECTION]}
    trigger = slack.new_trigger()
    slack.client().views_open(trigger_id=trigger, view=view)
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        slack.client().views_open(trigger_id=trigger, view=view)
    slack.trigger_life = 0.02
    late = slack.new_trigger()
    time.sleep(0.04)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        slack.client().views_open(trigger_id=late, view=view)


def test_the_manifest_is_the_contract() -> None:
    manifest = {
        "oauth_config": {"scopes": {"bot": ["commands", "im:history"]}},
        "settings": {"event_subscriptions": {"bot_events": []}},
        "features": {},
    }
    with FakeSlack(manifest=manifest) as slack:
        slack.connect("socket")
        with pytest.raises(SlackApiError, match="missing_scope"):
            slack.client().chat_postMessage(channel="general", text="x")
        with pytest.raises(SlackApiError, match="missing_scope"):
            slack.client().conversations_history(channel=slack.channel("general"))
        assert slack.client().conversations_history(channel=slack.im(slack.user("ada")))["ok"]
        with pytest.raises(AssertionError, match="not in the manifest"):
            slack.slash("ada", "general", "/invoice")
        assert slack.say("ada", "general", "hi") == []
        assert slack.unused_scopes() == {"commands"}


def test_metadata_is_told_only_to_who_asks_for_it(slack: FakeSlack) -> None:
    about = {"event_type": "letter", "event_payload": {"id": "1"}}
    client, general = slack.client(), slack.channel("general")
    client.chat_postMessage(channel=general, text="x", metadata=about)
    assert "metadata" not in client.conversations_history(channel=general)["messages"][0]
    [asked] = client.conversations_history(channel=general, include_all_metadata=True)["messages"]
    assert asked["metadata"] == about


BUTTON = {"type": "button", "action_id": "a", "text": PLAIN}
WRONG_MESSAGES = {
    "too_long": {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]},
    "plain_text_only": {"blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]},
    "unknown_block": {"blocks": [{"type": "sektion"}]},
    "unknown_element": {"blocks": [{"type": "actions", "elements": [{"type": "knopf"}]}]},
    "duplicate_action_id": {"blocks": [{"type": "actions", "elements": [BUTTON, BUTTON]}]},
    "wrong_style": {"blocks": [{"type": "actions", "elements": [{**BUTTON, "style": "green"}]}]},
    "empty": {"blocks": [{"type": "context", "elements": []}]},
    "duplicate_block_id": {"blocks": [{"type": "divider", "block_id": "b"}] * 2},
    "missing_field": {"blocks": [{"type": "image", "image_url": "https://x.example/a.png"}]},
    "no_fallback": {"blocks": [SECTION]},
    "broadcast": {"text": "hello <!channel>"},
    "unescaped": {"text": "a < b"},
    "unfurl": {"text": "see https://x.example"},
    "not_mrkdwn": {"text": "**bold**"},
    "danger_without_confirm": {"blocks": [{"type": "actions", "elements": [{**BUTTON, "style": "danger"}]}]},
}


@pytest.mark.parametrize("code", WRONG_MESSAGES)
def test_a_bad_message_is_found(code: str) -> None:
    message = {"text": "x", **WRONG_MESSAGES[code]} if code != "no_fallback" else WRONG_MESSAGES[code]
    assert code in [finding.code for finding in check_message(message)]


WRONG_VIEWS = {
    "too_long": {"title": {"type": "plain_text", "text": "x" * 25}},
    "missing_field": {"blocks": [{"type": "input", "label": PLAIN, "element": {"type": "datepicker"}}]},
    "wrong_surface": {"blocks": [{"type": "markdown", "text": "x"}]},
    "options_or_groups": {"blocks": [{"type": "actions", "elements": [{"type": "static_select", "action_id": "a"}]}]},
}


@pytest.mark.parametrize("code", WRONG_VIEWS)
def test_a_bad_modal_is_found(code: str) -> None:
    view = {"type": "modal", "title": PLAIN, "blocks": [SECTION], **WRONG_VIEWS[code]}
    assert code in [finding.code for finding in check_view(view)]


def test_a_good_message_has_no_finding() -> None:
    blocks = [SECTION, {"type": "divider"}, {"type": "actions", "elements": [{**BUTTON, "style": "primary"}]}]
    assert check_message({"text": "x &amp; y <https://x.example|z>", "unfurl_links": False, "blocks": blocks}) == []


def test_people_can_be_driven_from_a_terminal(slack: FakeSlack) -> None:
    slack.connect("socket")
    body = json.dumps({"user": "jonas", "channel": "general", "text": "@guichet help"}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{slack.url}/_do/say", body, method="POST")) as answer:
        assert json.load(answer)[0]["kind"] == "events_api"
    with urllib.request.urlopen(f"{slack.url}/_messages") as answer:
        assert json.load(answer)["#general"][0]["text"] == f"<@{slack.bot_user}> help"


def test_a_taken_port_is_said_at_once(slack: FakeSlack) -> None:
    with pytest.raises(RuntimeError, match="did not start"), FakeSlack(slack.port):
        pass
