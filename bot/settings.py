"""All settings, typed: environment or `.env`, prefix `GUICHET_`. Every key stands in `.env.example`."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Listed = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """What the operator decides. Secrets never show in a repr."""

    model_config = SettingsConfigDict(
        env_prefix="GUICHET_", env_file=(".env", ".env.demo"), env_ignore_empty=True, extra="forbid", frozen=True
    )

    database_url: str = "sqlite:///guichet.db"
    smtp_listen: str = "127.0.0.1:8025"
    support_addresses: Listed = ("support@guichet.example",)
    relay_url: SecretStr = SecretStr("maildir:outgoing")
    trusted_authserv_id: str = ""
    verify_senders: str = "dns"
    arc_forwarders: Listed = ()
    dns_servers: Listed = ()
    secret_key: SecretStr = SecretStr("")
    seller_file: Path | None = None
    from_name: str = "Guichet"
    portal_url: str = "http://127.0.0.1:8000/portal"
    support_url: str = "http://127.0.0.1:8000/portal/support"
    answer_caps: str = "stranger 1/d, contact 60/h"
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

    @field_validator("support_addresses", "slack_agents", "slack_team", "arc_forwarders", "dns_servers", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("verify_senders")
    @classmethod
    def _known_way(cls, value: str) -> str:
        if value not in ("dns", "none"):
            raise ValueError("`dns` asks the DNS who sent a mail, `none` proves nobody")
        return value

    @property
    def support_address(self) -> str:
        """The address that answers come from."""
        return self.support_addresses[0].lower()

    @property
    def mail_domain(self) -> str:
        """The domain of our Message-IDs."""
        return self.support_address.rpartition("@")[2]


def host_and_port(listen: str) -> tuple[str, int]:
    """`127.0.0.1:8025` and `[::1]:8025` as what a socket wants. Raises ValueError."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
