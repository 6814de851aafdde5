"""`.env.example` and the settings agree."""

import re
from pathlib import Path

from bot.settings import Settings

EXAMPLE = (Path(__file__).parent.parent / ".env.example").read_text()


def test_every_setting_stands_in_the_example_with_its_default_and_a_sentence() -> None:
    shown = dict(re.findall(r"^GUICHET_(\w+)=(.*)$", EXAMPLE, re.M))
    assert {key.lower() for key in shown} == set(Settings.model_fields)
    given = {key.lower(): value for key, value in shown.items() if value}
    assert Settings(**given, _env_file=None) == Settings(_env_file=None)  # type: ignore[arg-type,call-arg]
    assert not re.search(r"\n\nGUICHET|\nGUICHET_.*\nGUICHET", EXAMPLE), "a key without a sentence above it"


def test_secrets_do_not_show() -> None:
    settings = Settings(
        slack_bot_token="xoxb-secret", secret_key="hidden", relay_url="smtps://u:pw@host", _env_file=None
    )  # type: ignore[arg-type,call-arg]
    assert not any(secret in repr(settings) for secret in ("xoxb-secret", "hidden", "pw@"))
