"""Take a picture of one page of Home Assistant: HASS_TOKEN=… photograph.py URL PICTURE.

Run by the Python of .tools, with Playwright and the system's Chromium.
"""

import argparse
import os
from urllib.parse import urlsplit

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tinyact_demo.browser import logged_in

_SETTLE = 4000  # ms for animations and charts


def main() -> None:
    """Log in as the frontend would have, open the page and save what it shows."""
    options = _parser().parse_args()
    home = "{0.scheme}://{0.netloc}".format(urlsplit(options.url))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = browser.new_page(
            viewport=ViewportSize(width=options.width, height=options.height),
            color_scheme="dark" if options.dark else "light",
        )
        page.add_init_script(logged_in(home, os.environ["HASS_TOKEN"]))
        page.goto(options.url)
        page.wait_for_selector("home-assistant-main", state="attached")
        _settle(page)
        for selector in options.click:
            page.locator(selector).first.click()
            _settle(page)
        page.screenshot(path=options.picture)
        browser.close()


def _settle(page: Page) -> None:
    """Wait until nothing is fetched any more, nor moves."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(_SETTLE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="photograph.py", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("picture")
    parser.add_argument("--width", type=int, default=1280, help="pixels")
    parser.add_argument("--height", type=int, default=640, help="pixels")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--click", action="append", default=[], metavar="SELECTOR")
    return parser


if __name__ == "__main__":
    main()
