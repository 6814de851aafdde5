"""Mails are taken apart in a process of their own: what hangs, crashes or eats memory there stops nothing here.

One long-lived process, started at the first mail (or ahead of it by `start`) and again after each that ended.
It is given the mail and the tokens in it that are genuine, so it never holds the secret key; it knows no setting
and no database. It answers in JSON: a process that a mail has taken over can say wrong things, but run nothing here.
"""

import base64
import contextlib
import json
import logging
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.channels.mail.own import OwnMail
from bot.messages import Attachment, Authentication, Channel, Failure, Inbound, Kind, Thread

log = logging.getLogger(__name__)

MiB = 1024 * 1024
SECONDS = 10.0  # for one mail; the slowest that the caps let through needs about one
MEMORY = 1024 * MiB  # of address space; the largest mail that the door takes needs a third of it
START_SECONDS = 60.0  # a busy machine may load the libraries slowly
_MOST_ANSWER = 64 * MiB  # a whole mail in base64, twice over
_MOST_SIGNS = 5_000  # "@" that are looked at for our tokens
_LENGTHS = struct.Struct(">II")
_BASE32 = re.compile(rb"[A-Za-z2-7]{16,60}\Z")
_WHOLE, _HEAD, _MASKED, _FILE = "whole", "head", "masked", "file"
_HUNG, _DIED = "parser_hung", "parser_died"


class _Gone(Exception):
    """The process did not answer; the text is the code that people see: parser_hung or parser_died."""


@dataclass(frozen=True)
class _Process:
    id: int
    line: socket.socket
    end: Callable[[], object]  # kills it; also called when nobody holds the reader any more


class ApartReader:
    """Reads mails in the other process, one at a time. Never raises, and never reads one in this process."""

    def __init__(self, own: OwnMail, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._own, self._seconds, self._memory = own, seconds, memory
        self._lock = threading.Lock()
        self._process: _Process | None = None

    def __call__(self, raw: bytes, key: str) -> Inbound:
        """Read a stored mail. One that breaks the process is for people; so far as its head says, they see of whom."""
        genuine = sorted(genuine_tokens(raw, self._own.checked))
        troubles: list[str] = []
        with self._lock:
            while len(troubles) < 3 and (inbound := self._tried(raw, key, genuine, troubles)) is None:
                self._stop()
        if inbound is not None:
            return inbound
        why = troubles[0]
        return Inbound(
            channel=Channel.EMAIL, key=key, sender="", text="", sent=datetime.now(UTC), fresh_subject=False,
            auth=Authentication("none", (why,)), unsure=why, unread=True,
        )  # fmt: skip

    def _tried(self, raw: bytes, key: str, genuine: list[str], troubles: list[str]) -> Inbound | None:
        """The mail, or None and one trouble more. A process that died may have been ended by somebody: once again."""
        what = _WHOLE if not troubles or troubles == [_DIED] else _HEAD
        try:
            inbound = self._ask(what, raw, key, genuine)
        except _Gone as gone:
            log.error("action=parser_lost what=%s why=%s key=%s octets=%d", what, gone, key[:16], len(raw))
            troubles.append(str(gone))
            return None
        if what == _WHOLE:
            return inbound
        return replace(inbound, unsure=troubles[0], auth=Authentication("none", (troubles[0],)))

    def without_secrets(self, raw: bytes) -> bytes:
        """A stored mail with its card numbers and IBANs masked. What cannot be masked is kept as it is, and logged."""
        with self._lock:
            try:
                return base64.b64decode(str(self._answered({"what": _MASKED}, raw)))
            except _Gone as gone:
                self._stop()
                log.error("action=raw_not_masked why=%s octets=%d", gone, len(raw))
                return raw

    def file_in(self, raw: bytes, sha256: str) -> bytes | None:
        """The octets of the file of this hash in a stored mail; None where there is none, or none can be found."""
        with self._lock:
            try:
                return base64.b64decode(str(self._answered({"what": _FILE, "sha256": sha256}, raw))) or None
            except _Gone as gone:
                self._stop()
                log.error("action=file_not_found why=%s octets=%d", gone, len(raw))
                return None

    def start(self) -> None:
        """Start the process ahead of the first mail. Does not wait for it."""
        with self._lock:
            if self._process is None:
                self._process = self._started()

    @property
    def process_id(self) -> int | None:
        """The process that reads, if one runs."""
        return self._process.id if self._process else None

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._stop()

    def _ask(self, what: str, raw: bytes, key: str, genuine: list[str]) -> Inbound:
        own = {"addresses": self._own.addresses, "domain": self._own.domain, "authserv_id": self._own.authserv_id}
        try:
            return from_json(self._answered({"what": what, "key": key, "own": own, "genuine": genuine}, raw))
        except (ValueError, KeyError, TypeError):
            raise _Gone(_DIED) from None

    def _answered(self, request: dict[str, Any], raw: bytes) -> Any:
        fresh = self._process is None
        process = self._process = self._process or self._started()
        head = json.dumps(request).encode()
        try:
            _await_ready(process.line, START_SECONDS if fresh else self._seconds)
            process.line.settimeout(self._seconds)
            process.line.sendall(_LENGTHS.pack(len(head), len(raw)) + head)
            process.line.sendall(raw)
            return _answer(process.line, time.monotonic() + self._seconds)
        except TimeoutError:
            raise _Gone(_HUNG) from None
        except (OSError, ValueError):
            raise _Gone(_DIED) from None

    def _started(self) -> _Process:
        ours, theirs = socket.socketpair()
        with theirs:
            running = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno()), str(self._seconds), str(self._memory)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=(theirs.fileno(),),
                env=_bare_environment(), start_new_session=True,
            )  # fmt: skip
        log.info("action=parser_started pid=%d", running.pid)
        return _Process(running.pid, ours, weakref.finalize(self, _end, running, ours))

    def _stop(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


def _end(running: "subprocess.Popen[bytes]", line: socket.socket) -> None:
    line.close()
    running.kill()
    running.wait()


def genuine_tokens(raw: bytes, checked: Callable[[str], str]) -> frozenset[str]:
    """Our genuine tokens among what stands before an "@", in normal form. Linear in the mail's size."""
    found: set[str] = set()
    place = raw.find(b"@")
    for _ in range(_MOST_SIGNS):
        if place < 0:
            break
        before = _BASE32.search(raw[max(0, place - 60) : place])
        if before and (token := checked(before.group().decode("ascii"))):
            found.add(token)
        place = raw.find(b"@", place + 1)
    return frozenset(found)


def _bare_environment() -> dict[str, str]:
    """What Python needs to find this code; no setting and no secret of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TZ") if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _await_ready(line: socket.socket, seconds: float) -> None:
    """Before each mail the process says one octet: it is there, and done with the mail before."""
    line.settimeout(seconds)
    if line.recv(1) != b"\n":
        raise ConnectionError


def _answer(line: socket.socket, until: float) -> Any:
    (length, _) = _LENGTHS.unpack(_received(line, _LENGTHS.size, until))
    if length > _MOST_ANSWER:
        raise ValueError
    return json.loads(_received(line, length, until))


def _received(line: socket.socket, length: int, until: float | None = None) -> bytes:
    pieces = bytearray()
    while len(pieces) < length:
        if until is not None:
            line.settimeout(max(0.001, until - time.monotonic()))
        piece = line.recv(min(MiB, length - len(pieces)))
        if not piece:
            raise ConnectionError
        pieces += piece
    return bytes(pieces)


# -- the value on the line ---------------------------------------------------------------------------------------------


def as_json(inbound: Inbound) -> dict[str, Any]:
    """A read mail as JSON."""
    return {**asdict(inbound), "sent": inbound.sent.isoformat()}


def from_json(row: dict[str, Any]) -> Inbound:
    """A read mail from JSON. Raises ValueError, KeyError or TypeError on anything else."""
    auth, thread = row.pop("auth"), row.pop("thread")
    return Inbound(
        channel=Channel(row.pop("channel")),
        kind=Kind(row.pop("kind")),
        sent=datetime.fromisoformat(row.pop("sent")),
        auth=Authentication(**{**auth, "reasons": tuple(auth["reasons"])}),
        thread=Thread(**{**thread, "references": tuple(thread["references"])}),
        attachments=tuple(Attachment(**one) for one in row.pop("attachments")),
        failures=tuple(Failure(**one) for one in row.pop("failures")),
        **row,
    )


# -- in the other process ----------------------------------------------------------------------------------------------


def main(descriptor: int, seconds: float, memory: int) -> None:
    """Read mails from the line until the other end closes it."""
    from bot.channels.mail import read as _loaded  # noqa: F401 - before we say that we are ready; only this process needs it

    with contextlib.suppress(ValueError, OSError):  # not every system can cap its address space
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold a customer's mail
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with socket.socket(fileno=descriptor) as line, contextlib.suppress(ConnectionError):
        while True:
            line.sendall(b"\n")
            request, raw = _request(line)
            # Whoever asked may have died meanwhile: then nobody else ends a parse that hangs.
            signal.setitimer(signal.ITIMER_REAL, 2 * seconds + 1)
            answer = json.dumps(_done(request, raw)).encode()
            signal.setitimer(signal.ITIMER_REAL, 0)
            line.sendall(_LENGTHS.pack(len(answer), 0) + answer)


def _request(line: socket.socket) -> tuple[dict[str, Any], bytes]:
    head, body = _LENGTHS.unpack(_received(line, _LENGTHS.size))
    return json.loads(_received(line, head)), _received(line, body)


def _done(request: dict[str, Any], raw: bytes) -> dict[str, Any] | str:
    from bot.channels.mail.read import attached_files, without_secrets

    if request["what"] == _FILE:
        found = (octets for file, octets in attached_files(raw) if file.sha256 == request["sha256"])
        return base64.b64encode(next(found, b"")).decode("ascii")
    if request["what"] == _MASKED:
        return base64.b64encode(without_secrets(raw)).decode("ascii")
    return as_json(_read(request, raw))


def _read(request: dict[str, Any], raw: bytes) -> Inbound:
    from bot.channels.mail.read import read_head, read_mail

    genuine = frozenset(request["genuine"])
    own = OwnMail(
        tuple(request["own"]["addresses"]), request["own"]["domain"], request["own"]["authserv_id"],
        genuine.__contains__,
    )  # fmt: skip
    return (read_mail if request["what"] == _WHOLE else read_head)(raw, request["key"], own=own)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
