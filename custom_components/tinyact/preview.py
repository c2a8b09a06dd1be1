"""A picture of what a camera sees, drawn for a form.

Forms show Markdown, and Markdown shows images; one that travels in the form
itself needs no address that somebody else could ask.
"""

from base64 import b64encode
from collections.abc import Iterable
import re
from typing import Final

from .models import Polygon

_FRAME_HEADER: Final = re.compile(
    rb"\xff[\xc0-\xc2]\x00[\x0b\x11]\x08(?P<height>..)(?P<width>..)", re.DOTALL
)
# Where nothing tells better.
_USUAL: Final = (640, 360)


def preview(jpeg: bytes, zones: Iterable[Polygon] = (), *, ruled: bool = False) -> str:
    """Return Markdown that shows a JPEG, with zones marked and lines at every tenth."""
    width, height = _size(jpeg)
    picture = b64encode(jpeg).decode()
    drawing = "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">',
            f'<image width="{width}" height="{height}" href="data:image/jpeg;base64,{picture}"/>',
            *(_zone(zone, width, height) for zone in zones),
            *(_rules(width, height) if ruled else ()),
            "</svg>",
        )
    )
    return f"![](data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()})"


def _zone(zone: Polygon, width: int, height: int) -> str:
    """Return a shaded polygon."""
    points = " ".join(f"{x * width:.0f},{y * height:.0f}" for x, y in zone)
    return f'<polygon points="{points}" fill="#d00" fill-opacity=".35" stroke="#d00"/>'


def _rules(width: int, height: int) -> Iterable[str]:
    """Yield lines at every tenth, with their percentages."""
    text = (
        'fill="#fff" stroke="#000" stroke-width="3" paint-order="stroke" font-family="sans-serif"'
    )
    size = round(width / 40)
    for percent in range(10, 100, 10):
        x, y = percent * width / 100, percent * height / 100
        yield f'<path d="M{x:.0f} 0V{height}M0 {y:.0f}H{width}" stroke="#fff" stroke-opacity=".4"/>'
        yield f'<text x="{x + 2:.0f}" y="{size}" font-size="{size}" {text}>{percent}</text>'
        yield f'<text x="2" y="{y - 2:.0f}" font-size="{size}" {text}>{percent}</text>'


def _size(jpeg: bytes) -> tuple[int, int]:
    """Return the width and height that a JPEG's frame header states."""
    header = _FRAME_HEADER.search(jpeg)
    return _USUAL if header is None else (_number(header["width"]), _number(header["height"]))


def _number(two_bytes: bytes) -> int:
    return int.from_bytes(two_bytes, "big")
