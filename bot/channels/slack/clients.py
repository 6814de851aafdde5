"""Slack clients as we use them: no retry behind our back, no proxy between us and our own machine."""

import logging
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient

SLACK_API = "https://slack.com/api/"
LOOPBACK = ("127.0.0.1", "localhost", "::1")

# The SDK writes whole payloads at DEBUG and bodies of refused requests at INFO; people's words are no log lines.
sdk_log = logging.getLogger("bot.channels.slack.sdk")
sdk_log.setLevel(logging.ERROR)


def base_url(api_url: str) -> str:
    """The address of the Web API; the SDK appends the method, so the last slash matters."""
    return (api_url or SLACK_API).rstrip("/") + "/"


def is_local(api_url: str) -> bool:
    """Whether the workspace is the demo's, on this machine."""
    return urlsplit(base_url(api_url)).hostname in LOOPBACK


def async_client(token: str, api_url: str, *, timeout: int = 30) -> AsyncWebClient:
    """For the door. A call that fails is told to Slack, which then delivers again."""
    url = base_url(api_url)
    client = AsyncWebClient(token=token, base_url=url, timeout=timeout, retry_handlers=[], logger=sdk_log)
    if is_local(api_url):
        client.proxy = None  # the SDK obeys HTTPS_PROXY and ignores NO_PROXY
    return client


def sync_client(token: str, api_url: str, *, timeout: int = 10) -> WebClient:
    """For the sender. The SDK's own retry would post a message twice when only the answer was lost."""
    url = base_url(api_url)
    client = WebClient(token=token, base_url=url, timeout=timeout, retry_handlers=[], logger=sdk_log)
    if is_local(api_url):
        client.proxy = None
    return client
