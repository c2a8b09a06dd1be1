"""The card is there where dashboards are, once, for as long as there is an edge.

Home Assistant's frontend itself is in tests/e2e; here its list of modules stands for it.
"""

import json
from pathlib import Path
import re

from edge_double import EdgeDouble
from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL, UrlManager
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

ROOT = Path(__file__).parents[2]
INTEGRATION = ROOT / "custom_components" / "tinyact"
TEXTS = ROOT / "frontend" / "src" / "translations"


@pytest.fixture
def changes(hass: HomeAssistant) -> list[tuple[str, str]]:
    """Return what is told to the frontend's open pages."""
    told: list[tuple[str, str]] = []
    hass.data[DATA_EXTRA_MODULE_URL] = UrlManager(lambda *change: told.append(change), [])
    return told


async def test_offered_once_and_withdrawn_with_the_last_edge(
    hass: HomeAssistant,
    changes: list[tuple[str, str]],
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert await hass.config_entries.async_reload(entry.entry_id)
    ((what, url),) = changes
    assert what == "added"
    anybody = await hass_client_no_auth()
    response = await anybody.get(url)
    assert response.content_type == "text/javascript"
    assert "tinyact-timeline-card" in await response.text()

    await hass.config_entries.async_remove(entry.entry_id)
    assert changes[1:] == [("removed", url)]
    assert hass.data[DATA_EXTRA_MODULE_URL].urls == frozenset()


async def test_offered_while_the_edge_is_away(
    hass: HomeAssistant, changes: list[tuple[str, str]], edge: EdgeDouble, entry: MockConfigEntry
) -> None:
    await edge.stop()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert [what for what, _ in changes] == ["added"]


async def test_no_frontend(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    assert DATA_EXTRA_MODULE_URL not in hass.data
    assert await async_setup_component(hass, "tinyact", {})


@pytest.mark.parametrize("language", ["de", "es", "fr", "th"])
def test_translations_are_complete(language: str) -> None:
    english, other = (json.loads((TEXTS / f"{each}.json").read_text()) for each in ("en", language))
    assert list(other) == list(english)
    placeholders = re.compile(r"\{\w+\}")
    for key, text in other.items():
        assert sorted(placeholders.findall(text)) == sorted(placeholders.findall(english[key])), key
        assert text.strip()


def test_all_remarks_of_the_classifier_are_translated() -> None:
    page = (ROOT / "docs" / "classifier-api.md").read_text(encoding="utf-8")
    table = page.split("| code | params | |\n")[1].split("\n\n")[0].splitlines()[1:]
    codes: dict[str, set[str]] = {"doubt": set(), "reason": set()}
    for row in table:
        _, names, _, what, _ = row.split("|")
        codes[what.split(":")[0].strip()] |= set(re.findall(r"`(\w+)`", names))
    assert all(len(names) > 3 for names in codes.values())
    # The card tells doubts; why nothing was learnt the services tell, too.
    for path, kind, prefix in (
        (TEXTS / "en.json", "doubt", "remark_"),
        (INTEGRATION / "translations" / "en.json", "reason", "fit_"),
    ):
        english = json.loads(path.read_text(encoding="utf-8"))
        found = {name for name in english.get("exceptions", english) if name.startswith(prefix)}
        assert found - {"fit_failed"} == {prefix + code for code in codes[kind]}
