"""Draw the plots of docs/results.md as SVG, on white, so that they can be read on dark pages too.

A plot is a few dozen shapes: that needs no plotting library, and equal numbers give equal bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
import math

import numpy as np

from .reliability import Reliability, expected_calibration_error

_INK, _FAINT, _GRID = "#222222", "#777777", "#dddddd"
# Told apart by colour-blind eyes, too (Okabe and Ito, 2008).
_BEFORE, _AFTER = "#d55e00", "#0072b2"
_SIZE = 12  # of letters, pixels
_LETTER = 6.6  # about the width of one
_ROW = 15.0
# Values further apart than by this factor would crowd at one end of a linear axis.
_WIDE = 20
# A logarithmic axis over so many powers of ten has ticks at these only.
_MANY_POWERS = 3


@dataclass(frozen=True, slots=True)
class _Axis:
    """Maps values from `low` to `high` to pixels from `start` to `end`.

    In a `log` axis, which equal factors part equally, those two are decimal logarithms.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Return the pixel of `value`."""
        share = ((math.log10(value) if self.log else value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def reliability_plot(before: Reliability, after: Reliability) -> str:
    """Draw how often verdicts are right over how sure they are; on the diagonal they agree.

    `before` and `after` calibration; the legend has their expected calibration errors.
    """
    width, height = 420, 400
    x, y = _Axis(0, 1, 60, width - 20), _Axis(0, 1, height - 50, 20)
    shapes = [
        *_frame(x, y, "confidence", "accuracy"),
        _line((x.at(0), y.at(0)), (x.at(1), y.at(1)), _FAINT, dash="4 4"),
    ]
    for row, (name, measured, colour) in enumerate(
        (("before", before, _BEFORE), ("after", after, _AFTER))
    ):
        points = [
            (x.at(sure), y.at(right))
            for sure, right in zip(
                measured.confidence.tolist(), measured.accuracy.tolist(), strict=True
            )
            if not math.isnan(sure)
        ]
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top in points)
        shapes.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        shapes += [_dot(point, colour) for point in points]
        top = 36 + row * _ROW
        text = f"{name}: ECE {expected_calibration_error(measured):.3f}"
        shapes += [_dot((76, top - 4), colour), _text(86, top, text)]
    return _svg(width, height, "Reliability before and after calibration", shapes)


def confusion_plot(labels: Sequence[str], matrix: Sequence[Sequence[int]]) -> str:
    """Draw a confusion matrix, rows the truth, columns the verdict; darker is more of its row.

    `matrix` is int [L, L] of counts. Raises ValueError when it does not fit `labels`.
    """
    if len(matrix) != len(labels) or any(len(row) != len(labels) for row in matrix):
        raise ValueError(f"{len(labels)} labels need a matrix of as many rows and columns")
    cell = 46
    margin = 40 + _LETTER * max(map(len, labels), default=0)
    size = math.ceil(margin + cell * len(labels) + 20)
    middle = margin + cell * len(labels) / 2
    shapes = [
        _text(middle, 20, "verdict", anchor="middle"),
        _text(20, middle, "truth", anchor="middle", turn=-90),
    ]
    for row, (label, counts) in enumerate(zip(labels, matrix, strict=True)):
        top = margin + row * cell
        shapes.append(_text(margin - 8, top + cell / 2 + 4, label, anchor="end"))
        shapes.append(_text(top + cell / 2 + 4, margin - 8, label, turn=-90))
        for column, count in enumerate(counts):
            share = count / max(sum(counts), 1)
            left = margin + column * cell
            shapes.append(
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{cell}" height="{cell}"'
                f' fill="{_shade(share)}" stroke="{_GRID}"/>'
            )
            if count:
                ink = "#ffffff" if share > 0.5 else _INK  # noqa: PLR2004 - readable on the shade
                place = (left + cell / 2, top + cell / 2 + 4)
                shapes.append(_text(*place, str(count), anchor="middle", colour=ink))
    return _svg(size, size, "Confusion matrix", shapes)


def scatter_plot(points: Sequence[tuple[str, float, float]], x_label: str, y_label: str) -> str:
    """Draw named points (name, x, y), such as accuracy against cost.

    The x axis is logarithmic where costs differ by more than a factor of 20. Raises ValueError when
    there is none, or one is not finite.
    """
    if not points or not np.isfinite([point[1:] for point in points]).all():
        raise ValueError("a scatter plot needs points, with finite values")
    width, height = 560, 400
    across = [point[1] for point in points]
    log = min(across) > 0 and max(across) > _WIDE * min(across)
    x = _Axis(*_room([math.log10(v) for v in across] if log else across), 70, width - 20, log)
    y = _Axis(*_room([point[2] for point in points]), height - 50, 20)
    shapes = [*_frame(x, y, x_label, y_label)]
    taken: list[tuple[float, float, float]] = []
    for name, cost, worth in points:
        place = (x.at(cost), y.at(worth))
        length = _LETTER * len(name)
        outside = place[0] + 8 + length > x.end
        left = place[0] - 8 - length if outside else place[0] + 8
        top = _free(left, left + length, place[1] + 4, taken)
        taken.append((left, left + length, top))
        text_at = left + length if outside else left
        shapes += [
            _dot(place, _AFTER),
            _text(text_at, top, name, anchor="end" if outside else "start"),
        ]
    return _svg(width, height, f"{y_label} against {x_label}", shapes)


def _free(left: float, right: float, top: float, taken: list[tuple[float, float, float]]) -> float:
    """Return the first height from `top` down at which a name covers no other."""
    while any(
        left < other_right and right > other_left and abs(top - other) < _ROW
        for other_left, other_right, other in taken
    ):
        top += _ROW / 3
    return top


def _room(values: Sequence[float]) -> tuple[float, float]:
    """Return limits around `values` that leave some room at both ends."""
    low, high = min(values), max(values)
    pad = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    return low - pad, high + pad


def _ticks(axis: _Axis) -> Iterator[tuple[float, str]]:
    """Yield some four to eight round values on `axis` and how they are written."""
    if axis.log:
        for exponent in range(math.floor(axis.low), math.ceil(axis.high)):
            for factor in (1, 2, 5) if axis.high - axis.low < _MANY_POWERS else (1,):
                value = factor * 10.0**exponent
                if axis.low <= math.log10(value) <= axis.high:
                    yield value, f"{value:g}"
        return
    span = axis.high - axis.low
    rough = span / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((power * factor for factor in (1, 2, 5, 10)), key=lambda step: abs(step - rough))
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    # A little more than the limits: rounding must not lose the last tick.
    first, last = math.ceil(axis.low / step - 1e-6), math.floor(axis.high / step + 1e-6)
    for number in range(first, last + 1):
        yield number * step, f"{number * step:.{digits}f}"


def _frame(x: _Axis, y: _Axis, x_label: str, y_label: str) -> Iterator[str]:
    """Yield grid, ticks and names of both axes."""
    for value, text in _ticks(x):
        left = x.at(value)
        yield _line((left, y.start), (left, y.end), _GRID)
        yield _text(left, y.start + 16, text, anchor="middle")
    for value, text in _ticks(y):
        top = y.at(value)
        yield _line((x.start, top), (x.end, top), _GRID)
        yield _text(x.start - 6, top + 4, text, anchor="end")
    yield _line((x.start, y.start), (x.end, y.start), _INK)
    yield _line((x.start, y.start), (x.start, y.end), _INK)
    yield _text((x.start + x.end) / 2, y.start + 38, x_label, anchor="middle")
    yield _text(16, (y.start + y.end) / 2, y_label, anchor="middle", turn=-90)


def _shade(share: float) -> str:
    """Return a colour from white (0) to dark blue (1)."""
    dark = (0, 68, 120)
    return "#" + "".join(f"{round(255 + (part - 255) * share):02x}" for part in dark)


def _dot(at: tuple[float, float], colour: str) -> str:
    return f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="4" fill="{colour}"/>'


def _line(
    start: tuple[float, float], end: tuple[float, float], colour: str, *, dash: str = "none"
) -> str:
    ends = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-dasharray="{dash}"/>'


def _text(
    left: float,
    top: float,
    text: str,
    *,
    anchor: str = "start",
    turn: int = 0,
    colour: str = _INK,
) -> str:
    turned = f' transform="rotate({turn} {left:.1f} {top:.1f})"' if turn else ""
    return (
        f'<text x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}" fill="{colour}"{turned}>'
        f"{escape(text)}</text>"
    )


def _svg(width: int, height: int, title: str, shapes: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="{_SIZE}" role="img">'
    )
    white = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    lines = [head, f"<title>{escape(title)}</title>", white, *shapes, "</svg>"]
    return "\n".join(lines) + "\n"
