"""What people see in a browser: the demo from mail to approval, and the pages that answers link to."""

import re
import time

import pytest

from tests.browser.conftest import Browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ASKED = {
    "de": (
        "martin.linden@kunde.example",
        "Guten Tag,\n\nbitte aktivieren Sie das Kundenportal, Rechnungsnummer RE-2026-000123.",
    ),
    "fr": ("comptabilite@client.example", "Bonjour,\n\nmerci de m'envoyer la facture RE-2026-000108."),
    "en": ("accounts@customer.example", "Hello,\n\nplease send me invoice RE-2026-000119."),
}
OPEN_INVOICE = {
    "de": (
        "martin.linden@kunde.example",
        "Guten Tag,\n\nbitte senden Sie mir den Zahlungslink zur Rechnung RE-2026-000123.",
    ),
    "fr": ("comptabilite@client.example", "Bonjour,\n\nje souhaite payer la facture RE-2026-000122, merci."),
    "en": ("juergen@moebel-muessiggang.example", "Hello,\n\nwe would like to pay invoice RE-2026-000120."),
}


def send(browser: Browser, sender: str, text: str, subject: str) -> None:
    browser.open("/demo")
    browser.choose("select[name=from]", sender)
    browser.write("input[name=subject]", subject)
    browser.write("textarea[name=text]", text)
    browser.press("Send", "#write")


def link_mailed_to(browser: Browser, recipient: str, path: str) -> str:
    """The address under this path in one of the newest mails to somebody, once there is one."""
    for _ in range(15):
        browser.open("/demo")
        for address in browser.addresses(".mails a")[:3]:
            browser.open(address)
            if recipient in browser.text(".letter .meta"):
                browser.find(".letter details summary").click()
                if found := re.search(rf"https?://\S*?{path}[^\s)>]+", browser.text(".letter details pre")):
                    return found[0]
        time.sleep(1)
    raise AssertionError(f"no mail with a link to {path}")


@pytest.mark.parametrize("language", ASKED)
def test_a_mail_written_on_the_page_is_answered_on_the_page(browser: Browser, language: str) -> None:
    sender, text = ASKED[language]
    send(browser, sender, text, f"Test {language}")
    browser.wait_for(sender, ".mails", path="/demo")
    assert browser.complaints == []


def test_an_agent_approves_a_new_name_in_the_demo_slack(browser: Browser) -> None:
    browser.open("/demo?as=ada&in=support-escalations")
    browser.wait_for("Maison Dupain SAS", "ol.talk", path="/demo?as=ada&in=support-escalations")
    browser.press("Approve", "ol.talk")
    browser.wait_for("Maison Dupain SAS", ".modal")
    browser.press("Approve", ".modal")
    browser.wait_for("noemie@dupain.example", ".mails", path="/demo")
    browser.wait_for("Approved", "ol.talk", path="/demo?as=ada&in=support-escalations")
    assert browser.complaints == []


@pytest.mark.parametrize("language", OPEN_INVOICE)
def test_the_pay_page_fits_a_telephone_and_a_dark_screen(browser: Browser, language: str) -> None:
    sender, text = OPEN_INVOICE[language]
    send(browser, sender, text, f"Pay {language}")
    link = link_mailed_to(browser, sender, "/pay/")
    browser.narrow()
    browser.dark()
    browser.speak(language)
    browser.open(link)
    assert browser.driver.find_element("tag name", "html").get_attribute("lang") == language
    assert browser.overhang == 0
    assert "IBAN" in browser.text()
    assert browser.complaints == []


def test_a_link_in_a_mail_that_is_shown_opens_beside_the_demo(browser: Browser) -> None:
    sender, text = OPEN_INVOICE["en"]
    send(browser, sender, text, "A link")
    link_mailed_to(browser, sender, "/pay/")
    shown = browser.driver.current_window_handle
    browser.driver.switch_to.frame(browser.find(".letter iframe"))
    browser.find("a[href*='/pay/']").click()
    [beside] = set(browser.driver.window_handles) - {shown}
    browser.driver.switch_to.window(beside)
    browser.wait_for("RE-2026-000120")
    browser.driver.close()
    browser.driver.switch_to.window(shown)


def test_the_set_up_page_acts_on_the_button_only(browser: Browser) -> None:
    sender, text = ASKED["de"]
    send(browser, sender, text, "Portal")
    link = link_mailed_to(browser, sender, "/setup/")
    browser.speak("de")
    browser.narrow()
    for _ in range(2):  # a scanner that opened the link before spoils nothing
        browser.open(link)
    assert browser.overhang == 0
    browser.wait_for("Kundenportal")
    browser.find("button").click()
    browser.wait_for("Ab sofort")
    assert browser.complaints == []


TO_SOMEBODY = {
    "de": ("martin.linden@kunde.example", "Bitte senden Sie die Rechnung RE-2026-000123 an de@click.example", "Ja"),
    "fr": ("direction@client.example", "Merci d'envoyer la facture RE-2026-000122 à fr@click.example", "Oui"),
    "en": ("oliver.hart@customer.example", "Please send invoice RE-2026-000119 to en@click.example", "Yes"),
}


@pytest.mark.parametrize("language", TO_SOMEBODY)
def test_a_question_is_answered_with_a_button_on_a_narrow_dark_screen(browser: Browser, language: str) -> None:
    sender, text, yes = TO_SOMEBODY[language]
    send(browser, sender, text, f"Click {language}")
    link = link_mailed_to(browser, sender, "/confirm/")
    browser.narrow()
    browser.dark()
    for _ in range(2):  # a scanner that opened the link before spoils nothing
        browser.open(link)
    assert browser.driver.find_element("tag name", "html").get_attribute("lang") == language
    assert (browser.overhang, f"{language}@click.example" in browser.text(".question")) == (0, True)
    assert browser.find("button").text == yes
    browser.press(yes)
    browser.wait_for("2026-0001", "h1")
    assert browser.overhang == 0
    browser.open(link)
    assert browser.driver.find_elements("tag name", "button") == []
    browser.wait_for(f"{language}@click.example", ".mails", path="/demo")
    assert browser.complaints == []
