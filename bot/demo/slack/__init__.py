"""A fake Slack workspace, for demonstrations without a Slack account and for tests: see workspace.py."""

from bot.demo.slack.delivery import FORGERIES, Delivery
from bot.demo.slack.rules import Finding, check_message, check_view
from bot.demo.slack.state import Call, Fault
from bot.demo.slack.workspace import ESCALATIONS, FakeSlack

__all__ = [
    "ESCALATIONS",
    "FORGERIES",
    "Call",
    "Delivery",
    "FakeSlack",
    "Fault",
    "Finding",
    "check_message",
    "check_view",
]
