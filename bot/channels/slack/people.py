"""Who somebody in Slack is: of our own team, a guest, somebody else's; and the language they read."""

import time
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.labels import language_of
from bot.channels.slack.stored import Json
from bot.messages import Language

FRESH_SECONDS = 300.0  # a person who became a guest is one for us after at most five minutes
MOST_PEOPLE = 10_000


@dataclass(frozen=True)
class Person:
    """A Slack user as far as the door needs to know."""

    ours: bool  # a full member of our own workspace: no guest, no bot, nobody from another company
    language: Language


class People:
    """Looks people up, and remembers them for five minutes."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._known: dict[str, tuple[float, Person]] = {}

    async def find(self, user: str, team: str) -> Person:
        """The person behind a user id. Raises what kept Slack from answering: then nobody is let in."""
        found = self._known.get(user)
        if found and time.monotonic() - found[0] < FRESH_SECONDS:
            return found[1]
        answer = await self._client.users_info(user=user, include_locale=True)
        person = _person(answer["user"], team)
        if len(self._known) >= MOST_PEOPLE:
            self._known.clear()
        self._known[user] = time.monotonic(), person
        return person


def _person(user: Json, team: str) -> Person:
    barred = ("is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "deleted")
    ours = user.get("team_id") == team and not any(user.get(flag) for flag in barred)
    return Person(ours, language_of(user.get("locale") or ""))
