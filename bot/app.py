"""The one place that builds real things and connects them."""

import asyncio
import logging
import os
import secrets
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlmodel import Session

import billing
from billing.catalogue import load_catalogue
from billing.clock import ZoneClock
from billing.documents import Documents
from billing.embedded import EmbeddedCore
from billing.paylinks import PayLinks
from billing.seller import load_seller
from billing.terms import Plan
from bot import intents
from bot.channels.mail.apart import ApartReader
from bot.channels.mail.own import OwnMail
from bot.channels.mail.relay import MailSender, relay_from
from bot.channels.slack.read import read_press, read_slack
from bot.channels.terminal import read_terminal
from bot.identify import is_agent
from bot.intents import Intent
from bot.messages import Channel, Reading, Reply
from bot.outcomes import CardFacts
from bot.pipeline.counter import Tools
from bot.pipeline.decide import card_facts, question_preview
from bot.pipeline.outgoing import Outgoing
from bot.pipeline.page import Pages
from bot.pipeline.parcels import MEGABYTE
from bot.pipeline.receive import Inbox
from bot.pipeline.work import Worker
from bot.ports import Reader, Readers, Senders, Understander
from bot.render import House, Words
from bot.settings import Settings, host_and_port
from bot.tokens import Tokens
from storage.database import migrate, open_engine, reading, writing

if TYPE_CHECKING:
    import ssl

    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import BaseRoute


log = logging.getLogger(__name__)


class SetupError(Exception):
    """The settings cannot work; the text tells the operator what to mend."""


@dataclass(frozen=True)
class App:
    """Everything built from one settings object, not yet running."""

    settings: Settings
    engine: Engine
    clock: ZoneClock
    cores: Callable[[Session], billing.BillingCore]
    tools: Tools
    worker: Worker
    own_mail: OwnMail
    mail_reader: ApartReader
    ears: "Ears"


def build(settings: Settings) -> App:
    """Build the machine and bring the database to its newest form. Raises SetupError."""
    engine = open_engine(settings.database_url)
    migrate(engine)
    clock = ZoneClock(settings.zone, settings.clock)
    tokens = Tokens(secret_key(settings))
    catalogue = load_catalogue(settings.seller_file)
    cores = _cores(settings, clock, catalogue)
    own_mail = own(settings, tokens)
    words = Words(
        house=House(
            team=settings.from_name, portal_url=settings.portal_url, public_url=settings.public_url,
            support_address=settings.support_address, support_url=settings.support_url, hours=settings.open_from_to,
        )
    )  # fmt: skip
    plans = tuple(plan.name for plan in catalogue)
    tools = Tools(intents.load(), words, settings, clock, tokens, plans=plans)
    most = settings.letter_megabytes * MEGABYTE
    mail_reader = ApartReader(own_mail)
    senders = _senders(settings)
    outgoing = Outgoing(engine, cores, senders, tokens, clock, words, most=most, file_in=mail_reader.file_in)
    ears = Ears(tools.intents, plans)
    worker = Worker(
        engine,
        cores,
        _readers(mail_reader, settings),
        read_press,
        ears,
        tools,
        outgoing,
        mail_reader.without_secrets,
    )
    return App(settings, engine, clock, cores, tools, worker, own_mail, mail_reader, ears)


class Ears:
    """What reads messages; knows the phrases that the handlers declare. Loads its model when it is first needed."""

    def __init__(self, declared: Mapping[str, Intent], plans: Sequence[str] = ()) -> None:
        """`plans`: names of what the seller sells."""
        self._plans = plans
        self._phrases = {name: intent.phrases for name, intent in declared.items()}
        self._loading = Lock()

    def read(self, text: str, *, subject: str = "", sent: date) -> Reading:
        """As `bot.understand.Listener.read`."""
        return self.load().read(text, subject=subject, sent=sent)

    def load(self) -> Understander:
        """The listener, ready. Raises BrokenModel where the stored model is not whole."""
        with self._loading:
            return self._listener

    @cached_property
    def _listener(self) -> Understander:
        from bot.understand import Listener

        return Listener(self._phrases, plans=self._plans)


def bare_ears() -> Understander:
    """The same without settings or database, for `guichet understand`."""
    return Ears(intents.load())


def own(settings: Settings, tokens: Tokens | None = None) -> OwnMail:
    """What we know of our own mail, to recognise it."""
    return OwnMail(
        addresses=settings.our_addresses,
        domain=settings.mail_domain,
        authserv_id=settings.trusted_authserv_id or None,
        is_token=(lambda token: tokens.row_of(token) is not None) if tokens else (lambda _token: False),
    )


def secret_key(settings: Settings) -> str:
    """The configured key, or one made at the first start beside the SQLite file. Raises SetupError."""
    configured = settings.secret_key.get_secret_value()
    if configured:
        return configured
    url = make_url(settings.database_url)
    if not url.get_backend_name().startswith("sqlite") or not url.database:
        raise SetupError(
            "GUICHET_SECRET_KEY is needed where several machines share a database: `guichet init` makes one"
        )
    path = Path(url.database).with_suffix(".key")
    with suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text()


def _cores(settings: Settings, clock: ZoneClock, catalogue: Sequence[Plan]) -> Callable[[Session], billing.BillingCore]:
    documents = Documents(load_seller(settings.seller_file))
    pay_links = PayLinks(secret_key(settings))
    return lambda session: EmbeddedCore(
        session, clock=clock, documents=documents, catalogue=catalogue, portal_url=settings.portal_url,
        pay_links=pay_links,
    )  # fmt: skip


def _readers(mail_reader: ApartReader, settings: Settings) -> Readers:
    return {Channel.EMAIL: _proving(mail_reader, settings), Channel.SLACK: read_slack, Channel.TERMINAL: read_terminal}


def _signer(settings: Settings) -> Callable[[bytes], bytes] | None:
    """What signs our mail, if the operator gave a key. Raises SetupError."""
    if not settings.dkim_selector or settings.dkim_key_file is None:
        return None
    from bot.channels.mail.sign import UnusableKey, signer_from

    try:
        return signer_from(settings.dkim_domain or settings.mail_domain, settings.dkim_selector, settings.dkim_key_file)
    except UnusableKey as error:
        raise SetupError(str(error)) from error


def _proving(mail_reader: Reader, settings: Settings) -> Reader:
    """The reader with the built-in verdict on senders, where no mail server in front gives one."""
    if settings.trusted_authserv_id or settings.verify_senders == "none":
        return mail_reader
    from bot.channels.mail.verify.lookups import system_zone
    from bot.channels.mail.verify.verdict import Verifier, verified

    zone = system_zone(settings.dns_servers)
    return verified(mail_reader, Verifier(zone, tuple(one.lower() for one in settings.arc_forwarders)))


def _certificate(settings: Settings) -> "ssl.SSLContext | None":
    """What STARTTLS offers, if the operator gave a certificate. Raises SetupError."""
    if settings.smtp_certificate is None:
        return None
    from bot.channels.mail.door import tls_context

    try:
        return tls_context(settings.smtp_certificate, settings.smtp_key)
    except OSError as error:
        raise SetupError(f"GUICHET_SMTP_CERTIFICATE: {error.strerror or type(error).__name__}") from error


def _senders(settings: Settings) -> Senders:
    relay = relay_from(settings.relay_url.get_secret_value())
    senders: Senders = {
        Channel.EMAIL: MailSender(
            relay, sender_address=settings.support_address, from_name=settings.from_name, domain=settings.mail_domain,
            return_path=settings.return_path, sign=_signer(settings),
        )
    }  # fmt: skip
    if settings.slack_bot_token.get_secret_value():
        from bot.channels.slack.send import SlackSender

        senders[Channel.SLACK] = SlackSender(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    return senders


class Service:
    """The running machine: doors, workers, web, in one process."""

    def __init__(self, app: App, *, extra_routes: "Sequence[BaseRoute]" = (), with_doors: bool = True) -> None:
        self.app = app
        self._with_doors = with_doors
        self._extra_routes = extra_routes
        self.smtp_ready = False
        self.workers_ready = False

    async def run(self, *, on_ready: Callable[[], None] = lambda: None) -> None:
        """Serve until SIGINT or SIGTERM; then let go of the doors first, and finish what is in hand."""
        listening = asyncio.get_running_loop().run_in_executor(None, self.app.ears.load)  # while the rest starts
        stopped = _stop_signal()
        from bot.engine import Runner

        settings = self.app.settings
        worker = self.app.worker
        name = "main" if self._with_doors else "worker"
        runner = Runner(self.app.engine, settings.database_url, clock=self.app.clock, name=name)
        runner.every(1, partial(runner.start_waiting, worker.waiting))
        runner.every(1, self._send_due)
        runner.every(1, worker.keep_promises)
        runner.every(2, worker.tell_refusals)
        runner.every(60, worker.tell_lapsed)
        runner.every(60, worker.remind)
        runner.every(600, worker.forget_old)
        runner.every(5, worker.tell_happenings)
        runner.every(5, runner.sweep)
        runner.every(60, self._work_the_schedule)
        if self.app.engine.dialect.name == "sqlite":
            worker.outgoing.release()
        self.app.mail_reader.start()
        await asyncio.to_thread(runner.launch, worker.handle, worker.outgoing.release)
        inbox = Inbox(self.app.engine, self.app.clock, runner.start)
        doors = await self._open_doors(inbox) if self._with_doors else Doors()
        on_ready()
        try:
            await listening  # a broken model ends the service; what came in meanwhile is stored, and waits
            self.workers_ready = True
            await stopped.wait()
        finally:
            await doors.close()
            inbox.close()
            await asyncio.to_thread(runner.close)
            await asyncio.to_thread(worker.outgoing.close)
            self.app.mail_reader.close()

    def ready(self) -> bool:
        """Whether the SMTP door, the database and the workers serve."""
        with reading(self.app.engine) as session:
            session.connection().execute(text("SELECT 1"))
        return self.smtp_ready and self.workers_ready

    def finish_setup(self, token: str) -> str | None:
        """The set-up page's button: the portal is active. Gives the customer's language, None for a dead link."""
        by = billing.Actor(billing.ActorKind.CUSTOMER, "setup page", "web")
        try:
            with writing(self.app.engine) as session:
                return self.app.cores(session).finish_setup(token, actor=by, idem=f"setup:{token}").language
        except billing.NotFound:
            return None

    def open_pay_link(self, number: str, seal: str) -> billing.PayPage | None:
        """What stands behind a pay link; None for any that is not ours."""
        try:
            with reading(self.app.engine) as session:
                return self.app.cores(session).pay_page(number, seal)
        except (billing.NotFound, billing.ValidationError):
            return None

    def _work_the_schedule(self) -> None:
        """Reminders, expiries, ends of terms: what the billing core has planned for today."""
        by = billing.Actor(billing.ActorKind.SYSTEM, "schedule")
        with reading(self.app.engine) as session:
            waits = self.app.cores(session).due_work()
        while waits:  # a machine that slept for long catches up, fifty at a time
            with writing(self.app.engine) as session:
                waits = self.app.cores(session).run_due(actor=by)

    def _send_due(self) -> None:
        for row_id in self.app.worker.outgoing.due():
            self.app.worker.outgoing.send(row_id)

    async def _open_doors(self, inbox: Inbox) -> "Doors":
        from bot.channels.mail.door import open_door
        from bot.channels.mail.envelope import StoredMail

        async def keep_mail(mail: StoredMail) -> None:
            await inbox.keep(Channel.EMAIL, mail.key, mail.raw)

        doors = Doors()
        settings = self.app.settings
        doors.smtp = await open_door(
            settings.smtp_listen, settings.our_addresses, keep_mail, hostname=settings.mail_domain,
            utf8=settings.smtp_utf8, tls_context=_certificate(settings),
        )  # fmt: skip
        self.smtp_ready = True
        slack_routes = await self._open_slack(inbox, doors)
        questions = Pages(self.app.engine, self.app.cores, self.app.tools, inbox.put)
        await doors.open_web(self, settings, [*slack_routes, *self._extra_routes], questions)
        return doors

    async def _open_slack(self, inbox: Inbox, doors: "Doors") -> "list[BaseRoute]":
        settings = self.app.settings
        if not settings.slack_bot_token.get_secret_value():
            return []
        from bot.channels.slack.door import SlackDoor
        from bot.channels.slack.stored import StoredEvent

        async def keep(event: StoredEvent) -> None:
            await inbox.keep(Channel.SLACK, event.key, event.raw)

        door = SlackDoor(
            keep=keep,
            is_agent=lambda user: is_agent(user, settings),
            card=lambda parked_id: asyncio.to_thread(self._card, parked_id),
            preview=lambda *question: asyncio.to_thread(self._preview, *question),
            bot_token=settings.slack_bot_token.get_secret_value(),
            app_token=settings.slack_app_token.get_secret_value(),
            signing_secret=settings.slack_signing_secret.get_secret_value(),
            api_url=settings.slack_api_url,
        )
        doors.slack = door
        await door.start()
        return list(door.routes)

    def _card(self, parked_id: str) -> CardFacts | None:
        with reading(self.app.engine) as session:
            return card_facts(self.app.tools, session, self.app.cores(session), parked_id)

    def _preview(self, parked_id: str, standard: str, text: str) -> Reply | None:
        with reading(self.app.engine) as session:
            return question_preview(self.app.tools, session, self.app.cores(session), parked_id, standard, text)


class Closable(Protocol):
    """A door that can be closed."""

    async def close(self) -> None:
        """Let nobody in any more."""


class Doors:
    """What is open, so that it can be closed in order."""

    def __init__(self) -> None:
        self.smtp: asyncio.Server | None = None
        self.slack: Closable | None = None
        self.web: asyncio.Task[None] | None = None
        self._server: uvicorn.Server | None = None

    async def open_web(
        self, service: Service, settings: Settings, routes: "Sequence[BaseRoute]", questions: Pages
    ) -> None:
        """Serve health checks, the pages that answers link to, and what else was given."""
        from bot.web import web_app

        house = service.app.tools.words.house
        web = web_app(
            service.ready, service.finish_setup, settings.portal_url, routes,
            open_pay_link=service.open_pay_link, look_at_question=questions.look, answer_question=questions.answer,
            house=house,
        )  # fmt: skip
        server = _web_server(web, *host_and_port(settings.http_listen))
        self._server = server
        self.web = asyncio.create_task(server.serve())
        while not server.started and not self.web.done():
            await asyncio.sleep(0.01)
        if self.web.done():
            raise SetupError(f"cannot listen on {settings.http_listen} (GUICHET_HTTP_LISTEN)")

    async def close(self) -> None:
        """Close the doors: nobody new comes in."""
        if self.smtp:
            self.smtp.close()
        if self.slack:
            await self.slack.close()
        if self._server and self.web:
            self._server.should_exit = True
            await self.web


def _web_server(web: "Starlette", host: str, port: int) -> "uvicorn.Server":
    import uvicorn

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield  # ours alone decide when everything stops

    return Server(uvicorn.Config(web, host=host, port=port, log_level="warning", access_log=False, lifespan="off"))


def _stop_signal() -> asyncio.Event:
    """Set by SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
