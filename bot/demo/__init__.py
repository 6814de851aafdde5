"""The showcase: a fake Slack workspace and a page that shows both doors. Only `guichet demo` and tests use it."""

from pathlib import Path

from bot.demo.slack.workspace import ESCALATIONS, FakeSlack

PORT = 4560
MANIFEST = Path(__file__).resolve().parents[2] / "manifest.json"


def open_workspace(port: int = PORT) -> FakeSlack:
    """The workspace of the demo, not started yet: `with open_workspace() as slack: ...`.

    It speaks Socket Mode; people are driven with the page or with
    `curl -s -X POST localhost:4560/_do/say -d '{"user":"jonas","channel":"general","text":"@guichet help"}'`.
    """
    slack = FakeSlack(port, manifest=MANIFEST if MANIFEST.exists() else None)
    slack.connect("socket")
    return slack


def slack_settings(slack: FakeSlack) -> dict[str, str]:
    """The settings that connect a bot to the workspace: ada is an agent, jonas and chloe are colleagues."""
    return {
        "slack_bot_token": slack.bot_token,
        "slack_app_token": slack.app_token,
        "slack_signing_secret": "",
        "slack_api_url": slack.api_url,
        "slack_agents": slack.user("ada"),
        "slack_team": ",".join(slack.user(name) for name in ("ada", "jonas", "chloe")),
        "slack_escalation_channel": slack.channel(ESCALATIONS),
    }
