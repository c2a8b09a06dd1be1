"""The zones of a picture in which nobody is watched, as people enter them.

One is a rectangle, by its edges in percent of the picture: enough for a bed or a
television. Whoever needs more writes polygons, a line each: `10,20 45,20 45,80`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .models import Polygon

CONF_LEFT: Final = "left"
CONF_TOP: Final = "top"
CONF_RIGHT: Final = "right"
CONF_BOTTOM: Final = "bottom"
CONF_POLYGONS: Final = "polygons"
EDGES: Final = (CONF_LEFT, CONF_TOP, CONF_RIGHT, CONF_BOTTOM)

# What the edge takes.
MAX_ZONES: Final = 8
CORNERS: Final = range(3, 17)


class ZoneError(ValueError):
    """The zones make no sense; its argument is the key of what to tell people."""


def zones_of(entered: Mapping[str, Any]) -> tuple[Polygon, ...]:
    """Return the zones that people entered; raises ZoneError."""
    return checked((*_rectangle(entered), *_polygons(entered.get(CONF_POLYGONS, ""))))


def checked(zones: Iterable[Iterable[Iterable[float]]]) -> tuple[Polygon, ...]:
    """Return zones that the edge takes; raises ZoneError."""
    polygons = tuple(tuple((x, y) for x, y in zone) for zone in zones)
    if len(polygons) > MAX_ZONES:
        raise ZoneError("too_many_zones")
    for polygon in polygons:
        if len(polygon) not in CORNERS:
            raise ZoneError("polygon_corners")
        if not all(0 <= share <= 1 for point in polygon for share in point):
            raise ZoneError("polygon_unreadable")
    return polygons


def as_json(zones: Iterable[Polygon]) -> list[list[list[float]]]:
    """Return zones as the edge and the card have them."""
    return [[[*point] for point in zone] for zone in zones]


def entered(zones: Iterable[Polygon]) -> dict[str, Any]:
    """Return what people would enter to get these zones."""
    form: dict[str, Any] = {}
    lines = []
    for zone in zones:
        edges = _edges(zone)
        if edges is not None and CONF_LEFT not in form:
            form |= dict(zip(EDGES, edges, strict=True))
        else:
            lines.append(" ".join(f"{_percent(x)},{_percent(y)}" for x, y in zone))
    return form | {CONF_POLYGONS: "\n".join(lines)}


def _rectangle(entered: Mapping[str, Any]) -> Iterable[Polygon]:
    """Yield the rectangle, where there is one."""
    edges = [entered.get(edge) for edge in EDGES]
    if all(edge is None for edge in edges):
        return
    if any(edge is None for edge in edges):
        raise ZoneError("edge_missing")
    left, top, right, bottom = (edge / 100 for edge in edges if edge is not None)
    if left >= right or top >= bottom:
        raise ZoneError("edges_crossed")
    yield ((left, top), (right, top), (right, bottom), (left, bottom))


def _polygons(text: str) -> Iterable[Polygon]:
    """Yield the polygon of each line."""
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            yield tuple(_point(point) for point in line.split())
        except ValueError as err:
            raise ZoneError("polygon_unreadable") from err


def _point(text: str) -> tuple[float, float]:
    """Read a point; raises ValueError."""
    x, y = (float(number) / 100 for number in text.split(","))
    return x, y


def _edges(zone: Polygon) -> tuple[float, ...] | None:
    """Return left, top, right and bottom in percent of a zone that is a rectangle."""
    left, right = min(x for x, _ in zone), max(x for x, _ in zone)
    top, bottom = min(y for _, y in zone), max(y for _, y in zone)
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    if zone != corners:
        return None
    return tuple(_percent(edge) for edge in (left, top, right, bottom))


def _percent(share: float) -> float:
    """Return a share of one in percent, without the noise of binary fractions."""
    percent = round(share * 100, 2)
    return int(percent) if percent.is_integer() else percent
