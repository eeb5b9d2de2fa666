"""A real headless Chromium for tests of pages: Debian's, with the fonts that the set-up brings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><dir>/usr/share/fonts</dir><cachedir>{cache}</cachedir></fontconfig>"""
PATIENCE = 20
"""Seconds that a busy machine may take to show what a test asks for."""
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--lang=zh-CN",
    "--force-prefers-reduced-motion",
)


class Page:
    """A page in a browser, and what a reader does with it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, address: str) -> None:
        """Open the address afresh, also where only what follows # differs."""
        self.driver.get("about:blank")
        self.driver.get(address)

    def run(self, script: str, *arguments: Any) -> Any:
        """What the script returns."""
        return self.driver.execute_script(script, *arguments)

    def all(self, selector: str) -> list[WebElement]:
        """The elements that are seen."""
        return [found for found in self.driver.find_elements(By.CSS_SELECTOR, selector) if found.is_displayed()]

    def first(self, selector: str) -> WebElement:
        """The first element that is seen, as soon as one is."""
        found: list[WebElement] = WebDriverWait(self.driver, PATIENCE).until(lambda _: self.all(selector))
        return found[0]

    def click(self, selector: str) -> None:
        """Bring the first element that is seen to the middle, and click it."""
        element = self.first(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def press(self, keys: str) -> None:
        """Type on the page as a whole."""
        for key in keys:
            self.driver.find_element(By.TAG_NAME, "body").send_keys(key)

    def text(self, selector: str) -> str:
        """The visible text of the first element."""
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def dark(self, wanted: bool) -> None:
        """Let the system ask for dark or light."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if wanted else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def complaints(self) -> list[str]:
        """What the browser's console says since it was last asked."""
        entries: list[dict[str, str]] = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in entries]


@contextmanager
def chromium(folder: Path, width: int = 1440, height: int = 900) -> Iterator[Page]:
    """A browser; where there is none the test is skipped, but never in CI."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        reason = "no Chromium here: apt-get install chromium chromium-driver (`make test` does so as root)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    fonts = folder / "fonts.conf"
    fonts.write_text(
        FONTS.format(fonts=Path(pylopdf_fonts_zh_cn.__file__).parent, cache=folder / "fonts"), encoding="utf-8"
    )
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for option in (*OPTIONS, f"--window-size={width},{height}", f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(option)
    service = Service(driver, env={**os.environ, "FONTCONFIG_FILE": str(fonts)})
    started = webdriver.Chrome(options=options, service=service)
    try:
        yield Page(started)
    finally:
        started.quit()
