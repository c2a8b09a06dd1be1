"""The status page in a real Chromium, over a real socket, with a head that was really fitted."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from playwright.async_api import Browser, Page, async_playwright, expect
import pytest

from tinyact_cloud.service.app import Service
from tinyact_cloud.service.auth import create_token
from tinyact_cloud.service.database import Database

from .teaching import Client, fit, teach

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # As root, as in a container, Chromium has no sandbox of its own.
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        await started.close()


@pytest.fixture
async def page(browser: Browser, client: TestClient[Any, Any]) -> Page:
    """The page without a token, as a phone shows it."""
    opened = await browser.new_page(viewport={"width": 360, "height": 740})
    await opened.goto(str(client.make_url("/")))
    return opened


def token_of(client: Client) -> str:
    return str(client.session.headers["Authorization"]).removeprefix("Bearer ")


async def enter(page: Page, token: str) -> None:
    await page.get_by_label("Token").fill(token)
    await page.keyboard.press("Enter")


async def test_a_person_reads_what_was_taught(
    page: Page, client: Client, service: Service, tmp_path: Path
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await teach(client)
    assert service.served is not None
    working = asyncio.create_task(service.fit(service.served))
    job = await fit(client)
    working.cancel()
    # From here on by keyboard.
    await page.reload()
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Token")).to_be_focused()
    await page.keyboard.type(token_of(client))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="Model")).to_contain_text("tinyact-test")
    shown = page.get_by_role("region", name="Examples")
    await expect(shown).to_contain_text("Site home: 8 examples.")
    await expect(shown.get_by_role("row", name="exercises")).to_contain_text("8")
    fits = page.get_by_role("region", name="Last fits")
    await expect(fits.get_by_role("heading", level=3)).to_contain_text("done, version 1")
    plot = fits.get_by_role("img")
    await expect(plot).to_have_accessible_name(f"Found per label: {plot_words(job)}")
    assert "exercises nothing before, " in plot_words(job)
    known = [x for x in job["report"]["report"] if x["recall_after"] is not None]
    assert await plot.locator("circle").count() == len(known)
    await fits.get_by_text("The numbers").press("Enter")
    await expect(fits.get_by_role("table")).to_be_visible()
    await expect(page.get_by_role("button", name="undo")).to_have_count(0)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        assert await contrast(page) >= 4.5
        await page.screenshot(path=tmp_path / f"{scheme}.png", full_page=True)
    assert {url.split("/")[2] for url in asked} == {client.make_url("/").raw_authority}
    assert complaints == []


def plot_words(job: dict[str, Any]) -> str:
    def percent(share: float | None) -> str:
        return "nothing" if share is None else f"{int(share * 100 + 0.5)} %"

    return "; ".join(
        f"{label['label']} {percent(label['recall_before'])} before, "
        f"{percent(label['recall_after'])} after"
        for label in job["report"]["report"]
    )


async def contrast(page: Page) -> float:
    """Return the least contrast of text and ground in use (WCAG 2.2, 1.4.3)."""
    return float(
        await page.evaluate(
            """() => {
          const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
          const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
            .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const ground = (node) => {
            for (let at = node; at; at = at.parentElement) {
              const colour = rgb(getComputedStyle(at).backgroundColor);
              if (colour.length < 4 || colour[3] > 0) return colour;
            }
            return [255, 255, 255];
          };
          const texts = [...document.querySelectorAll("body *")].filter(
            (node) => node.checkVisibility() && node.innerText?.trim());
          return Math.min(...texts.map((node) => {
            const style = getComputedStyle(node);
            const [a, b] = [light(rgb(style.color)), light(ground(node))];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          }));
        }"""
        )
    )


async def test_nothing_without_a_token_and_nothing_kept(
    page: Page, client: Client, database: Database
) -> None:
    content = await page.content()
    assert "tinyact-test" not in content
    await enter(page, "wrong")
    await expect(page.get_by_role("status")).to_contain_text("does not know this token")
    await expect(page.get_by_label("Token")).to_be_focused()
    await enter(page, token_of(client))
    await expect(page.get_by_role("region", name="Model")).to_be_visible()
    await page.reload()  # of the same tab
    await expect(page.get_by_role("region", name="Model")).to_be_visible()
    assert await page.evaluate("localStorage.length + document.cookie.length") == 0
    await page.get_by_role("button", name="Forget the token").click()
    await expect(page.get_by_role("region", name="Model")).to_be_hidden()
    assert await page.evaluate("sessionStorage.length") == 0
    await enter(page, await create_token(database, "reader", scope="classify"))
    await expect(page.get_by_role("region", name="Examples")).to_contain_text("classify only")


async def test_labels_are_text_and_sites_apart(
    page: Page, client: Client, database: Database
) -> None:
    await teach(client, 2, label="<img src=x onerror=alert(1)>")
    await enter(page, token_of(client))
    examples = page.get_by_role("region", name="Examples")
    await expect(examples).to_contain_text("<img src=x onerror=alert(1)>")
    assert await page.locator("img").count() == 0
    await page.get_by_role("button", name="Forget the token").click()
    await enter(page, await create_token(database, "other", "cabin"))
    await expect(examples).to_contain_text("Site cabin: 0 examples.")


async def test_policy(client: Client) -> None:
    response = await client.get("/", headers={"Authorization": ""})
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert policy.endswith("frame-ancestors 'none'")
    # Within Home Assistant it is in a frame, which the Supervisor says.
    response = await client.get("/", headers={"X-Ingress-Path": "/api/hassio_ingress/x"})
    assert response.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    assert "http" not in (await response.text()).replace("http://www.w3.org/2000/svg", "")
