"""All settings, typed: environment or `.env`, prefix `GUICHET_`. Every key stands in `.env.example`."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.hours import Region, regions_from

Listed = Annotated[tuple[str, ...], NoDecode]


@dataclass(frozen=True)
class Cap:
    """So many answers within a window of time."""

    count: int
    window: timedelta


_CAP = re.compile(
    r"(stranger|contact|domain|same text|wrong numbers) (\d{1,6})/([dh])|(conversation without progress) (\d{1,6})"
)


def caps_from(text: str) -> dict[str, Cap]:
    """Caps by their names; "off" is none. Raises ValueError."""
    caps: dict[str, Cap] = {}
    for part in (part.strip() for part in text.split(",") if text.strip() != "off"):
        found = _CAP.fullmatch(part)
        if found is None:
            raise ValueError(f"no answer cap: {part!r}; write `contact 60/h`, `stranger 1/d`, or `off` alone")
        window = timedelta(hours=1) if found[3] == "h" else timedelta(days=1)
        caps[found[1] or found[4]] = Cap(int(found[2] or found[5]), window)
    return caps


class Settings(BaseSettings):
    """What the operator decides. Secrets never show in a repr."""

    model_config = SettingsConfigDict(
        env_prefix="GUICHET_", env_file=(".env", ".env.demo"), env_ignore_empty=True, extra="forbid", frozen=True
    )

    database_url: str = "sqlite:///guichet.db"
    smtp_listen: str = "127.0.0.1:8025"
    support_addresses: Listed = ("support@guichet.example",)
    smtp_certificate: Path | None = None
    smtp_key: Path | None = None
    smtp_utf8: bool = True
    relay_url: SecretStr = SecretStr("maildir:outgoing")
    return_path: str = ""
    letter_megabytes: float = Field(default=15.0, gt=0)
    dkim_selector: str = ""
    dkim_domain: str = ""
    dkim_key_file: Path | None = None
    trusted_authserv_id: str = ""
    verify_senders: str = "dns"
    arc_forwarders: Listed = ()
    dns_servers: Listed = ()
    secret_key: SecretStr = SecretStr("")
    seller_file: Path | None = None
    from_name: str = "Guichet"
    portal_url: str = "http://127.0.0.1:8000/portal"
    support_url: str = "http://127.0.0.1:8000/portal/support"
    answer_caps: str = (
        "stranger 1/d, contact 60/h, domain 120/h, same text 2/h, wrong numbers 20/d, conversation without progress 3"
    )
    keep_days: str = Field(
        default="machine 30, unanswered 90, answered 2190", pattern=r"^machine \d+, unanswered \d+, answered \d+$"
    )
    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_api_url: str = ""
    slack_agents: Listed = ()
    slack_team: Listed = ()
    slack_escalation_channel: str = ""
    http_listen: str = "127.0.0.1:8000"
    public_url: str = "http://127.0.0.1:8000"
    clock: date | None = None
    zone: str = "Europe/Berlin"
    support_hours: str = Field(default="9-17", pattern=r"^\d{1,2}-\d{1,2}$")
    support_regions: str = "DE"
    remind_after_hours: int = Field(default=8, ge=1, le=200)

    @field_validator("support_addresses", "slack_agents", "slack_team", "arc_forwarders", "dns_servers", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("return_path")
    @classmethod
    def _one_address(cls, value: str) -> str:
        bare = value.replace("+{token}", "", 1)
        if value and (bare.count("@") != 1 or "{" in bare or bare.startswith("@") or bare.endswith("@")):
            raise ValueError("an address such as bounces+{token}@guichet.example, or one without +{token}")
        return value

    @field_validator("verify_senders")
    @classmethod
    def _known_way(cls, value: str) -> str:
        if value not in ("dns", "none"):
            raise ValueError("`dns` asks the DNS who sent a mail, `none` proves nobody")
        return value

    @field_validator("answer_caps")
    @classmethod
    def _known_caps(cls, value: str) -> str:
        caps_from(value)
        return value

    @model_validator(mode="after")
    def _known_regions(self) -> "Settings":
        regions_from(self.support_regions, hours=self.open_from_to, zone=self.zone)
        return self

    @property
    def regions(self) -> tuple[Region, ...]:
        """Where people of our support sit; the first looks after everybody who has no region of their own."""
        return regions_from(self.support_regions, hours=self.open_from_to, zone=self.zone)

    @property
    def open_from_to(self) -> tuple[int, int]:
        """The full hours between which support is there, on working days."""
        opens, _, closes = self.support_hours.partition("-")
        return int(opens), int(closes)

    @property
    def caps(self) -> dict[str, Cap]:
        """How often one sender is answered, by the names of the caps; empty: without limit."""
        return caps_from(self.answer_caps)

    @property
    def support_address(self) -> str:
        """The address that answers come from."""
        return self.support_addresses[0].lower()

    @property
    def our_addresses(self) -> tuple[str, ...]:
        """All addresses we take mail for, lower-case: where people write, and where bounces come."""
        bounces = self.return_path.replace("+{token}", "")
        return tuple(dict.fromkeys(address.lower() for address in (*self.support_addresses, bounces) if address))

    @property
    def mail_domain(self) -> str:
        """The domain of our Message-IDs."""
        return self.support_address.rpartition("@")[2]


def host_and_port(listen: str) -> tuple[str, int]:
    """`127.0.0.1:8025` and `[::1]:8025` as what a socket wants. Raises ValueError."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
