"""A counter that really runs: its own process, real SMTP, a maildir, Slack's Socket Mode against the fake workspace."""

import atexit
import email
import email.policy
import os
import smtplib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from bot.demo.slack import FakeSlack
from tests.warm import Warm

ROOT = Path(__file__).parent.parent
SUPPORT = "support@guichet.example"
AUTHSERV = "mx.guichet.example"


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """Start with `with`; `mail()` sends, `answers_to()` reads the maildir, `slack` drives the workspace."""

    def __init__(self, home: Path, *, relay: str = "", with_slack: bool = True, **settings: str) -> None:
        self.home = home
        self.smtp_port, self.http_port = free_port(), free_port()
        self.slack = FakeSlack(manifest=ROOT / "manifest.json") if with_slack else None
        self._relay = relay or f"maildir:{home / 'outgoing'}"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0

    def __enter__(self) -> "Running":
        if self.slack:
            self.slack.__enter__()
        self.command("seed")
        self.start()
        if self.slack:
            self.slack.connect("socket")
            self.slack.wait(self.slack.sockets, timeout=20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self.slack:
            self.slack.__exit__(kind, error, trace)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of this machine as environment variables."""
        given = {
            "DATABASE_URL": f"sqlite:///{self.home / 'guichet.db'}", "SMTP_LISTEN": f"127.0.0.1:{self.smtp_port}",
            "HTTP_LISTEN": f"127.0.0.1:{self.http_port}", "PUBLIC_URL": f"http://127.0.0.1:{self.http_port}",
            "RELAY_URL": self._relay, "SUPPORT_ADDRESSES": SUPPORT, "TRUSTED_AUTHSERV_ID": AUTHSERV,
            "CLOCK": "2026-11-22", "ANSWER_CAPS": "off", **self._slack_settings(), **self._settings,
        }  # fmt: skip
        return {**os.environ, **{f"GUICHET_{key}": value for key, value in given.items()}, "PYTHONUNBUFFERED": "1"}

    def _slack_settings(self) -> dict[str, str]:
        if self.slack is None:
            return {}
        user, channel = self.slack.user, self.slack.channel
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token, "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.api_url, "SLACK_AGENTS": f"{user('ada')},{user('jonas')}",
            "SLACK_TEAM": user("chloe"), "SLACK_ESCALATION_CHANNEL": channel("support-escalations"),
        }  # fmt: skip

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        self._log = (self.home / "serve.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"],
            cwd=self.home,
            env=self.environment,
            stdout=self._log,
            stderr=self._log,
        )
        self.wait(self._ready, timeout=120, what="the counter to be ready")

    def stop(self) -> None:
        """Ask the process to end, as an operator would."""
        if self._process:
            self._process.terminate()
            self._process.wait(20)
            self._log.close()
            self._process = None

    @property
    def process_id(self) -> int:
        """The process that runs `serve`."""
        assert self._process
        return self._process.pid

    def kill(self) -> None:
        """kill -9."""
        assert self._process
        self._process.kill()
        self._process.wait(10)
        self._log.close()
        self._process = None

    def _ready(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise AssertionError("the counter ended: " + self.log[-2000:])
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/readyz", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    @property
    def log(self) -> str:
        """What the process printed so far."""
        return (self.home / "serve.log").read_text(errors="replace")

    def wait(self, condition: Callable[[], Any], *, timeout: float = 15, what: str = "") -> Any:
        """Wait until a condition holds and give its value."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if value := condition():
                return value
            time.sleep(0.03)
        raise AssertionError(f"waited {timeout} s in vain for {what or condition}; log: {self.log[-3000:]}")

    def command(self, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a `guichet` command against the same settings."""
        return _warm().run(arguments, folder=self.home, environment=self.environment, given=given)

    def cold_command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same in a process of its own from the first instruction on."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments], cwd=self.home, env=self.environment,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    # -- mail --------------------------------------------------------------------------------------

    def mail(
        self, sender: str, text: str, *, subject: str = "", proven: bool = False, answer_to: EmailMessage | None = None,
        **headers: str,
    ) -> str:  # fmt: skip
        """Send a mail over SMTP; gives its Message-ID. `proven`: our edge says dmarc=pass."""
        self._number += 1
        message = EmailMessage(policy=email.policy.SMTP)
        if proven:
            message["Authentication-Results"] = f"{AUTHSERV}; dmarc=pass header.from={sender.rpartition('@')[2]}"
        message["From"], message["To"] = sender, SUPPORT
        message["Subject"] = subject or (f"Re: {answer_to['Subject']}" if answer_to else "")
        message["Message-ID"] = f"<{self._number}.{time.monotonic_ns()}@client.example>"
        if answer_to:
            message["In-Reply-To"] = message["References"] = answer_to["Message-ID"]
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        self.raw_mail(sender, message.as_bytes())
        return str(message["Message-ID"])

    def raw_mail(self, sender: str, raw: bytes) -> None:
        """Send these bytes; raises what smtplib raises when they are refused."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=20) as client:
            client.sendmail(sender, [SUPPORT], raw)

    def outgoing(self) -> list[EmailMessage]:
        """All mails that left, oldest first."""
        folder = self.home / "outgoing" / "new"
        if not folder.exists():  # the outer folder is made first
            return []
        paths = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]  # type: ignore[misc]

    def answers_to(self, message_id: str, *, count: int = 1) -> list[EmailMessage]:
        """The mails that answer this one, when there are that many."""

        def found() -> list[EmailMessage]:
            mails = [mail for mail in self.outgoing() if mail["In-Reply-To"] == message_id]
            return mails if len(mails) >= count else []

        return list(self.wait(found, what=f"{count} answers to {message_id}"))

    def mails_to(self, recipient: str, *, count: int = 1) -> list[EmailMessage]:
        """The mails to this address, when there are that many."""

        def found() -> list[EmailMessage]:
            mails = [mail for mail in self.outgoing() if mail["To"].casefold() == recipient.casefold()]
            return mails if len(mails) >= count else []

        return list(self.wait(found, what=f"{count} mails to an address"))


@cache
def _warm() -> Warm:
    warm = Warm()
    atexit.register(warm.close)
    return warm


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def attachments_of(mail: EmailMessage) -> dict[str, bytes]:
    """Its attachments by file name."""
    return {str(part.get_filename()): part.get_payload(decode=True) for part in mail.iter_attachments()}  # type: ignore[misc]
