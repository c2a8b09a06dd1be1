"""What the sections of the results page share: stored files, tables and figures."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
import json
from pathlib import Path
import re
import statistics
from typing import Any

from .options import UserError

NOTHING = "-"
READOUTS = ("rf", "svm", "xgb", "logistic")
# The readout that verdicts and plots go by: the one that ships.
READOUT = "rf"
# Results of `ablate` by recipe and protocol, and in them by seed.
Runs = Mapping[tuple[str, str], Mapping[int, Mapping[str, Any]]]

# How a section ends that has nothing to tell.
_MISSING = "makes this section."
_WIDTH = 100
_LEAST = 3  # dashes that make a row a table's rule
_COMMIT = re.compile(r"\+([0-9a-f]{12})[0-9a-f]+")
_FIGURE = re.compile(r"[-+]?\d")


def stored(path: Path) -> dict[str, Any] | None:
    """Return what a result file holds, None where there is none. Raises UserError if damaged."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise UserError(f"{path} is damaged ({error}): delete it and measure again.") from error
    if not isinstance(content, dict):
        raise UserError(f"{path} holds no result: delete it and measure again.")
    return content


def missing(what: str, command: str) -> Iterator[str]:
    """Yield the line that stands for a section without an input."""
    yield f"{what}: `tinyact-train {command}` {_MISSING}"
    yield ""


def keep_sections(page: str, before: str, level: int = 2) -> str:
    """Return `page` with those sections of the page `before` that it has no results for.

    A night of training need not be spent again on what nobody changed: such a section says itself
    which code made it.
    """
    former = {section.partition("\n")[0]: section for section in _sections(before, level)}
    sections = []
    for section in _sections(page, level):
        was = former.get(section.partition("\n")[0])
        if was is None or _MISSING not in section:
            sections.append(section)
        elif _MISSING in _sections(section, level + 1)[0]:
            sections.append(was)
        else:
            sections.append(keep_sections(section, was, level + 1))
    return "".join(sections)


def _sections(text: str, level: int) -> list[str]:
    """Return what stands before the first heading of a level, and each heading with its text."""
    return re.split(rf"(?m)^(?={'#' * level} )", text)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a Markdown table and an empty one; nothing where there is no row.

    Columns are padded, so that the page can be read as plain text, too; columns of figures stand
    to the right.
    """
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    if not cells:
        return
    lines = [list(heads), *cells]
    widths = [max(_LEAST, *map(len, column)) for column in zip(*lines, strict=True)]
    right = [all(map(_is_figure, column)) for column in zip(*cells, strict=True)]
    rule = [
        "-" * (width - 1) + ":" if figures else "-" * width
        for width, figures in zip(widths, right, strict=True)
    ]
    for line in (lines[0], rule, *cells):
        padded = (
            cell.rjust(width) if figures else cell.ljust(width)
            for cell, width, figures in zip(line, widths, right, strict=True)
        )
        yield f"| {' | '.join(padded)} |"
    yield ""


def paragraph(text: str) -> Iterator[str]:
    """Yield `text` in lines of readable length and an empty one."""
    line = ""
    # Not textwrap: it would part what stands in backticks at its hyphens and spaces.
    for word in re.findall(r"(?:`[^`]*`|[^\s`])+", text):
        if line and len(line) + 1 + len(word) > _WIDTH:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line
    yield ""


def picture(name: str, text: str) -> Iterator[str]:
    """Yield the link to the plot `name` and an empty line; `text` says what it shows."""
    yield f"![{text}](plots/{name})"
    yield ""


def number(value: float | None, digits: int) -> str:
    """Return a figure as text; a dash where there is none."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def per_hour(count: int, hours: float) -> str:
    """Return a rate as text; a dash where no time passed."""
    return number(count / hours if hours else None, 2)


def spread(values: Sequence[float], digits: int, sign: str = "") -> str:
    """Return mean and standard deviation (of a sample) of what several seeds gave, as text.

    Of one seed it is the value alone, of none a dash. `sign` "+" writes a plus before gains.
    """
    if not values:
        return NOTHING
    mean = f"{statistics.fmean(values):{sign}.{digits}f}"
    if len(values) == 1:
        return mean
    return f"{mean} ± {statistics.stdev(values):.{digits}f}"


def extent(counts: Iterable[int]) -> str:
    """Return what counts range over as text: one number where they are equal."""
    least, *_, most = sorted({*counts}) * 2
    return str(least) if least == most else f"{least} to {most}"


def quoted(values: set[str]) -> str:
    """Return them as Markdown has names, sorted."""
    return ", ".join(f"`{value}`" for value in sorted(values))


def codes(results: Iterable[Mapping[str, Any]]) -> str:
    """Return the versions of the code that made `results`."""
    return quoted({short_code(result["code"]) for result in results})


def short_code(code: str) -> str:
    """Return a code version with twelve digits of its commit: that is enough to find it."""
    return _COMMIT.sub(r"+\1", code)


def _is_figure(cell: str) -> bool:
    return cell == NOTHING or bool(_FIGURE.match(cell))
