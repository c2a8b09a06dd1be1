"""The card, in a real browser, on a dashboard of a real Home Assistant, before a real edge."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
import json
import re
from typing import Any

from playwright.async_api import (
    Browser,
    Locator,
    Page,
    ViewportSize,
    WebSocketRoute,
    async_playwright,
    expect,
)
import pytest
import pytest_asyncio

from tests.e2e.conftest import READING, YAML_DASHBOARD
from tinyact_demo.browser import logged_in
from tinyact_demo.processes import eventually
from tinyact_demo.stack import ROOT, Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

DASHBOARD = "tiny-act"
PATIENCE = 60_000  # ms until somebody does something
# Learning steps back for everything else that runs, other tests here.
PATIENCE_LEARNING = 5 * PATIENCE
# Nobody answers there.
NOWHERE = "http://127.0.0.1:9/"
PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1000, height=900)
CARD = "tinyact-timeline-card"
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
expect.set_options(timeout=PATIENCE)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def dashboard(stack: Stack) -> Stack:
    """Return the stack, with a dashboard of one card and a camera that keeps pictures."""
    async with stack.home_assistant.listen() as socket:
        await socket.command(
            "lovelace/dashboards/create", url_path=DASHBOARD, title="Home", mode="storage"
        )
        cards = [{"type": f"custom:{CARD}"}]
        views = [{"title": "Home", "cards": cards}]
        await socket.command("lovelace/config/save", url_path=DASHBOARD, config={"views": views})
    await _edge(stack, "PATCH", "/api/cameras/hall", {"snapshots": True, "clips": True})
    return stack


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Run Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium")
        yield browser
        await browser.close()


@asynccontextmanager
async def _page(
    browser: Browser,
    stack: Stack,
    size: ViewportSize,
    path: str = DASHBOARD,
    meddle: Callable[[WebSocketRoute], None] | None = None,
    **context: Any,
) -> AsyncIterator[Page]:
    """Open the dashboard; an error that nobody caught in it fails the test.

    `meddle` comes between the page and Home Assistant's WebSocket.
    """
    home = stack.home_assistant
    errors: list[str] = []
    page = await browser.new_page(viewport=size, **context)
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: errors.append(str(error)))
    if meddle:
        await page.route_web_socket("**/api/websocket", meddle)
    await page.add_init_script(logged_in(home.url, home.token))
    await page.goto(f"{home.url}/{path}/0")
    yield page
    await page.close()
    assert errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, dashboard: Stack) -> AsyncIterator[Page]:
    """Return the dashboard, when the card lists what was done."""
    async with _page(browser, dashboard, DESK) as page:
        await _rows(page).first.wait_for()
        yield page


def _rows(page: Page) -> Locator:
    return page.locator(f"{CARD} .row")


async def _edge(stack: Stack, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {stack.edge.token}"}
    async with stack.edge.session.request(
        method, stack.edge.url + path, json=body, headers=headers
    ) as response:
        response.raise_for_status()
        return None if response.status == HTTPStatus.NO_CONTENT else await response.json()


async def _key(row: Locator) -> int:
    """Return the id of the action that a row shows."""
    key = await row.get_attribute("data-key")
    assert key is not None
    return int(key.rpartition("/")[2])


async def test_shows_what_the_journal_holds(dashboard: Stack, page: Page) -> None:
    """A row is an action of the edge's journal, and a picture once there is one."""
    row = _rows(page).last
    number = await _key(row)
    action = await _edge(dashboard, "GET", f"/api/actions/{number}")
    shown = await row.inner_text()
    assert "Hall" in shown
    assert f"{action['confidence']:.0%}" in shown

    picture = page.locator(f"{CARD} .row img").first
    await picture.wait_for()
    assert await picture.evaluate("img => img.decode().then(() => img.naturalWidth)") > 0


async def test_clip_plays(dashboard: Stack, page: Page) -> None:
    """A clip goes from the edge through Home Assistant into the browser's player."""

    async def with_clip() -> int | None:
        journal = await _edge(dashboard, "GET", "/api/actions")
        return next((action["id"] for action in journal["actions"] if action["clip"]), None)

    number = await eventually(with_clip, PATIENCE / 1000)
    await page.locator(f"{CARD} .row[data-key$='/{number}']").click()
    await page.get_by_role("button", name="Play the clip").click()
    await page.locator(f"{CARD} video").evaluate(
        "video => new Promise((played, failed) => {"
        "  video.ontimeupdate = () => video.currentTime > 0.2 && played();"
        "  video.onerror = () => failed(video.error.message);"
        "})"
    )


async def test_live_update(page: Page) -> None:
    """What is done now comes on top by itself, and is said to who cannot see it."""
    before = await _key(_rows(page).first)
    announcement = page.locator(f"{CARD} ha-card > .unseen")
    await expect(announcement).not_to_have_text(await announcement.inner_text())
    assert await _key(_rows(page).first) > before
    assert "Hall" in await announcement.inner_text()


async def test_filter(dashboard: Stack, page: Page) -> None:
    """Only what was chosen is listed, all of it, also the next time; nothing chosen is all."""
    label = (await _edge(dashboard, "GET", "/api/actions?limit=1"))["actions"][0]["label"]
    chips = page.get_by_role("group", name="Actions").get_by_role("button")
    pressed = page.locator(f"{CARD} .chip[aria-pressed=true]")
    fights = chips.filter(has_text="Fights")
    await fights.click()
    if not (await _edge(dashboard, "GET", "/api/actions?label=fight"))["actions"]:
        await expect(page.get_by_text("Nothing of what you chose")).to_be_visible()
    reading = READING[label]
    await chips.filter(has_text=reading).click()
    await expect(pressed).to_have_count(2)

    async def only_these() -> None:
        others = _rows(page).filter(has_not_text=re.compile(f"{reading}|Fights"))
        await expect(others).to_have_count(0)
        await _rows(page).first.wait_for()
        query = f"label={label}&label=fight&limit=500"
        journal = await _edge(dashboard, "GET", f"/api/actions?{query}")
        assert await _key(_rows(page).last) == journal["actions"][-1]["id"]

    await only_these()
    await page.reload()
    await expect(pressed.filter(has_text="Fights")).to_be_visible()
    await only_these()
    await fights.click()
    await expect(pressed).to_have_text(re.compile(reading))
    await chips.first.click()
    await expect(pressed.filter(has_text="All")).to_be_visible()
    await expect(_rows(page).first).to_be_visible()


async def test_how_often_today(dashboard: Stack, page: Page) -> None:
    """A choice of action says how often it was seen, and for how long; it counts on."""
    chips = page.get_by_role("group", name="Actions").get_by_role("button")

    async def counts() -> dict[str, int] | None:
        """Return what the journal has of each action, where the card has the same."""
        journal = (await _edge(dashboard, "GET", "/api/totals"))["totals"]
        for total in journal:
            reading = READING.get(total["label"], total["label"])
            shown = await chips.filter(has_text=reading).inner_text()
            if not re.fullmatch(rf"{reading}\s*{total['count']}\D+\d.*", shown):
                return None
        return {total["label"]: total["count"] for total in journal}

    before = await eventually(counts, PATIENCE / 1000)

    async def more() -> bool | None:
        now = await counts()
        return True if now and sum(now.values()) > sum(before.values()) else None

    assert await eventually(more, PATIENCE / 1000)


async def test_choose_among_cameras(dashboard: Stack, page: Page) -> None:
    """Of several cameras each has its own counts, and each of them is a filter."""
    await _edge(dashboard, "POST", "/api/cameras", {"name": "Attic", "url": NOWHERE})
    try:
        cameras = page.get_by_role("group", name="Cameras").get_by_role("button")
        attic, hall = cameras.filter(has_text="Attic"), cameras.filter(has_text="Hall")
        await attic.click()
        await expect(page.get_by_text("Nothing of what you chose")).to_be_visible()
        await hall.click()
        await expect(attic).to_have_attribute("aria-pressed", "true")
        await expect(_rows(page).filter(has_text="Hall").first).to_be_visible()

        tally = page.get_by_role("group", name="Hall").get_by_role("button")
        reading = (await tally.last.get_attribute("aria-label") or "").partition(",")[0]
        await tally.first.focus()
        await page.keyboard.press("End")
        await page.keyboard.press("Enter")
        await expect(tally.last).to_be_focused()
        await expect(tally.last).to_have_attribute("aria-pressed", "true")
        await expect(attic).to_have_attribute("aria-pressed", "false")
        await expect(_rows(page).filter(has_not_text=reading)).to_have_count(0)
        await expect(_rows(page).first).to_be_visible()
        await page.get_by_role("button", name=f"{reading}, ").click()
        await expect(cameras.first).to_have_attribute("aria-pressed", "true")
    finally:
        await _edge(dashboard, "DELETE", "/api/cameras/attic")


async def test_long_day_is_shown_whole(browser: Browser, dashboard: Stack) -> None:
    """A day is loaded page by page, here of one action each, until all of it is there."""

    def small_pages(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def ask(message: str | bytes) -> None:
            command = json.loads(message)
            if command["type"] == "tinyact/actions":
                command["limit"] = 1
            server.send(json.dumps(command))

        socket.on_message(ask)

    journal = (await _edge(dashboard, "GET", "/api/actions?limit=500"))["actions"]
    assert len(journal) > 1
    async with _page(browser, dashboard, DESK, meddle=small_pages) as page:
        await expect(page.locator(f"{CARD} .row[data-key$='/{journal[-1]['id']}']")).to_be_visible()
        for action in journal:
            await expect(page.locator(f".row[data-key$='/{action['id']}']")).to_have_count(1)


async def test_other_days(page: Page) -> None:
    """Yesterday there was nothing, and there is no tomorrow."""
    await expect(page.get_by_role("button", name="The day after")).to_be_disabled()
    await page.get_by_role("button", name="The day before").click()
    await expect(page.get_by_text("Nothing was seen on this day.")).to_be_visible()
    await page.get_by_role("button", name="The day after").click()
    await expect(_rows(page).first).to_be_visible()


async def test_keyboard_alone(page: Page) -> None:
    """Arrows walk, Enter opens, Escape closes and leads back."""
    await _rows(page).last.focus()
    await page.keyboard.press("ArrowUp")
    rows = await _rows(page).all()
    number = await _key(rows[-2])
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="Correct")).to_be_visible()
    for _ in range(20):
        await page.keyboard.press("Tab")
    assert await page.evaluate(
        f"document.querySelector('home-assistant') && !!{_active('tinyact-action-dialog')}"
    ), "the focus left the dialog"
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    focused = await page.evaluate(f"{_active('button.row')}.dataset.key")
    assert focused.endswith(f"/{number}")


def _active(selector: str) -> str:
    """Return an expression for what matches `selector` among the focused element and its hosts."""
    return f"""(() => {{
      let found = null;
      for (let at = document.activeElement; at; at = at.shadowRoot?.activeElement)
        if (at.matches({selector!r})) found = at;
      return found;
    }})()"""


async def test_nothing_bars_a_screen_reader(page: Page) -> None:
    """The list, an action, the choice of labels and learning break none of axe's rules."""
    await page.evaluate(AXE.read_text())

    async def broken() -> list[str]:
        found: list[str] = await page.locator(CARD).evaluate(
            "async card => (await axe.run(card)).violations.flatMap("
            "rule => rule.nodes.map(node => `${rule.id}: ${node.html}`))"
        )
        return found

    assert await broken() == []
    await _rows(page).last.click()
    await page.get_by_role("button", name="Correct").wait_for()
    assert await broken() == []
    await page.get_by_role("button", name="This was …").click()
    await page.get_by_label("Something else").wait_for()
    assert await broken() == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Learning").click()
    await page.get_by_text("As delivered").wait_for()
    assert await broken() == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Zones to ignore").click()
    await page.get_by_role("button", name="Add a zone").click()
    assert await broken() == []


async def test_zones_are_drawn_on_what_the_camera_sees(dashboard: Stack, page: Page) -> None:
    """With the mouse or the keyboard; nothing drawn is lost by mistake, and the edge has it."""

    async def ignored() -> list[list[list[float]]]:
        cameras = (await _edge(dashboard, "GET", "/api/cameras"))["cameras"]
        camera = next(each for each in cameras if each["id"] == "hall")
        zones: list[list[list[float]]] = camera["settings"]["ignore"]
        return zones

    await page.get_by_role("button", name="Zones to ignore").click()
    dialog = page.get_by_role("dialog", name="Zones to ignore")
    picture = dialog.get_by_role("img", name="Hall")
    assert await picture.evaluate("img => img.decode().then(() => img.naturalWidth)") > 0
    box = await picture.bounding_box()
    assert box

    async def drag(*way: tuple[float, float]) -> None:
        for step, (x, y) in enumerate(way):
            await page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            if step == 0:
                await page.mouse.down()
        await page.mouse.up()

    def zone(left: int, right: int, top: int, bottom: int) -> Locator:
        dash = "\N{EN DASH}"
        across, down = f"{left}%{dash}{right}%", f"{top}%{dash}{bottom}%"
        name = f"Zone 1: {across} from the left, {down} from the top"
        return dialog.get_by_role("button", name=name)

    await drag((0, 0.5), (0.1, 0.6), (0.2, 0.9))
    await expect(zone(0, 20, 50, 90)).to_be_visible()
    await drag((0.1, 0.7), (0.1, 0.6), (0.15, 0.5))
    await expect(zone(5, 25, 30, 70)).to_be_visible()
    await drag((0.245, 0.69), (0.3, 0.7), (0.345, 0.79))
    await expect(zone(5, 35, 30, 80)).to_be_visible()
    await zone(5, 35, 30, 80).focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowUp", "Shift+ArrowRight"):
        await page.keyboard.press(key)
    await expect(zone(3, 34, 29, 79)).to_be_focused()

    await page.keyboard.press("Escape")
    await expect(dialog.get_by_role("alert")).to_contain_text("not saved yet")
    assert await ignored() == []
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_text("Saved.")).to_be_visible()
    ((upper_left, _, lower_right, _),) = await ignored()
    assert upper_left == pytest.approx([0.03, 0.29], abs=0.005)
    assert lower_right == pytest.approx([0.34, 0.79], abs=0.005)

    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await page.get_by_role("button", name="Zones to ignore").click()
    await zone(3, 34, 29, 79).press("Delete")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_text("Saved.")).to_be_visible()
    assert await ignored() == []


async def test_correct_learn_and_go_back(dashboard: Stack, page: Page) -> None:
    """What people say goes into the journal, is learnt, with what it cost, and can be undone."""
    row = _rows(page).last
    number = await _key(row)
    await row.click()
    await page.get_by_role("button", name="This was …").click()
    await page.get_by_label("Something else").fill("exercise")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog").get_by_role("heading", name="exercise")).to_be_visible()
    action = await _edge(dashboard, "GET", f"/api/actions/{number}")
    assert action["label"] == "exercise"
    assert action["correction"]["kind"] == "label"

    await page.get_by_role("button", name="Learn now").click()
    learning = page.get_by_role("dialog", name="Learning")
    await learning.get_by_role("button", name="Learn now").click()
    table = learning.get_by_role("table")
    taught = table.get_by_role("row", name="exercise")
    await expect(taught).to_be_visible(timeout=PATIENCE_LEARNING)
    await expect(table.get_by_role("row", name="Falls")).to_contain_text("%")
    heads = (await _edge(dashboard, "GET", "/api/heads"))["heads"]
    assert heads[0]["active"]
    assert heads[0]["taught"] == ["exercise"]

    await learning.get_by_role("button", name="Undo").click()
    await expect(learning.get_by_text("“As delivered” is in use again.")).to_be_visible()
    heads = (await _edge(dashboard, "GET", "/api/heads"))["heads"]
    assert [head["version"] for head in heads if head["active"]] == [0]
    await page.keyboard.press("Escape")

    await row.click()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("button", name="Correct")).to_be_visible()
    action = await _edge(dashboard, "GET", f"/api/actions/{number}")
    assert action["correction"] is None


async def test_teach_what_was_missed(page: Page) -> None:
    """What nobody recognised is taught by its time, and taken back."""
    await page.get_by_role("button", name="Learning").click()
    await page.get_by_label("The last").select_option("120")
    await page.get_by_label("It was").fill("waves")
    await page.get_by_role("button", name="Teach").click()
    await expect(page.get_by_text("Taught “waves”")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("Taught “waves”")).to_have_count(0)


async def test_edge_away_and_back(dashboard: Stack, page: Page) -> None:
    """The card says that the edge is away, and goes on when it is back."""
    await dashboard.edge.part.kill()
    await expect(page.get_by_text("cannot be reached")).to_be_visible()
    await dashboard.edge.start()
    await expect(page.get_by_text("cannot be reached")).to_have_count(0)
    await expect(_rows(page).first).to_be_visible()


async def test_phone_in_the_dark_in_german(browser: Browser, dashboard: Stack) -> None:
    """On a phone nothing is cut off; colours and words are the user's. In YAML it is there, too."""
    async with _page(
        browser, dashboard, PHONE, YAML_DASHBOARD, color_scheme="dark", has_touch=True
    ) as page:
        await page.evaluate("localStorage.selectedLanguage = '\"de\"'")
        await page.reload()
        await _rows(page).first.wait_for()
        card = page.locator(f"{CARD} ha-card")
        await expect(page.get_by_text("Heute", exact=True)).to_be_visible()

        async def dark() -> bool | None:
            color = await card.evaluate("card => getComputedStyle(card).backgroundColor")
            return max(int(part) for part in color[4:-1].split(",")[:3]) < 80 or None

        assert await eventually(dark, 10)
        parts = ", ".join(f"{CARD} {part}" for part in (".row", ".head", "tinyact-day-picker"))
        too_wide = await page.locator(parts).evaluate_all(
            "parts => parts.filter(part => part.getBoundingClientRect().right > innerWidth).length"
        )
        assert too_wide == 0
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        await _rows(page).first.click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        inside = await page.get_by_role("dialog").evaluate("dialog => dialog.scrollWidth")
        assert inside <= PHONE["width"]

        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Zonen ignorieren").tap()
        box = await page.get_by_role("img", name="Hall").bounding_box()
        assert box
        finger = await page.context.new_cdp_session(page)
        for kind, points in (
            ("touchStart", [(0.2, 0.2)]),
            ("touchMove", [(0.3, 0.4)]),
            ("touchMove", [(0.6, 0.9)]),
            ("touchEnd", []),
        ):
            touched = [
                {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
                for x, y in points
            ]
            await finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})
        drawn = re.compile("20.%.60.% von links, 20.%.90.% von oben")
        await expect(page.get_by_role("button", name=drawn)).to_be_visible()
