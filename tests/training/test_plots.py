"""Plots are read back as XML: what stands where."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tinyact_cloud.training.plots import confusion_plot, reliability_plot, scatter_plot
from tinyact_cloud.training.reliability import Reliability, reliability

_SVG = "{http://www.w3.org/2000/svg}"


def _parsed(plot: str) -> ET.Element:
    root = ET.fromstring(plot)  # noqa: S314 - our own text
    assert root.tag == f"{_SVG}svg"
    background = root.find(f"{_SVG}rect")
    assert background is not None
    assert background.get("fill") == "#ffffff"
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for shape in root.iter():
        for name, limit in (("cx", width), ("x", width), ("cy", height), ("y", height)):
            assert 0 <= float(shape.get(name, 0)) <= limit, shape.attrib
    return root


def _texts(root: ET.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{_SVG}text")]


def _circles(root: ET.Element) -> list[tuple[float, float]]:
    return [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in root.iter(f"{_SVG}circle")]


def _tick(root: ET.Element, text: str, anchor: str) -> ET.Element:
    """Return the tick of the x axis ("middle") or y axis ("end") that says `text`."""
    (tick,) = (
        t for t in root.iter(f"{_SVG}text") if t.text == text and t.get("text-anchor") == anchor
    )
    return tick


def _measured(sure: float, share: float) -> Reliability:
    rows = 20
    probabilities = np.tile([1 - sure, sure], (rows, 1))
    right = np.arange(rows) < share * rows
    return reliability(probabilities, np.stack([~right, right], 1))


def test_points_lie_where_the_ticks_say() -> None:
    root = _parsed(scatter_plot([("a", 1, 0.5), ("b", 3, 0.9), ("c", 2, 0.7)], "ms", "accuracy"))
    (a, b, c) = _circles(root)
    assert a[0] < c[0] < b[0]
    assert a[1] > c[1] > b[1]
    assert c == pytest.approx(((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), abs=0.1)
    assert float(_tick(root, "2.0", "middle").attrib["x"]) == pytest.approx(c[0], abs=0.1)
    assert float(_tick(root, "0.9", "end").attrib["y"]) - 4 == pytest.approx(b[1], abs=0.1)
    assert {"a", "b", "c", "ms", "accuracy"} <= set(_texts(root))


def test_names_cover_neither_each_other_nor_leave_the_plot() -> None:
    points = [("a model's long name", 5, 0.5), ("another long name", 5, 0.5), ("x", 1, 0.1)]
    root = _parsed(scatter_plot(points, "cost", "accuracy"))
    first, second = (t for t in root.iter(f"{_SVG}text") if t.text in {points[0][0], points[1][0]})
    assert abs(float(first.attrib["y"]) - float(second.attrib["y"])) >= 12
    assert first.attrib["text-anchor"] == "end"


def test_one_point_and_names_with_markup() -> None:
    root = _parsed(scatter_plot([("<b> & co", 2, 2)], "a < b", "c"))
    assert "<b> & co" in _texts(root)
    assert len(_circles(root)) == 1


@pytest.mark.parametrize("points", [[], [("a", float("nan"), 1)], [("a", 1, float("inf"))]])
def test_points_that_have_no_place_are_refused(points: list[tuple[str, float, float]]) -> None:
    with pytest.raises(ValueError, match="points"):
        scatter_plot(points, "x", "y")


def test_costs_far_apart_are_told_apart() -> None:
    names = [("a", 1.0, 1.0), ("b", 10.0, 2.0), ("c", 100.0, 3.0)]
    root = _parsed(scatter_plot(names, "x", "y"))
    a, b, c = (x for x, _ in _circles(root))
    assert b - a == pytest.approx(c - b, abs=0.2)
    assert float(_tick(root, "100", "middle").attrib["x"]) == pytest.approx(c, abs=0.1)


@pytest.mark.parametrize("scale", [1e-6, 0.02, 7, 340, 1e7])
def test_axes_have_a_handful_of_ticks_at_any_scale(scale: float) -> None:
    root = _parsed(scatter_plot([("a", scale, 1), ("b", 1.9 * scale, 2)], "x", "y"))
    ticks = [
        text
        for text in root.iter(f"{_SVG}text")
        if text.get("text-anchor") == "middle" and text.text not in {"x", "y"}
    ]
    assert 3 <= len(ticks) <= 9
    assert len({tick.text for tick in ticks}) == len(ticks)


def test_what_is_too_sure_lies_below_the_diagonal() -> None:
    root = _parsed(reliability_plot(_measured(0.9, 0.6), _measured(0.65, 0.6)))
    diagonal = next(
        line for line in root.iter(f"{_SVG}line") if line.get("stroke-dasharray") == "4 4"
    )
    x1, y1, x2, y2 = (float(diagonal.attrib[name]) for name in ("x1", "y1", "x2", "y2"))

    def place(sure: float, right: float) -> tuple[float, float]:
        return (x1 + sure * (x2 - x1), y1 + right * (y2 - y1))

    before, after = (line.attrib["points"] for line in root.iter(f"{_SVG}polyline"))
    for text, expected in ((before, place(0.9, 0.6)), (after, place(0.65, 0.6))):
        assert [float(part) for part in text.split(",")] == pytest.approx(expected, abs=0.1)
    assert {"before: ECE 0.300", "after: ECE 0.050"} <= set(_texts(root))


def test_confusion_has_the_truth_in_rows() -> None:
    root = _parsed(confusion_plot(["none", "fall"], [[7, 1], [0, 3]]))
    at = {
        text.text: (float(text.attrib["x"]), float(text.attrib["y"]))
        for text in root.iter(f"{_SVG}text")
        if text.text in {"7", "1", "3"}
    }
    assert at["7"][1] == at["1"][1] < at["3"][1]
    assert at["7"][0] < at["1"][0] == at["3"][0]
    shades = [rect.attrib["fill"] for rect in root.iter(f"{_SVG}rect")][1:]
    assert shades[2:] == ["#ffffff", "#004478"]
    assert "0" not in _texts(root)
    with pytest.raises(ValueError, match="as many"):
        confusion_plot(["none"], [[1, 2]])
