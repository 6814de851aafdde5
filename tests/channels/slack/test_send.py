"""What leaves for Slack: in order, once, to whom it is meant for, under Slack's limits."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.slack.blocks import split
from bot.channels.slack.send import SlackSender
from bot.demo.slack import ESCALATIONS, FakeSlack
from bot.dress import seal
from bot.messages import Channel, Choice, Language, Reply
from bot.ports import File, Letter, NotSent
from tests.channels.slack.conftest import MANIFEST

PDF = File("RE-2026-000123.pdf", "application/pdf", b"%PDF-1.7 invoice")


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 1000.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(manifest=MANIFEST) as workspace:
        yield workspace


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sender(slack: FakeSlack, clock: Clock) -> SlackSender:
    return new_sender(slack, clock)


def new_sender(slack: FakeSlack, clock: Clock, started: datetime | None = None) -> SlackSender:
    started = started or datetime.now(UTC) - timedelta(hours=1)  # older than any letter: nothing died here
    return SlackSender(slack.bot_token, slack.api_url, sleep=clock.sleep, monotonic=clock.monotonic, started=started)


def letter(recipient: str, body: str = "Die Rechnung ist unterwegs.", **more: Any) -> Letter:
    choices = more.pop("choices", ())
    reply = Reply("Rechnung RE-2026-000123", body, Language.DE, choices)
    made = Letter("row1", "tok1", Channel.SLACK, recipient, reply, "C-1042", datetime.now(UTC))
    return replace(made, **more)


def clean(slack: FakeSlack) -> bool:
    return slack.errors() == [] and slack.advice() == []


def test_a_letter_to_a_channel_hangs_in_its_thread_with_a_text_for_notifications(
    slack: FakeSlack, sender: SlackSender
) -> None:
    general = slack.channel("general")
    root = slack.client().chat_postMessage(channel=general, text="hallo")["ts"]
    receipt = sender.send(letter(general, in_reply_to=root))
    posted = slack.posted("general")[-1]
    assert receipt == f"{general}:{posted['ts']}"
    assert posted["thread_ts"] == root
    assert "Die Rechnung ist unterwegs." in posted["text"]
    told = slack.called("chat.postMessage")[-1].args
    assert [str(told[flag]).lower() for flag in ("unfurl_links", "unfurl_media")] in (["false"] * 2, ["0"] * 2)
    assert clean(slack)


def test_a_letter_to_a_person_opens_their_direct_messages(slack: FakeSlack, sender: SlackSender) -> None:
    sender.send(letter(slack.user("chloe"), files=(PDF,)))
    message, upload = slack.posted("@chloe")
    assert upload["files"][0]["name"] == "RE-2026-000123.pdf"
    assert upload["thread_ts"] == message["ts"]
    assert next(iter(slack.files.values()))["data"] == PDF.content


def test_choices_become_buttons_that_carry_an_id_and_no_facts(slack: FakeSlack, sender: SlackSender) -> None:
    choices = (Choice("approve", "Freigeben"), Choice("reject", "Ablehnen"))
    sender.send(letter(slack.channel(ESCALATIONS), choices=choices, parked="parked-7"))
    buttons = slack.posted(ESCALATIONS)[0]["blocks"][-1]["elements"]
    assert [(b["action_id"], b["value"]) for b in buttons] == [("approve", "parked-7"), ("reject", "parked-7")]
    assert clean(slack)


def test_a_card_that_was_decided_is_rewritten_and_loses_its_buttons(slack: FakeSlack, sender: SlackSender) -> None:
    channel = slack.channel(ESCALATIONS)
    receipt = sender.send(letter(channel, choices=(Choice("approve", "Freigeben"),), parked="parked-7"))
    assert sender.send(letter(channel, "Freigegeben von Ada.", replaces=receipt)) == receipt
    [card] = slack.posted(ESCALATIONS)
    assert "Freigegeben von Ada." in card["text"]
    assert all(block["type"] == "section" for block in card["blocks"])


def test_a_private_letter_is_seen_by_its_reader_only(slack: FakeSlack, sender: SlackSender) -> None:
    sender.send(letter(slack.channel("general"), private_to=slack.user("jonas")))
    assert slack.posted("general") == []
    assert len(slack.whispered("jonas")) == 1 and slack.whispered("ada") == []


@pytest.mark.parametrize("case", ["with a file", "where we are no member"])
def test_what_cannot_be_ephemeral_goes_to_direct_messages(slack: FakeSlack, sender: SlackSender, case: str) -> None:
    slack.add_channel("elsewhere", private=True, bot=False)
    channel = slack.channel("general" if case == "with a file" else "elsewhere")
    files = (PDF,) if case == "with a file" else ()
    sender.send(letter(channel, private_to=slack.user("jonas"), files=files))
    assert slack.posted("general") == [] and slack.whispered("jonas") == []
    assert slack.posted("@jonas")


def test_one_message_a_second_a_channel(slack: FakeSlack, sender: SlackSender, clock: Clock) -> None:
    for n in range(3):
        sender.send(letter(slack.channel("general"), f"Nr. {n}", id=f"row{n}"))
    sender.send(letter(slack.channel(ESCALATIONS), id="other"))
    assert clock.slept == [1.0, 1.0]
    assert [m["text"].splitlines()[-1] for m in slack.posted("general")] == ["Nr. 0", "Nr. 1", "Nr. 2"]


def test_slack_asks_for_a_pause_and_gets_it(slack: FakeSlack, sender: SlackSender, clock: Clock) -> None:
    slack.fail("chat.postMessage", error="ratelimited", retry_after=7)
    with pytest.raises(NotSent) as refused:
        sender.send(letter(slack.channel("general")))
    assert refused.value.retry_after == 7.0 and not refused.value.permanent
    sender.send(letter(slack.channel("general")))
    assert clock.slept == [7.0]
    assert len(slack.posted("general")) == 1


LOST = {"a cut connection": {"drop": True}, "a bad gateway": {"status": 502, "body": "<html>bad gateway</html>"}}


@pytest.mark.parametrize("place", [ESCALATIONS, "@jonas"])
@pytest.mark.parametrize("how", LOST)
def test_a_lost_answer_is_looked_up_and_not_posted_again(
    slack: FakeSlack, sender: SlackSender, how: str, place: str
) -> None:
    slack.fail("chat.postMessage", after=True, **LOST[how])
    with pytest.raises(NotSent) as lost:
        sender.send(letter(slack.channel(place)))
    assert not lost.value.permanent
    receipt = sender.send(letter(slack.channel(place)))
    [posted] = slack.posted(place)
    assert receipt.endswith(posted["ts"])


def test_a_lost_answer_in_a_thread_is_looked_up_there(slack: FakeSlack, sender: SlackSender) -> None:
    root = slack.client().chat_postMessage(channel=slack.channel("@jonas"), text="hallo")["ts"]
    slack.fail("chat.postMessage", after=True, drop=True)
    made = letter(slack.channel("@jonas"), in_reply_to=root)
    with pytest.raises(NotSent):
        sender.send(made)
    sender.send(made)
    assert len(slack.posted("@jonas", root)) == 1


def test_a_process_that_died_after_posting_leaves_no_second_message(slack: FakeSlack, clock: Clock) -> None:
    made = letter(slack.user("jonas"), files=(PDF,), created=datetime.now(UTC))
    new_sender(slack, clock).send(made)
    after = datetime.now(UTC) + timedelta(seconds=1)
    new_sender(slack, clock, started=after).send(made)
    assert len(slack.posted("@jonas")) == 2, "one message, one upload"


def test_a_lost_upload_leaves_one_message(slack: FakeSlack, sender: SlackSender) -> None:
    slack.fail("files.completeUploadExternal", drop=True, after=True)
    made = letter(slack.user("jonas"), files=(PDF,))
    with pytest.raises(NotSent):
        sender.send(made)
    sender.send(made)
    assert [bool(m.get("files")) for m in slack.posted("@jonas")] == [False, True]


REFUSALS = {"user_not_found": True, "msg_too_long": True, "not_in_channel": False, "token_revoked": False}


@pytest.mark.parametrize(("error", "permanent"), REFUSALS.items())
def test_what_nobody_can_mend_is_permanent(slack: FakeSlack, sender: SlackSender, error: str, permanent: bool) -> None:
    slack.fail("chat.postMessage", error=error)
    with pytest.raises(NotSent) as refused:
        sender.send(letter(slack.channel("general")))
    assert refused.value.permanent is permanent
    assert error in refused.value.reason


def test_a_reply_too_long_for_one_message_becomes_several_in_order(slack: FakeSlack, sender: SlackSender) -> None:
    lines = [f"- Rechnung RE-2026-{n:06d} über 119,00 €, fällig am 6. Dezember 2026 & bezahlt" for n in range(300)]
    yes = (Choice("yes", "Ja"),)
    sender.send(letter(slack.channel(ESCALATIONS), "\n".join(lines), choices=yes, parked="p"))
    first, *rest = slack.posted(ESCALATIONS)
    assert rest and all(m["thread_ts"] == first["ts"] for m in rest)
    sections = [b["text"]["text"] for m in [first, *rest] for b in m["blocks"] if b["type"] == "section"]
    assert [f"RE-2026-{n:06d}" in "".join(sections) for n in range(300)] == [True] * 300
    assert [b["type"] for m in [first, *rest] for b in m["blocks"]].count("actions") == 1
    assert clean(slack)


HOSTILE = [
    "<!channel> <https://evil.example|x>",
    "*b* _i_ `c` ~s~ & <b>",
    "<@U00000BOT>",
    "&" * 250,
    "http://evil.example",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("language", Language)
def test_a_hostile_name_pages_nobody_and_links_nowhere(
    slack: FakeSlack, sender: SlackSender, name: str, language: Language
) -> None:
    reply = Reply(f"Kunde {seal(name)}", f"Von **{seal(name)}** an {seal(name)}", language)
    sender.send(letter(slack.channel("general"), reply=reply))
    [posted] = slack.posted("general")
    assert "<" not in posted["text"]
    assert clean(slack)


@pytest.mark.parametrize("text", ["&amp;" * 2000, "x" * 7001, "ab " * 3000, "<https://x.example|label> " * 200, ""])
def test_a_cut_loses_nothing_and_never_falls_into_an_entity(text: str) -> None:
    parts = split(text, 3000)
    assert all(len(part) <= 3000 for part in parts)
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")
    assert all(part.count("&") == part.count(";") and part.count("<") == part.count(">") for part in parts)


def test_the_manifest_asks_for_nothing_that_is_not_used(slack: FakeSlack, sender: SlackSender) -> None:
    """users:read is the door's; commands, app_mentions and the rest are what Slack needs to bring us anything."""
    slack.fail("chat.postMessage", after=True, drop=True)
    made = letter(slack.user("jonas"), files=(PDF,))
    with pytest.raises(NotSent):
        sender.send(made)
    sender.send(made)
    assert slack.unused_scopes() == {"app_mentions:read", "commands", "users:read"}
