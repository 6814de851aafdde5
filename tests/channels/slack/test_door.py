"""What comes through the Slack door: kept once, then acknowledged; nothing foreign, nothing forged."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bot.channels.slack.read import is_press, read_press, read_slack
from bot.demo.slack import ESCALATIONS, FORGERIES
from bot.demo.slack.delivery import Delivery
from tests.channels.slack.conftest import PARKED, Office, card

pytestmark = pytest.mark.slow

ASK = "@guichet Bitte senden Sie die Rechnung RE-2026-000123 an buchhaltung@kunde.example"


def show_card(office: Office, action_ids: tuple[str, ...] = ("approve", "reject"), value: str = PARKED) -> str:
    buttons = [
        {"type": "button", "action_id": a, "value": value, "text": {"type": "plain_text", "text": a.title()}}
        for a in action_ids
    ]
    answer = office.slack.client().chat_postMessage(
        channel=office.slack.channel(ESCALATIONS), text="Card", blocks=[{"type": "actions", "elements": buttons}]
    )
    return str(answer["ts"])


def title(office: Office, user: str) -> str:
    return str(office.slack.screen(user)["title"]["text"])


def shown(office: Office, user: str) -> str:
    return json.dumps(office.slack.screen(user)["blocks"], ensure_ascii=False)


def one(said: list[Delivery]) -> Delivery:
    [delivery] = said
    return delivery


def test_a_mention_is_kept_once_and_acknowledged(counter: Office) -> None:
    [delivery] = counter.slack.say("jonas", "general", ASK)
    assert delivery.acked
    [(key, raw)] = counter.inbox.rows.items()
    message = read_slack(raw, key)
    assert message.text == "Bitte senden Sie die Rechnung RE-2026-000123 an buchhaltung@kunde.example"
    assert message.sender == counter.slack.user("jonas")
    assert message.thread.place == counter.slack.channel("general")
    assert message.thread.message_id == key == f"{message.thread.place}:{counter.slack.last('general')['ts']}"


def test_a_direct_message_needs_no_mention(counter: Office) -> None:
    assert one(counter.slack.say("chloe", "@chloe", "Où en est mon devis ?")).acked
    [(key, raw)] = counter.inbox.rows.items()
    assert read_slack(raw, key).text == "Où en est mon devis ?"
    assert read_slack(raw, key).thread.place.startswith("D")


def test_a_command_is_kept_once_and_says_nothing_by_itself(counter: Office) -> None:
    delivery = counter.slack.slash("ada", "general", "/guichet", "send invoice RE-2026-000123")
    assert delivery.acked and not delivery.body
    [(key, raw)] = counter.inbox.rows.items()
    message = read_slack(raw, key)
    assert (message.text, message.thread.message_id) == ("send invoice RE-2026-000123", "")
    assert abs(message.sent.timestamp() - time.time()) < 60


def test_a_yes_in_a_thread_of_a_direct_message_names_its_thread(by_socket: Office) -> None:
    by_socket.slack.say("jonas", "@jonas", "Rechnung RE-2026-000123 an x@y.example")
    root = by_socket.slack.last("@jonas")["ts"]
    by_socket.slack.say("jonas", "@jonas", "ja", thread_ts=root)
    key, raw = list(by_socket.inbox.rows.items())[-1]
    assert read_slack(raw, key).thread.in_reply_to == root


def test_retries_and_replays_are_kept_once(by_http: Office) -> None:
    said = one(by_http.slack.say("jonas", "general", ASK))
    assert by_http.slack.redeliver(said).acked
    assert by_http.slack.replay(said).acked
    command = by_http.slack.slash("ada", "general", "/guichet", "help")
    assert by_http.slack.replay(command).acked
    show_card(by_http, ("yes",))
    click = by_http.slack.click("jonas", "yes", ESCALATIONS)
    assert by_http.slack.replay(click).acked
    assert len(by_http.inbox.rows) == 3


def test_a_message_that_makes_two_events_is_one(by_socket: Office) -> None:
    """Where an operator subscribed to channel messages as well."""
    events = by_socket.slack.manifest["settings"]["event_subscriptions"]["bot_events"]  # type: ignore[index]
    by_socket.slack.manifest = {
        **(by_socket.slack.manifest or {}),
        "settings": {"event_subscriptions": {"bot_events": [*events, "message.channels"]}},
    }
    assert len(by_socket.slack.say("jonas", "general", ASK)) == 2
    assert by_socket.inbox.deliveries == 2
    assert len(by_socket.inbox.rows) == 1
    by_socket.slack.say("jonas", "general", "What a nice day, colleagues")
    assert len(by_socket.inbox.rows) == 1, "talk among colleagues is not ours"


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_delivery_is_refused(by_http: Office, how: str) -> None:
    genuine = one(by_http.slack.say("jonas", "general", ASK))
    assert by_http.slack.forge(genuine, how).status == 401
    assert by_http.inbox.deliveries == 1


def test_an_endless_body_is_refused(by_http: Office) -> None:
    body = b"x" * (2 << 20)
    assert by_http.slack.deliver("events_api", {}, raw=body).status in (0, 413)  # 0: hung up while still sending
    assert by_http.inbox.deliveries == 0


@pytest.mark.usefixtures("impatient")
def test_what_could_not_be_kept_is_not_acknowledged_and_comes_again(counter: Office) -> None:
    counter.inbox.broken = 1
    counter.slack.auto_retry = True
    assert not one(counter.slack.say("jonas", "general", ASK)).acked
    counter.slack.wait(lambda: len(counter.inbox.rows) == 1, timeout=8)


def test_edits_bots_guests_and_other_companies_are_not_heard(by_socket: Office) -> None:
    slack = by_socket.slack
    slack.add_user("gast", guest=True)
    slack.add_user("fremd", team="T99999999")
    slack.channels[slack.channel("general")]["members"] |= {slack.user("gast"), slack.user("fremd")}
    slack.say("gast", "general", ASK)
    slack.say("fremd", "general", ASK)
    slack.slash("gast", "general", "/guichet", "help")
    slack.say("jonas", "@jonas", "help", bot_id="B77777777")
    slack.say("jonas", "@jonas", "help", subtype="channel_join")
    slack.say("jonas", "@jonas", "first")
    slack.edit("jonas", "@jonas", slack.last("@jonas")["ts"], "second")
    slack.client().chat_postMessage(channel=slack.im(slack.user("jonas")), text="our own echo")
    slack.settle()
    assert [read_slack(raw, key).text for key, raw in by_socket.inbox.rows.items()] == ["first"]


@pytest.mark.usefixtures("impatient")
def test_somebody_whom_slack_cannot_name_is_not_let_in(by_socket: Office) -> None:
    by_socket.slack.fail("users.info", error="internal_error", times=1)
    assert not by_socket.slack.slash("jonas", "general", "/guichet", "help").acked
    assert by_socket.slack.slash("jonas", "general", "/guichet", "help").acked
    assert len(by_socket.inbox.rows) == 1


def test_an_agent_rejects_with_a_reason(counter: Office) -> None:
    show_card(counter)
    assert counter.slack.click("ada", "reject", ESCALATIONS).acked
    counter.slack.wait(lambda: title(counter, "ada") == "Reject")
    assert "Müller Holding AG" in shown(counter, "ada")
    with pytest.raises(AssertionError, match="must be filled"):
        counter.slack.submit("ada", {"note": "no extract"})
    assert counter.slack.submit("ada", {"reason": "not_proven", "note": "no extract"}).acked
    press = read_press(counter.inbox.raws[-1])
    assert press is not None and is_press(counter.inbox.raws[-1])
    assert (press.parked_id, press.verdict, press.user) == (PARKED, "reject", counter.slack.user("ada"))
    assert (press.reason, press.note) == ("not_proven", "no extract")
    assert counter.slack.modals("ada") == []
    assert counter.slack.errors() == [] and counter.slack.advice() == []


def test_an_agent_approves_in_their_own_language(by_socket: Office) -> None:
    by_socket.agents.add(by_socket.slack.user("chloe"))
    show_card(by_socket)
    by_socket.slack.click("chloe", "approve", ESCALATIONS)
    by_socket.slack.wait(lambda: title(by_socket, "chloe") == "Approuver")
    assert "Raison sociale" in shown(by_socket, "chloe")
    by_socket.slack.submit("chloe")
    press = read_press(by_socket.inbox.raws[-1])
    assert press is not None and (press.verdict, press.parked_id) == ("approve", PARKED)


def test_the_modal_opens_before_the_facts_are_there(by_socket: Office) -> None:
    by_socket.card_delay = 1.0
    show_card(by_socket)
    delivery = by_socket.slack.click("ada", "approve", ESCALATIONS)
    assert delivery.acked
    assert title(by_socket, "ada") == "…"
    with pytest.raises(AssertionError, match="no submit"):
        by_socket.slack.submit("ada")
    by_socket.slack.wait(lambda: title(by_socket, "ada") == "Approve")


@pytest.mark.parametrize("name", ["decided", "unknown"])
def test_a_card_that_is_no_longer_open_offers_no_decision(by_socket: Office, name: str) -> None:
    by_socket.cards["decided"] = card("a", "b", is_open=False)
    show_card(by_socket, value=name)
    by_socket.slack.click("ada", "approve", ESCALATIONS)
    by_socket.slack.wait(lambda: "no longer open" in shown(by_socket, "ada"))
    assert "submit" not in by_socket.slack.screen("ada")


def test_a_colleague_who_is_no_agent_is_refused_in_german_and_nothing_is_kept(counter: Office) -> None:
    show_card(counter)
    assert counter.slack.click("jonas", "approve", ESCALATIONS).acked
    counter.slack.wait(lambda: counter.slack.whispered("jonas"))
    assert "Darüber entscheidet der Support" in counter.slack.whispered("jonas")[0]["text"]
    assert counter.slack.modals("jonas") == []
    assert counter.inbox.deliveries == 0
    assert "Card" in counter.slack.posted(ESCALATIONS)[0]["text"], "the card itself stays as it was"


def test_a_right_that_was_taken_away_while_the_modal_was_open_is_gone(by_socket: Office) -> None:
    show_card(by_socket)
    by_socket.slack.click("ada", "approve", ESCALATIONS)
    by_socket.slack.wait(lambda: title(by_socket, "ada") == "Approve")
    by_socket.agents.clear()
    by_socket.slack.submit("ada")
    assert by_socket.inbox.deliveries == 0
    assert "not on its list" in shown(by_socket, "ada")


def test_a_yes_button_is_kept_with_what_it_answers(counter: Office) -> None:
    show_card(counter, ("yes", "no"))
    assert counter.slack.click("jonas", "yes", ESCALATIONS).acked
    press = read_press(counter.inbox.raws[-1])
    assert press is not None
    assert (press.verdict, press.parked_id, press.user) == ("yes", PARKED, counter.slack.user("jonas"))
    assert press.channel == counter.slack.channel(ESCALATIONS)


HOSTILE = [
    "<!channel> <https://evil.example|click>",
    "*bold* _x_ `code` & <b>",
    "a\nb\r\n> quoted",
    "x" * 6000,
    " ",
    "",
]


@pytest.mark.parametrize("name", HOSTILE, ids=["pages", "marks", "lines", "long", "blank", "empty"])
def test_a_hostile_name_is_harmless_in_the_modal(by_socket: Office, name: str) -> None:
    by_socket.cards[PARKED] = card(name, name)
    show_card(by_socket)
    for verdict, expected in (("approve", "Approve"), ("reject", "Reject")):
        by_socket.slack.click("ada", verdict, ESCALATIONS)
        by_socket.slack.wait(lambda wanted=expected: title(by_socket, "ada") == wanted)
        assert "<!channel>" not in shown(by_socket, "ada")
    assert by_socket.slack.errors() == [] and by_socket.slack.advice() == []


def test_nothing_secret_is_kept(by_http: Office) -> None:
    by_http.slack.slash("ada", "general", "/guichet", "help")
    by_http.slack.say("ada", "general", ASK)
    show_card(by_http, ("yes",))
    by_http.slack.click("ada", "yes", ESCALATIONS)
    assert len(by_http.inbox.raws) == 3
    for raw in by_http.inbox.raws:
        payload = json.loads(raw)["payload"]
        assert not {"token", "response_url", "trigger_id"} & payload.keys()


def test_fifty_commands_at_once_are_acknowledged_in_time(by_http: Office) -> None:
    by_http.slack.slash("ada", "general", "/guichet", "warm up")
    with ThreadPoolExecutor(16) as people:
        sent = list(people.map(lambda n: by_http.slack.slash("ada", "general", "/guichet", f"help {n}"), range(50)))
    assert all(d.acked for d in sent)
    assert len(by_http.inbox.rows) == 51


def test_what_is_not_ours_is_acknowledged_and_left_alone(by_socket: Office) -> None:
    show_card(by_socket, ("open_portal",))
    assert by_socket.slack.click("jonas", "open_portal", ESCALATIONS).acked
    assert by_socket.inbox.deliveries == 0


@pytest.mark.usefixtures("impatient")
def test_slack_cuts_the_line_and_the_door_dials_again(by_socket: Office) -> None:
    by_socket.slack.disconnect()
    by_socket.slack.wait(lambda: len(by_socket.slack.called("apps.connections.open")) >= 2, timeout=10)
    by_socket.slack.wait(by_socket.slack.sockets)

    def heard() -> bool:
        by_socket.slack.say("jonas", "general", ASK)
        return bool(by_socket.inbox.rows)

    by_socket.slack.wait(heard, timeout=10)


def test_a_workspace_that_is_not_there_yet_is_dialled_again(office: Office) -> None:
    office.slack.fail("auth.test", status=503, error="service_unavailable")
    door = office.door(app_token=office.slack.app_token)
    office.run(door.start())
    assert not office.run(door.ready())
    office.slack.wait(office.slack.sockets, timeout=5)
    office.slack.wait(lambda: office.run(door.ready()), timeout=5)  # the greeting may still be on its way
    office.run(door.close())


# --- asking the customer ------------------------------------------------------------------------------------------


def open_question(office: Office) -> None:
    show_card(office, ("approve", "reject", "ask"))
    office.slack.click("ada", "ask", ESCALATIONS)
    office.slack.wait(lambda: "submit" in office.slack.screen("ada"))


def test_a_question_is_shown_as_the_customer_reads_it_before_it_goes_out(counter: Office) -> None:
    open_question(counter)
    assert "buchhaltung@mueller.example" in shown(counter, "ada") and "German" in shown(counter, "ada")
    counter.slack.submit("ada", {"standard": "proof", "question": "Gilt das *sofort*?"})
    assert "Guten Tag!" in shown(counter, "ada") and "proof Gilt das" in shown(counter, "ada")
    assert not counter.inbox.rows, "a preview sends nothing"
    counter.slack.submit("ada", {})
    [raw] = counter.inbox.raws
    press = read_press(raw)
    assert press is not None and (press.parked_id, press.verdict, press.reason) == (PARKED, "ask", "proof")
    assert (press.text, press.user) == ("Gilt das *sofort*?", counter.slack.user("ada"))
    assert not counter.slack.modals("ada") and counter.slack.errors() == []


def test_going_back_from_the_preview_sends_nothing(counter: Office) -> None:
    open_question(counter)
    counter.slack.submit("ada", {"question": "Ab wann?"})
    counter.slack.close_view("ada")
    assert "submit" in counter.slack.screen("ada") and not counter.inbox.rows


def test_an_empty_question_stays_in_its_form(counter: Office) -> None:
    open_question(counter)
    counter.slack.submit("ada", {"question": "   "})
    assert counter.slack.screen("ada")["_errors"].keys() == {"question"} and not counter.inbox.rows


def test_a_right_that_went_after_the_preview_sends_nothing(counter: Office) -> None:
    open_question(counter)
    counter.slack.submit("ada", {"question": "Ab wann?"})
    counter.agents.clear()
    counter.slack.submit("ada", {})
    assert "Support decides this" in shown(counter, "ada") and not counter.inbox.rows


def test_where_nobody_can_answer_nothing_can_be_asked(counter: Office) -> None:
    counter.cards[PARKED] = replace(counter.cards[PARKED], goes_to="")
    show_card(counter, ("ask",))
    counter.slack.click("ada", "ask", ESCALATIONS)
    counter.slack.wait(lambda: "by command" in shown(counter, "ada"))
    assert "submit" not in counter.slack.screen("ada")
