"""Take a picture of one page of Home Assistant: HASS_TOKEN=… photograph.py URL PICTURE.

Run by the Python of .tools, with Playwright and the system's Chromium.
"""

import json
import os
import sys
from urllib.parse import urlsplit

from playwright.sync_api import ViewportSize, sync_playwright

_SIZE = ViewportSize(width=1280, height=640)
_FAR = 4102444800000  # ms since 1970: never fetch another token
_SETTLE = 4000  # ms for animations and charts


def main(url: str, picture: str) -> None:
    """Log in as the frontend would have, open the page and save what it shows."""
    home = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    login = {
        "access_token": os.environ["HASS_TOKEN"],
        "token_type": "Bearer",
        "expires_in": 1800,
        "expires": _FAR,
        "hassUrl": home,
        "clientId": f"{home}/",
        "refresh_token": "",
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = browser.new_page(viewport=_SIZE)
        page.add_init_script(f"localStorage.hassTokens = {json.dumps(json.dumps(login))}")
        page.goto(url)
        page.wait_for_selector("home-assistant-main", state="attached")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(_SETTLE)
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
