"""What people do in a browser: a real one, without a screen, and no host but the service."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support import expected_conditions as become
from selenium.webdriver.support.ui import WebDriverWait

from anlokg.release.shelf import Release, Shelf
from serving import Served, served

PATIENCE_S = 30
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--window-size=1280,1600",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[WebDriver]:
    driver, program = shutil.which("chromedriver"), shutil.which("chromium")
    if driver is None or program is None:
        pytest.skip("Chromium and its driver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for option in OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        options.add_argument(f"--user-data-dir={folder}")
        started = webdriver.Chrome(options, webdriver.ChromeService(driver))
        try:
            yield started
        finally:
            started.quit()


@pytest.fixture(scope="module")
def service(shelf: Shelf, release: Release) -> Iterator[Served]:
    assert release.folder.is_dir()
    with served(releases=shelf.folder, log_requests=False) as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_is_amiss(browser: WebDriver) -> Iterator[None]:
    """No page asks another host, breaks its own policy, or fails in a script."""
    yield
    severe = [
        entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"
    ]
    assert severe == []


def test_the_adjusted_hazard_ratio_is_found_from_docs(browser: WebDriver, service: Served) -> None:
    """From the description of the interface to the figure, without a line of SPARQL."""
    wait = WebDriverWait(browser, PATIENCE_S)
    browser.get(f"{service.address}/docs")
    path = '//*[@data-path="/queries/compare-survival"]/ancestor::div[contains(@class, "opblock ")]'
    block = wait.until(become.presence_of_element_located((By.XPATH, path)))
    block.find_element(By.CSS_SELECTOR, ".opblock-summary-control").click()
    wait.until(lambda _: block.find_elements(By.CSS_SELECTOR, ".try-out__btn, .execute"))
    for button in block.find_elements(By.CSS_SELECTOR, ".try-out__btn"):
        if "cancel" not in (button.get_attribute("class") or ""):
            browser.execute_script("arguments[0].click()", button)
    execute = wait.until(lambda _: block.find_element(By.CSS_SELECTOR, ".execute"))
    browser.execute_script("arguments[0].click()", execute)
    text = wait.until(lambda _: _text(block, ".live-responses-table .response-col_description"))
    assert "0.437" in text
    assert "0.194" in text
    assert "0.984" in text


def test_a_question_is_asked_on_its_page(browser: WebDriver, service: Served) -> None:
    wait = WebDriverWait(browser, PATIENCE_S)
    browser.get(service.address)
    browser.find_element(By.PARTIAL_LINK_TEXT, "survival").click()
    wait.until(become.presence_of_element_located((By.CSS_SELECTOR, "form")))
    browser.get(f"{service.address}/queries/compare-survival.html")
    browser.find_element(By.CSS_SELECTOR, "main form [type=submit], main form button").click()
    # The page that was there has a table too, and goes while it is looked at.
    patient = WebDriverWait(
        browser,
        PATIENCE_S,
        ignored_exceptions=[NoSuchElementException, StaleElementReferenceException],
    )
    patient.until(lambda b: "?" in b.current_url)
    patient.until(lambda b: "0.437" in b.find_element(By.CSS_SELECTOR, "main table").text)


def test_a_search_leads_to_the_page_of_a_thing(browser: WebDriver, service: Served) -> None:
    wait = WebDriverWait(browser, PATIENCE_S)
    browser.get(f"{service.address}/search")
    browser.find_element(By.CSS_SELECTOR, "main input[name=q]").send_keys("anlotnib\n")
    link = wait.until(
        become.element_to_be_clickable((By.CSS_SELECTOR, 'main a[href*="anlotinib"]'))
    )
    link.click()
    wait.until(lambda b: "anlotinib" in b.find_element(By.CSS_SELECTOR, "h1").text.lower())
    assert "/page/drug/anlotinib" in browser.current_url


def test_sparql_is_asked_in_the_editor(browser: WebDriver, service: Served) -> None:
    wait = WebDriverWait(browser, PATIENCE_S)
    browser.get(f"{service.address}/sparql")
    box = wait.until(become.presence_of_element_located((By.CSS_SELECTOR, "textarea[name=query]")))
    box.clear()
    box.send_keys("SELECT ?n { <https://w3id.org/anlokg/id/drug/anlotinib> ?p ?n } ORDER BY ?n")
    box.submit()
    table = wait.until(become.presence_of_element_located((By.CSS_SELECTOR, "main table")))
    assert "anlotinib" in table.text.lower()


def _text(block: object, selector: str) -> str:
    found = block.find_elements(By.CSS_SELECTOR, selector)  # type: ignore[attr-defined]
    return "\n".join(element.text for element in found)
