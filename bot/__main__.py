"""The `guichet` console script. Imports late on purpose: `guichet --help` must not load the whole machine."""

import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from bot.app import App

cli = typer.Typer(
    help="Guichet, the billing counter: mail and Slack in, done, answered.", no_args_is_help=True,
    pretty_exceptions_enable=False, add_completion=False,
)  # fmt: skip
stuck = typer.Typer(help="Messages that broke us three times.", no_args_is_help=True)
outbox = typer.Typer(help="What goes out.", no_args_is_help=True)
cases = typer.Typer(help="Conversations.", no_args_is_help=True)
db = typer.Typer(help="The database.", no_args_is_help=True)
subject = typer.Typer(help="What we hold about one person.", no_args_is_help=True)
for name, group in (("stuck", stuck), ("outbox", outbox), ("cases", cases), ("db", db), ("subject", subject)):
    cli.add_typer(group, name=name)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OfCustomer = Annotated[str | None, typer.Option("--customer", metavar="C", help="Of this customer only, by id.")]


def main() -> None:
    """Run the command line. Errors that the operator can mend are one line and exit status 1."""
    gc.set_threshold(50_000, 20, 20)  # thousands of classes are made while starting, and none of them is garbage
    from pydantic import ValidationError

    try:
        cli()
    except ValidationError as wrong:
        keys = ", ".join(f"GUICHET_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in wrong.errors())
        _fail(f"the settings cannot work: {keys}")


def _fail(message: str) -> NoReturn:
    typer.echo(f"guichet: {message}", err=True)
    raise SystemExit(1)


def _app() -> "App":
    from bot.app import SetupError, build
    from bot.settings import Settings

    try:
        return build(Settings())
    except SetupError as error:
        _fail(str(error))


@cli.command()
def serve() -> None:
    """Serve everything in one process: SMTP door, Slack (when tokens are set), web, workers."""
    from bot.operate import serve_until_stopped

    _quietly(lambda: serve_until_stopped(_app()))


@cli.command()
def worker() -> None:
    """Work off what other machines take in, on the same PostgreSQL."""
    from bot.app import SetupError
    from bot.operate import work_until_stopped

    try:
        work_until_stopped(_app())
    except SetupError as error:
        _fail(str(error))


@cli.command()
def backup(file: Annotated[Path, typer.Argument(help="A tar file that is not there yet.")]) -> None:
    """Copy database and key to FILE while the service goes on (SQLite; for PostgreSQL use pg_dump)."""
    from storage.backup import back_up

    _with_database_file(lambda database: back_up(database, file))
    typer.echo(f"{file}: {file.stat().st_size} bytes; it holds the secret key, keep it like one")


@cli.command()
def restore(file: Annotated[Path, typer.Argument(help="What `guichet backup` wrote.")]) -> None:
    """Put a backup in place of a database that is not there; `guichet doctor` then checks it."""
    from storage.backup import restore as put_back

    _with_database_file(lambda database: put_back(file, database))
    typer.echo("the backup is in place")


def _with_database_file(act: Callable[[Path], None]) -> None:
    from sqlalchemy.engine import make_url

    from bot.settings import Settings
    from storage.backup import NotPossible

    url = make_url(Settings().database_url)
    if not url.get_backend_name().startswith("sqlite") or not url.database:
        _fail("this database is copied by its own programs: pg_dump and pg_restore, and keep GUICHET_SECRET_KEY")
    try:
        act(Path(url.database))
    except NotPossible as why:
        _fail(str(why))


@cli.command()
def demo() -> None:
    """Serve with demo customers, a fake Slack workspace and a mailbox to look at. Needs nothing."""
    from bot.demo.start import run_demo

    _quietly(run_demo)


def _quietly(run: Callable[[], None]) -> None:
    try:
        run()
    except OSError as error:  # a port that is taken, a folder that cannot be written
        _fail(str(error))


@cli.command()
def ask(
    text: Annotated[str | None, typer.Argument(help="What to say; without it, a conversation.")] = None,
    sender: Annotated[str, typer.Option("--as", metavar="ADDRESS", help="Ask as this contact.")] = "",
    explain: Annotated[bool, typer.Option(help="Show what was understood, and why.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask at the terminal: the same counter, the same words."""
    from bot.operate import NotAnswered, Terminal

    terminal = Terminal(_app(), sender)
    lines = [text] if text is not None else iter(lambda: input("> "), "")
    try:
        for line in lines:
            typer.echo(terminal.ask(line, explain=explain, as_json=as_json))
    except (EOFError, KeyboardInterrupt):
        return
    except NotAnswered as broken:
        _fail(str(broken))


@cli.command()
def understand() -> None:
    """Read JSON lines of messages on standard input; print what each asks for."""
    from bot.app import bare_ears
    from bot.understand.lines import understand_lines

    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    raise SystemExit(understand_lines(sys.stdin, sys.stdout, sys.stderr, bare_ears()))


@cli.command("read-mail")
def read_mail(files: Annotated[list[Path], typer.Argument(help="Raw mails, or folders of them.")]) -> None:
    """Read raw mails and print what they are and say, a JSON line each; no effect."""
    from bot.app import bare_ears, own
    from bot.channels.mail.lines import read_mail_files
    from bot.settings import Settings

    raise SystemExit(read_mail_files(files, sys.stdout, sys.stderr, own=own(Settings()), understander=bare_ears()))


@cli.command()
def simulate(file: Annotated[Path, typer.Argument(help="A raw mail.")], as_json: AsJson = False) -> None:
    """What would be done and answered for a raw mail; nothing is kept, nothing is sent."""
    from bot.operate import simulated

    try:
        raw = file.read_bytes()
    except OSError as error:
        _fail(f"cannot read {file}: {error.strerror}")
    typer.echo(simulated(_app(), raw, as_json=as_json))


def _document(kind: str, number: str, out: Path) -> None:
    from bot.operate import document

    content = document(_app(), kind, number)
    if content is None:
        _fail(f"no {kind} {number}, or it has no document")
    out.write_bytes(content)
    typer.echo(f"{out}: {len(content)} bytes")


@cli.command()
def invoice(number: str, out: Annotated[Path, typer.Option("--out", metavar="FILE")]) -> None:
    """Write the stored document of an invoice to FILE."""
    _document("invoice", number, out)


@cli.command()
def quote(number: str, out: Annotated[Path, typer.Option("--out", metavar="FILE")]) -> None:
    """Write the stored document of a quote to FILE."""
    _document("quote", number, out)


@cli.command()
def customers(as_json: AsJson = False) -> None:
    """The customers that the embedded core holds."""
    _listing("customers", None, as_json)


@cli.command()
def invoices(customer: OfCustomer = None, as_json: AsJson = False) -> None:
    """The invoices that the embedded core holds."""
    _listing("invoices", customer, as_json)


@cli.command()
def quotes(as_json: AsJson = False) -> None:
    """The quotes that the embedded core holds."""
    _listing("quotes", None, as_json)


@cli.command()
def subscriptions(customer: OfCustomer = None, as_json: AsJson = False) -> None:
    """Subscriptions and licences, with their state, terms and prices."""
    _listing("subscriptions", customer, as_json)


@cli.command()
def proofs(customer: OfCustomer = None, as_json: AsJson = False) -> None:
    """Proofs of payment, and what became of them."""
    _listing("proofs", customer, as_json)


@cli.command()
def disputes(customer: OfCustomer = None, as_json: AsJson = False) -> None:
    """Charges that customers do not accept, and what became of them."""
    _listing("disputes", customer, as_json)


def _listing(what: str, customer: str | None, as_json: bool) -> None:
    from bot.operate import listed

    _print_rows(listed(_app(), what, customer), as_json)


def _print_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        typer.echo("none")
        return
    head = [key for key in rows[0] if not isinstance(rows[0][key], list)]
    cells = [head, *([str(row[key] if row[key] is not None else "") for key in head] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for row in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@stuck.command("list")
def stuck_list(as_json: AsJson = False) -> None:
    """Messages that wait for a person."""
    from bot.operate import stuck_rows

    _print_rows(stuck_rows(_app()), as_json)


@stuck.command("show")
def stuck_show(message: str) -> None:
    """The raw message."""
    from bot.operate import raw_message

    raw = raw_message(_app(), message)
    if raw is None:
        _fail(f"no message {message}")
    sys.stdout.buffer.write(raw)


@stuck.command("retry")
def stuck_retry(message: str) -> None:
    """Let the workers try a stuck message again."""
    from bot.operate import retry_message

    if not retry_message(_app(), message):
        _fail(f"no stuck message {message}")
    typer.echo(f"{message} waits again")


@outbox.command("list")
def outbox_list(as_json: AsJson = False) -> None:
    """What waits or failed, newest first."""
    from bot.operate import outbox_rows

    _print_rows(outbox_rows(_app()), as_json)


@outbox.command("retry")
def outbox_retry(letter: str) -> None:
    """Send a failed letter again, with the same Message-ID."""
    from bot.operate import retry_letter

    if not retry_letter(_app(), letter):
        _fail(f"no failed letter {letter}")
    typer.echo(f"{letter} waits again")


@cases.command("list")
def cases_list(as_json: AsJson = False) -> None:
    """The cases, newest first."""
    from bot.operate import case_rows

    _print_rows(case_rows(_app()), as_json)


@cases.command("show")
def cases_show(case: str, as_json: AsJson = False) -> None:
    """What came in, what was decided, what went out."""
    _explain(case, as_json)


@cases.command("done")
def cases_done(case: str) -> None:
    """Say that a person has answered it: its customer no longer hears that a colleague has it in hand."""
    from bot.operate import finish_case

    if not finish_case(_app(), case):
        _fail(f"no case {case} that a person has in hand")
    typer.echo(f"{case} is done")


@cli.command()
def why(case: str, as_json: AsJson = False) -> None:
    """Why a case went as it did: trust, reading, evidence, decisions, letters."""
    _explain(case, as_json)


def _explain(case: str, as_json: bool) -> None:
    from bot.operate import case_story

    story = case_story(_app(), case)
    if not story:
        _fail(f"no case {case}")
    if as_json:
        typer.echo(json.dumps(story, ensure_ascii=False, indent=2))
        return
    for entry in story:
        typer.echo("  ".join(f"{key}={value}" for key, value in entry.items() if value not in ("", None, [])))


@cli.command()
def doctor(as_json: AsJson = False) -> None:
    """Check settings, database, doors and templates; exit status 1 if something is wrong."""
    from bot.operate import checked

    findings = checked()
    if as_json:
        typer.echo(json.dumps(findings, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            typer.echo(f"{'ok  ' if finding['ok'] else 'FAIL'}  {finding['what']}: {finding['found']}")
    raise SystemExit(0 if all(finding["ok"] for finding in findings) else 1)


@cli.command()
def init(force: Annotated[bool, typer.Option(help="Overwrite an existing .env.")] = False) -> None:
    """Ask a handful of questions and write `.env` with fresh keys."""
    import secrets

    target = Path(".env")
    if target.exists() and not force:
        _fail(".env exists; --force overwrites it")
    address = typer.prompt("Support address", default="support@guichet.example")
    relay = typer.prompt("Outgoing mail (maildir:FOLDER or smtp://HOST:PORT)", default="maildir:outgoing")
    authserv = typer.prompt("Name your mail server signs Authentication-Results with (empty: none)", default="")
    bot_token = typer.prompt("Slack bot token (empty: no Slack)", default="", hide_input=True)
    app_token = typer.prompt("Slack app token", default="", hide_input=True) if bot_token else ""
    values = {
        "SUPPORT_ADDRESSES": address, "RELAY_URL": relay, "TRUSTED_AUTHSERV_ID": authserv,
        "SECRET_KEY": secrets.token_urlsafe(32), "SLACK_BOT_TOKEN": bot_token, "SLACK_APP_TOKEN": app_token,
    }  # fmt: skip
    target.touch(mode=0o600)
    target.write_text("".join(f"GUICHET_{key}={value}\n" for key, value in values.items() if value))
    typer.echo("wrote .env; every other key stands in .env.example")


@cli.command()
def seed(file: Annotated[Path | None, typer.Argument(help="Customers and invoices as JSON lines.")] = None) -> None:
    """Fill in the demo data (again: no change), or the customers and invoices of FILE."""
    from bot.operate import seed_demo, seed_file

    app = _app()
    if file is None:
        seed_demo(app)
        typer.echo("demo data are in place")
        return
    try:
        typer.echo(seed_file(app, file.read_text("utf-8").splitlines()))
    except (OSError, ValueError) as error:
        _fail(str(error))


@subject.command("export")
def subject_export(
    address: str, out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where to write it.")]
) -> None:
    """Write all that we hold about ADDRESS into FOLDER: subject.json, and the mails as they came."""
    from bot.subject import export

    typer.echo(f"{out}: {export(_app(), address, out)} records")


@subject.command("erase")
def subject_erase(
    address: str,
    yes: Annotated[bool, typer.Option("--yes", help="Erase; without it, only say what would be erased.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase what we hold about ADDRESS; for each record that the law keeps, say why."""
    from dataclasses import asdict

    from bot.subject import erase

    _print_rows([asdict(finding) for finding in erase(_app(), address, really=yes)], as_json)


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to its newest form."""
    _app()
    typer.echo("the database is up to date")


if __name__ == "__main__":
    main()
