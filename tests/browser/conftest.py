"""Chromium, driven as a person would, and a demo to look at with it."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.running import free_port

PATIENCE = 30  # seconds
DRIVER = "/usr/bin/chromedriver"  # Debian's chromium-driver: Selenium would fetch one from the network


@dataclass(frozen=True)
class Browser:
    """One window on one machine."""

    driver: webdriver.Chrome
    home: str

    def open(self, path: str = "") -> None:
        """Go to a page of the machine, or to a whole address."""
        self.driver.get(path if path.startswith("http") else self.home + path)

    def find(self, css: str) -> WebElement:
        """The first element; waits for it."""
        return WebDriverWait(self.driver, PATIENCE).until(lambda driver: driver.find_element(By.CSS_SELECTOR, css))

    def addresses(self, css: str) -> list[str]:
        """Where links lead; none are waited for."""
        found = self.driver.find_elements(By.CSS_SELECTOR, css)
        return [str(link.get_attribute("href")) for link in found]

    def press(self, words: str, within: str = "body") -> None:
        """Press the last button or link with these words, as the newest thing on the page is what people act on."""
        path = f".//button[normalize-space()='{words}'] | .//a[normalize-space()='{words}']"

        def pressed(_: object) -> bool:
            wanted = self.find(within).find_elements(By.XPATH, path)
            if wanted:
                wanted[-1].click()
            return bool(wanted)

        changing = (StaleElementReferenceException,)  # the page renews what is looked for
        WebDriverWait(self.driver, PATIENCE, ignored_exceptions=changing).until(pressed, words)

    def write(self, css: str, text: str) -> None:
        """Write into a field, over what stands in it."""
        field = self.find(css)
        field.clear()
        field.send_keys(text)

    def choose(self, css: str, value: str) -> None:
        """Choose from a list."""
        Select(self.find(css)).select_by_value(value)

    def text(self, css: str = "body") -> str:
        """What a person reads there."""
        return str(self.find(css).text)

    def wait_for(self, words: str, css: str = "body", *, path: str = "") -> None:
        """Wait until words stand somewhere; `path` is opened anew each time."""

        def stands(_: object) -> bool:
            if path:
                self.open(path)
            with suppress(StaleElementReferenceException):  # the page is just changing
                return words in self.text(css)
            return False

        WebDriverWait(self.driver, PATIENCE, poll_frequency=0.5).until(stands, f"{words!r} in {css}")

    def narrow(self) -> None:
        """As wide as a telephone."""
        size = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def dark(self) -> None:
        """As by somebody who prefers a dark screen."""
        features = [{"name": "prefers-color-scheme", "value": "dark"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def speak(self, language: str) -> None:
        """As a browser in this language asks."""
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {"Accept-Language": language}})

    @property
    def overhang(self) -> int:
        """How many pixels one would have to scroll sideways."""
        script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.driver.execute_script(script))

    @property
    def complaints(self) -> list[str]:
        """What the console of the browser says about the pages: broken scripts, refused styles."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`guichet demo` in its own process; gives its address."""
    folder: Path = tmp_path_factory.mktemp("demo")
    smtp, http, slack = free_port(), free_port(), free_port()
    environment = {
        **os.environ, "GUICHET_SMTP_LISTEN": f"127.0.0.1:{smtp}", "GUICHET_HTTP_LISTEN": f"127.0.0.1:{http}",
        "GUICHET_PUBLIC_URL": f"http://127.0.0.1:{http}", "GUICHET_DEMO_SLACK_PORT": str(slack),
    }  # fmt: skip
    home = f"http://127.0.0.1:{http}"
    with (folder / "demo.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo"], cwd=folder, env=environment, stdout=log, stderr=log
        )
        try:
            _await_ready(home, process, folder / "demo.log")
            yield home
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _await_ready(home: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(400):
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        with (
            suppress(urllib.error.URLError, TimeoutError),
            closing(urllib.request.urlopen(f"{home}/readyz", timeout=1)),
        ):
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    raise AssertionError("the demo did not open: " + log.read_text(errors="replace")[-2000:])


@pytest.fixture
def browser(demo: str) -> Iterator[Browser]:
    """A fresh window without memory."""
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1400,1000"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, Service(DRIVER))
    driver.set_page_load_timeout(PATIENCE)
    try:
        yield Browser(driver, demo)
    finally:
        driver.quit()
