"""A real Postfix of its own in front of the counter: its own folder, queue and ports; the system's is not touched."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from tests.running import AUTHSERV, free_port

DOMAIN = "guichet.example"

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/state
maillog_file = {home}/mail.log
maillog_file_prefixes = {home}
myhostname = {edge}
mydomain = {domain}
mydestination =
local_recipient_maps =
alias_maps =
relay_domains = {domain}
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
recipient_delimiter = +
transport_maps = inline:{{ {domain}=smtp:[127.0.0.1]:{counter} }}
default_transport = smtp:[127.0.0.1]:{elsewhere}
smtp_dns_support_level = disabled
smtp_tls_security_level = none
smtpd_forbid_bare_newline = yes
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_sender_restrictions = check_sender_access texthash:{home}/verdicts
header_checks = regexp:{home}/strip
message_size_limit = 27262976
mailbox_size_limit = 0
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
"""


class Postfix:
    """Start with `with`. Takes mail on `port`; hands ours to the counter, everything else to `elsewhere`.

    Needs Debian's `postfix` and the rights of root (or sudo without a password): without them the test fails.
    """

    def __init__(self, *, counter: int, elsewhere: int, proven: tuple[str, ...], port: int | None = None) -> None:
        self.port = port or free_port()
        self._ports = {"counter": counter, "elsewhere": elsewhere}
        self._proven = proven
        self._home = Path(tempfile.mkdtemp(prefix="edge-"))

    def __enter__(self) -> "Postfix":
        self._home.chmod(0o755)  # its processes drop their rights
        config = self._home / "config"
        config.mkdir()
        facts = {"home": self._home, "edge": AUTHSERV, "domain": DOMAIN, "port": self.port, **self._ports}
        (config / "main.cf").write_text(MAIN.format(**facts))
        (config / "master.cf").write_text(MASTER.format(**facts))
        # What a milter for DMARC would write; what strangers write in its name is taken out.
        verdicts = (
            f"{one} PREPEND Authentication-Results: {AUTHSERV}; dmarc=pass header.from={one.rpartition('@')[2]}"
            for one in self._proven
        )
        (self._home / "verdicts").write_text("\n".join(verdicts) + "\n")
        (self._home / "strip").write_text(f"/^Authentication-Results:\\s*{AUTHSERV}\\s*;.*forged/ IGNORE\n")
        for name in ("queue", "state"):
            (self._home / name).mkdir()
        self._as_root("chown", "postfix", str(self._home / "state"))
        self._as_root("postfix", "-c", str(config), "start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._as_root("postfix", "-c", str(self._home / "config"), "stop")
        self._as_root("rm", "-r", str(self._home))

    @property
    def log(self) -> str:
        """What it wrote."""
        found = self._home / "mail.log"
        return found.read_text(errors="replace") if found.exists() else ""

    def _as_root(self, *command: str) -> None:
        program = shutil.which(command[0], path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        assert program, f"{command[0]} is missing: .ci/programs installs it"
        prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
        done = subprocess.run([*prefix, program, *command[1:]], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}{self.log}"
