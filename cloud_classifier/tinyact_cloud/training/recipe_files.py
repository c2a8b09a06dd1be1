"""Read a run's choices from a TOML file into a frozen dataclass of them.

The files lie in `recipes/`, so that every published run has a name in the repository.
"""

from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
import tomllib
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from .options import UserError

RECIPES = Path(__file__).parent / "recipes"
R = TypeVar("R")


def recipe_names(prefix: str = "") -> list[str]:
    """Return the names of the recipes that come with the package, sorted."""
    return sorted(path.stem for path in RECIPES.glob(f"{prefix}*.toml"))


def load_recipe(cls: type[R], name_or_path: str | Path) -> R:
    """Return the dataclass `cls` made of a recipe's keys; what a recipe leaves out is the default.

    `name_or_path` is a name of `recipe_names()` or a TOML file. Arrays become tuples. Raises
    UserError, naming the key, when a key is unknown, is missing or has a value of another type.
    """
    path = _find(name_or_path)
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no TOML file: {error}") from error
    return _make(cls, content, str(path))


def _find(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.is_file():
        return path
    known = RECIPES / f"{name_or_path}.toml"
    if path.name == str(name_or_path) and known.is_file():
        return known
    raise UserError(
        f"There is no recipe {name_or_path}: give a TOML file or one of {', '.join(recipe_names())}"
    )


def _make(cls: type[R], content: dict[str, Any], where: str) -> R:
    """Return `cls` made of `content`; `where` is how an error names the place."""
    if not is_dataclass(cls):
        raise TypeError(f"{cls.__name__} is no dataclass")
    known = {field.name: field for field in fields(cls)}
    for key in content:
        if key not in known:
            raise UserError(f"{where}: unknown key {key!r}; known are {', '.join(known)}")
    for key, field in known.items():
        if key not in content and field.default is MISSING and field.default_factory is MISSING:
            raise UserError(f"{where}: the key {key!r} is missing")
    hints = get_type_hints(cls)
    values = {key: _value(hints[key], value, f"{where}: {key}") for key, value in content.items()}
    return cls(**values)


def _value(hint: Any, value: Any, where: str) -> Any:  # noqa: PLR0911 - one for each kind
    """Return `value` as the annotation `hint` wants it. Raises UserError."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        # TOML has no null: None is a key left out.
        (hint,) = (part for part in inner if part is not NoneType)
        return _value(hint, value, where)
    if origin is Literal:
        if value in inner:
            return value
        raise UserError(f"{where} must be one of {', '.join(map(str, inner))}, not {value!r}")
    if origin is tuple and isinstance(value, list):
        if inner[-1] is ...:
            return tuple(_value(inner[0], item, where) for item in value)
        if len(inner) == len(value):
            return tuple(_value(*pair, where) for pair in zip(inner, value, strict=True))
        raise UserError(f"{where} must have {len(inner)} values, not {len(value)}")
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return _make(hint, value, where)
    if hint is float and type(value) is int:
        return float(value)
    # Not isinstance: a bool is an int to Python, but no count.
    if hint is Any or type(value) is hint:
        return value
    raise UserError(f"{where} must be {getattr(hint, '__name__', hint)}, not {value!r}")
