"""`guichet demo`: everything at once, with invented customers, and a few lines that say what to try."""

import os
import shutil
import smtplib
import sys
import threading
from email.message import EmailMessage
from pathlib import Path
from typing import TextIO

from sqlmodel import func, select

from bot.app import App, build
from bot.demo import open_workspace, slack_settings
from bot.demo.page import Contact, demo_routes
from bot.demo.slack import FakeSlack
from bot.operate import seed_demo, serve_until_stopped
from bot.settings import Settings, host_and_port
from storage.database import reading
from storage.tables import InboxRow

DEMO_DAY = "2026-11-22"
SHARED = Path(".env.demo")  # so that `guichet ask` in another terminal meets the same counter


class NotADemo(OSError):
    """The database holds customers that are not the demo's."""


def run_demo(out: TextIO = sys.stdout) -> None:
    """Serve the demo until a signal. Raises NotADemo rather than mixing invented customers with real ones."""
    os.environ.setdefault("GUICHET_RELAY_URL", "maildir:outgoing")
    os.environ.setdefault("GUICHET_CLOCK", DEMO_DAY)
    os.environ.setdefault("GUICHET_VERIFY_SENDERS", "none")  # the demo's senders are made up, and it needs no network
    with open_workspace(int(os.environ.get("GUICHET_DEMO_SLACK_PORT", "4560"))) as slack:
        for key, value in slack_settings(slack).items():
            os.environ[f"GUICHET_{key.upper()}"] = value
        app = build(Settings())
        _refuse_real(app)
        seed_demo(app)
        _share(app.settings)
        try:
            routes = demo_routes(
                slack, _outgoing(app.settings), smtp=host_and_port(app.settings.smtp_listen),
                support=app.settings.support_address, contacts=_contacts(app),
                authserv_id=app.settings.trusted_authserv_id,
            )  # fmt: skip
            serve_until_stopped(app, extra_routes=routes, on_ready=lambda: _welcome(app, slack, out))
        finally:
            SHARED.unlink(missing_ok=True)


def _refuse_real(app: App) -> None:
    with reading(app.engine) as session:
        ids = {customer.id for customer in app.cores(session).all_customers()}
    if ids and "K1001" not in ids:
        raise NotADemo("this database holds real customers; set GUICHET_DATABASE_URL to another one for the demo")


def _share(settings: Settings) -> None:
    names = ("slack_bot_token", "slack_app_token", "relay_url", "database_url", "secret_key")
    lines = [f"GUICHET_{key.upper()}={os.environ[f'GUICHET_{key.upper()}']}\n" for key in names if _set(key)]
    listed = ("slack_api_url", "slack_agents", "slack_team", "slack_escalation_channel", "clock", "verify_senders")
    lines += [f"GUICHET_{key.upper()}={os.environ[f'GUICHET_{key.upper()}']}\n" for key in listed if _set(key)]
    lines.append(f"GUICHET_PUBLIC_URL={settings.public_url}\n")
    SHARED.touch(mode=0o600)
    SHARED.write_text("".join(lines))


def _set(key: str) -> bool:
    return bool(os.environ.get(f"GUICHET_{key.upper()}"))


def _outgoing(settings: Settings) -> Path:
    return Path(settings.relay_url.get_secret_value().removeprefix("maildir:"))


def _contacts(app: App) -> list[Contact]:
    with reading(app.engine) as session:
        customers = app.cores(session).all_customers()
    return [Contact(c.name, c.email, c.language) for customer in customers for c in customer.contacts]


def _welcome(app: App, slack: FakeSlack, out: TextIO) -> None:
    threading.Thread(target=_first_mail, args=(app,), daemon=True).start()
    settings = app.settings
    host, port = host_and_port(settings.smtp_listen)
    guichet = shutil.which("guichet") or ".venv/bin/guichet"
    guichet = ".venv/bin/guichet" if Path(".venv/bin/guichet").exists() else guichet
    mail = (
        f"import smtplib; smtplib.SMTP('{host}', {port}).sendmail('martin.linden@kunde.example', "
        f"'{settings.support_address}', 'From: martin.linden@kunde.example\\nTo: {settings.support_address}\\n"
        "Subject: Rechnung\\n\\nBitte senden Sie die Rechnung RE-2026-000123 an buchhaltung@kunde.example')"
    )
    french = (
        "printf 'From: comptabilite@client.example\\nSubject: Devis\\n\\n"
        "Pouvez-vous nous envoyer un devis de renouvellement ?\\n' | "
        f"curl -sS smtp://{host}:{port} --mail-from comptabilite@client.example "
        f"--mail-rcpt {settings.support_address} -T -"
    )
    say = '{"user":"ada","channel":"general","text":"<@%s> send invoice RE-2026-000119 to accounts@customer.example"}'
    lines = (
        "Guichet is open. Try this from a second terminal (in this folder):",
        f"  look    http://{settings.http_listen}/   mails, Slack and the portal, side by side",
        f'  mail    python3 -c "{mail}"',
        f"  mail    {french}",
        f"  Slack   curl -s -X POST {slack.url}/_do/say -d '{say % slack.bot_user}'",
        f'  ask     {guichet} ask "Our company is now called Brightwater Insight Ltd" --as accounts@customer.example',
        f'  ask     {guichet} ask "Kundenportal aktivieren, Rechnung RE-2026-000123" --as it@kunde.example',
    )
    out.write("\n".join(lines) + "\n")
    out.flush()


def _first_mail(app: App) -> None:
    """Something is on the counter from the start: a customer who has just been renamed."""
    with reading(app.engine) as session:
        if session.exec(select(func.count()).select_from(InboxRow)).one():
            return
    message = EmailMessage()
    message["From"], message["To"] = "noemie@dupain.example", app.settings.support_address
    message["Subject"] = "Changement de nom"
    message.set_content("Bonjour,\n\nMerci de changer notre raison sociale en Maison Dupain SAS.\n\nNoémie Dupain\n")
    with smtplib.SMTP(*host_and_port(app.settings.smtp_listen)) as client:
        client.send_message(message, "noemie@dupain.example", [app.settings.support_address])
