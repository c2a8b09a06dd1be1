"""Recipes: TOML files into dataclasses, with errors that name the key."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from tinyact_cloud.training.options import UserError
from tinyact_cloud.training.recipe_files import RECIPES, load_recipe, recipe_names


@dataclass(frozen=True)
class Inner:
    rate: float = 0.5


@dataclass(frozen=True)
class Choices:
    epochs: int
    rate: float = 1.0
    head: Literal["pooled", "flat"] = "pooled"
    widths: tuple[int, ...] = (1, 2)
    size: tuple[int, int] = (1, 1)
    bright: bool = False
    inner: Inner = Inner()
    most: int | None = None


def _load(folder: Path, text: str) -> Choices:
    path = folder / "x.toml"
    path.write_text(text)
    return load_recipe(Choices, path)


def test_a_recipe_fills_its_dataclass(tmp_path: Path) -> None:
    text = 'epochs = 3\nrate = 2\nhead = "flat"\nwidths = [4, 5, 6]\nsize = [7, 8]\nmost = 9'
    recipe = _load(tmp_path, text + "\n[inner]\nrate = 0.25\n")
    assert recipe == Choices(3, 2.0, "flat", (4, 5, 6), (7, 8), inner=Inner(0.25), most=9)
    assert isinstance(recipe.rate, float)
    assert _load(tmp_path, "epochs = 1") == Choices(1)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("epochs = 1\nepocs = 2", "epocs"),
        ("rate = 1.0", "epochs"),
        ("epochs = true", "epochs"),
        ('epochs = "1"', "epochs"),
        ('epochs = 1\nhead = "flatten"', "pooled"),
        ("epochs = 1\nsize = [1, 2, 3]", "size"),
        ("epochs = 1\nwidths = [1.5]", "widths"),
        ("epochs = 1\n[inner]\nrat = 2", "rat"),
        ("epochs =", "TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(UserError, match=named):
        _load(tmp_path, text)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UserError, match="no recipe nonsense"):
        load_recipe(Choices, "nonsense")
    with pytest.raises(UserError, match="no recipe"):
        load_recipe(Choices, "../recipes/nonsense")


def test_names_are_files() -> None:
    assert recipe_names() == sorted(path.stem for path in RECIPES.glob("*.toml"))
