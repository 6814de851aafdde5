"""python -m bot.demo.slack [--port N] [--manifest FILE] [--to URL|socket] [--rate] [--capture FILE]

A workspace to talk to by hand. Then, in another terminal (the bot started with the printed settings):
  curl -s -X POST localhost:4560/_do/say -d '{"user":"ada","channel":"general","text":"@guichet help"}'
  curl -s localhost:4560/_messages ; curl -s localhost:4560/_findings ; curl -s localhost:4560/_log
"""

import argparse
import signal
import sys

from bot.demo.slack.workspace import FakeSlack


def main() -> None:
    """Run a workspace until interrupted."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--port", type=int, default=4560)
    p.add_argument("--manifest")
    p.add_argument("--to", default="socket")
    p.add_argument("--rate", action="store_true")
    p.add_argument("--capture")
    a = p.parse_args()
    with FakeSlack(a.port, manifest=a.manifest, enforce_rate=a.rate, capture=a.capture) as slack:
        slack.connect(a.to)
        sys.stdout.write(
            f"GUICHET_SLACK_BOT_TOKEN={slack.bot_token}\nGUICHET_SLACK_APP_TOKEN={slack.app_token}\n"
            f"GUICHET_SLACK_SIGNING_SECRET={slack.signing_secret}\nGUICHET_SLACK_API_URL={slack.api_url}\n"
        )
        sys.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
