"""Read what people say happens in their recordings: a CSV of `file,label,start,end`."""

from collections.abc import Iterator, Mapping, Sequence
import csv
from dataclasses import dataclass
from difflib import get_close_matches
import math
from pathlib import Path, PurePosixPath

from tinyact_edge.bundle import NONE

from .events import Event
from .options import UserError
from .prepare import videos

_COLUMNS = ("file", "label", "start", "end")
_HEADER = ",".join(_COLUMNS)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line's cells by column, and the words that name the line in an error."""

    cells: Mapping[str, str]
    where: str


def read_annotations(
    table: Path, data: Path, labels: Sequence[str]
) -> dict[Path, tuple[Event, ...]]:
    """Return the events of every video under `data`, in order of time.

    A row names a video by its path below `data`, with or without extension, a label and the
    event's start and end in seconds of the video. A row without a label (or with `none`) names a
    video only. In a video without rows nothing is annotated. A label in other capitals than one of
    `labels` is that one. Raises UserError, which names the line, for whatever cannot be understood.
    """
    spelling = {label.casefold(): label for label in labels}
    known = {path.relative_to(data).as_posix(): path for path in videos(data)}
    found: dict[Path, list[Event]] = {path: [] for path in known.values()}
    seen: set[tuple[Path, Event | None]] = set()
    for row in _rows(table):
        path = _video(row, data, known)
        event = _event(row, spelling)
        if (path, event) in seen:
            raise UserError(f"{row.where}: an earlier line says the same: remove one")
        seen.add((path, event))
        events = found.setdefault(path, [])
        if event:
            events.append(event)
    if not found:
        raise UserError(f"There is no video under {data}: give the folder that holds them.")
    return {
        path: tuple(sorted(events, key=lambda event: (event.start, event.end)))
        for path, events in sorted(found.items())
    }


def _rows(table: Path) -> Iterator[_Row]:
    """Yield the rows below the header; blank lines are none."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            yield from _parsed(file, table)
    except FileNotFoundError as error:
        raise UserError(f"There is no file {table}: give a CSV that begins {_HEADER}") from error
    except OSError as error:
        raise UserError(f"{table} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{table} is no UTF-8 text: save it as a CSV in UTF-8") from error


def _parsed(lines: Iterator[str], table: Path) -> Iterator[_Row]:
    reader = csv.reader(lines, skipinitialspace=True)
    columns: list[str] = []
    try:
        for raw in reader:
            cells = [cell.strip() for cell in raw]
            where = f"{table}, line {reader.line_num}"
            if not any(cells):
                continue
            if not columns:
                columns = _columns(cells, where)
                continue
            if len(cells) != len(columns):
                raise UserError(
                    f"{where}: {len(cells)} values for {len(columns)} columns"
                    " (decimals need a point, a name with a comma needs quotes)"
                )
            yield _Row(dict(zip(columns, cells, strict=True)), where)
    except csv.Error as error:
        raise UserError(f"{table}, line {reader.line_num}: no CSV: {error}") from error
    if not columns:
        raise UserError(f"{table} is empty: its first line must be {_HEADER}")


def _columns(cells: Sequence[str], where: str) -> list[str]:
    columns = [cell.lower() for cell in cells]
    for name in _COLUMNS:
        if columns.count(name) != 1:
            problem = "is missing" if name not in columns else "stands there twice"
            raise UserError(f"{where}: the column {name!r} {problem}; the header must be {_HEADER}")
    return columns


def _video(row: _Row, data: Path, known: Mapping[str, Path]) -> Path:
    """Return the video that a row names."""
    named = PurePosixPath(row.cells["file"].replace("\\", "/"))
    text = named.as_posix()
    if not named.name or named.is_absolute() or ".." in named.parts:
        raise UserError(f"{row.where}: file is {text!r}, but must be a path below {data}")
    if text in known:
        return known[text]
    # A container with an unusual extension is nobody's video until somebody names it.
    if (data / text).is_file():
        return data / text
    bare = [name for name in known if name.rpartition(".")[0] == text]
    if len(bare) == 1:
        return known[bare[0]]
    if bare:
        raise UserError(f"{row.where}: {text!r} may be {' or '.join(bare)}: add the extension")
    raise UserError(f"{row.where}: there is no {text!r} below {data}{_hint(text, known)}")


def _hint(text: str, known: Mapping[str, Path]) -> str:
    """Return a question after the file that was meant, or nothing."""
    meant = [name for name in known if Path(name).name == Path(text).name]
    meant += [name for name in known if Path(name).stem == Path(text).stem]
    meant += get_close_matches(text, known, 1)
    return f"; is it {meant[0]!r}?" if meant else ""


def _event(row: _Row, spelling: Mapping[str, str]) -> Event | None:
    text = row.cells["label"]
    if text.casefold() in {"", NONE}:
        return None
    start, end = (_seconds(row, name) for name in ("start", "end"))
    if end < start:
        raise UserError(f"{row.where}: the end, {end:g} s, is before the start, {start:g} s")
    return Event(spelling.get(text.casefold(), text), start, end)


def _seconds(row: _Row, column: str) -> float:
    text = row.cells[column]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise UserError(f"{row.where}: {column} is {text!r}, but must be seconds, such as 12.5")
    return value
