"""What can be set for each camera while the edge runs: by API, kept in the journal's database."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
import unicodedata

import voluptuous as vol

Point = tuple[float, float]
Polygon = tuple[Point, ...]

_POLYGONS = 8
_CORNERS = (3, 16)
_LABELS = 100
MAX_LABEL = 40
_MIDDLE = 50
# A threshold of one half becomes 0.9 at sensitivity 0, and 0.1 at 100.
_REACH = 9.0
_ALMOST = 1e-6


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """One camera's settings (docs/edge-api.md). Points are 0..1 of the picture, x and y."""

    enabled: bool = True
    labels: tuple[str, ...] | None = None
    sensitivity: int = _MIDDLE
    ignore: tuple[Polygon, ...] = ()
    snapshots: bool = False
    clips: bool = False

    @property
    def keeps_pictures(self) -> bool:
        """Tell whether pictures of actions are wanted."""
        return self.snapshots or self.clips

    def changed(self, changes: Mapping[str, Any]) -> "CameraSettings":
        """Return these settings with those that are named in `changes` in their place."""
        names = {field.name for field in fields(self)}
        return replace(self, **{k: v for k, v in changes.items() if k in names})

    def as_json(self) -> dict[str, Any]:
        """Return them as JSON has them."""
        return asdict(self)


def settings_of(known: Mapping[str, Any]) -> CameraSettings:
    """Return the settings that `as_json` made; what another version added is left out."""
    return CameraSettings(**_STORED(known))


def odds_at(sensitivity: int) -> float:
    """Return how many times likelier an action is held to be at a sensitivity of 0..100."""
    return float(_REACH ** ((sensitivity - _MIDDLE) / _MIDDLE))


def threshold_at(threshold: float, sensitivity: int) -> float:
    """Return a label's threshold at a sensitivity of 0..100; 50 leaves it, more lowers it.

    It slides along the odds: it stays within 0..1, and labels keep their order.
    """
    if sensitivity == _MIDDLE:
        return threshold
    inside = min(max(threshold, _ALMOST), 1 - _ALMOST)
    odds = inside / (1 - inside) / odds_at(sensitivity)
    return odds / (1 + odds)


def is_inside(point: Point, polygon: Polygon) -> bool:
    """Tell whether a point lies in a polygon.

    A ray from it to the right then crosses the border an odd number of times.
    """
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
    return inside


def spelt(label: str) -> str:
    """Return `label` as all labels are spelt: composed (Unicode NFC), no blanks around it."""
    return unicodedata.normalize("NFC", label).strip()


def flag(value: Any) -> bool:
    """Accept true or false."""
    if not isinstance(value, bool):
        raise vol.Invalid("must be true or false")
    return value


def _labels(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not 1 <= len(value) <= _LABELS:
        raise vol.Invalid(
            f"must be null for all labels, or a list of 1 to {_LABELS}; to watch for none, set"
            " enabled to false"
        )
    return tuple(dict.fromkeys(_label(label) for label in value))


def _label(value: Any) -> str:
    label = spelt(value) if isinstance(value, str) else ""
    if not 1 <= len(label) <= MAX_LABEL:
        raise vol.Invalid(f"must hold texts of 1 to {MAX_LABEL} characters")
    return label


def _sensitivity(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:  # noqa: PLR2004
        raise vol.Invalid("must be a number from 0 to 100")
    return round(value)


def _polygons(value: Any) -> tuple[Polygon, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > _POLYGONS:
        raise vol.Invalid(f"must be a list of at most {_POLYGONS} polygons")
    return tuple(_polygon(polygon) for polygon in value)


def _polygon(value: Any) -> Polygon:
    low, high = _CORNERS
    if not isinstance(value, Sequence) or isinstance(value, str) or not low <= len(value) <= high:
        raise vol.Invalid(f"must hold polygons of {low} to {high} points")
    return tuple(_point(point) for point in value)


def _point(value: Any) -> Point:
    match value:
        case [int() | float() as x, int() | float() as y] if 0 <= x <= 1 and 0 <= y <= 1:
            return float(x), float(y)
    raise vol.Invalid("must hold points [x, y], each from 0 to 1 of the picture")


SETTINGS: dict[vol.Optional, Any] = {
    vol.Optional("enabled"): flag,
    vol.Optional("labels"): _labels,
    vol.Optional("sensitivity"): _sensitivity,
    vol.Optional("ignore"): _polygons,
    vol.Optional("snapshots"): flag,
    vol.Optional("clips"): flag,
}
_STORED = vol.Schema(SETTINGS, extra=vol.REMOVE_EXTRA)
