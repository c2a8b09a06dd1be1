"""Each language says all that English says, and English all that there is to say."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.util.yaml import load_yaml_dict
import pytest

INTEGRATION = Path(__file__).parents[2] / "custom_components" / "tinyact"
LANGUAGES = ("de", "es", "fr", "th")


def _texts(language: str) -> dict[str, str]:
    """Return the texts of a language by their paths."""

    def leaves(tree: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
        for key, value in tree.items():
            if isinstance(value, dict):
                yield from leaves(value, f"{path}/{key}")
            else:
                yield f"{path}/{key}", value

    content = (INTEGRATION / "translations" / f"{language}.json").read_text(encoding="utf-8")
    return dict(leaves(json.loads(content), ""))


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"{\w+}", text))


def test_languages() -> None:
    found = {path.stem for path in (INTEGRATION / "translations").iterdir()}
    assert found == {"en", *LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_complete(language: str) -> None:
    english, translated = _texts("en"), _texts(language)
    assert english.keys() - translated.keys() == set(), "missing"
    assert translated.keys() - english.keys() == set(), "left over"
    for path, text in english.items():
        assert _placeholders(translated[path]) == _placeholders(text), path
        # Words may be the same in two languages; whole sentences are not.
        assert len(text.split()) < 4 or translated[path] != text, path


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_well_formed(language: str) -> None:
    for path, text in _texts(language).items():
        assert text == text.strip() != "", path
        assert "  " not in text, path
        # Home Assistant allows neither links nor HTML.
        assert "://" not in text, path
        assert "<" not in text, path


@pytest.mark.parametrize("kind", ["services", "triggers", "conditions"])
def test_everything_is_named(kind: str) -> None:
    described = {
        key: set(value.get("fields", {}))
        for key, value in load_yaml_dict(str(INTEGRATION / f"{kind}.yaml")).items()
        if not key.startswith(".")
    }
    english = json.loads((INTEGRATION / "translations" / "en.json").read_text(encoding="utf-8"))
    named = {key: set(value["fields"]) for key, value in english[kind].items()}
    assert named == described
    icons = json.loads((INTEGRATION / "icons.json").read_text(encoding="utf-8"))
    assert icons[kind].keys() == described.keys()
