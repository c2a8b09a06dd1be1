"""Take in what a site exported: here again, at another classifier, or in another site.

What was taught, examples and marks, is taken over, each thing once. Heads are not: a fit makes
them from that, and nothing is run that comes in a file.
"""

from collections.abc import Callable, Iterator
import json
from pathlib import Path
import re
from typing import Any, BinaryIO

from .auth import SITE_NAME
from .changes import record
from .database import Database
from .examples import EXAMPLES
from .items import read_time
from .marks import MARKS
from .problem import Problem
from .sites import ensure_site

# A head in base64, and more than that.
_MAX_LINE = 128 << 20
_MAX_LINES = 2 * (EXAMPLES.most + MARKS.most)
# Rows of one statement: databases take only so many values.
_PAGE = 500
_ENCODER = re.compile("[0-9a-f]{64}")
_TAUGHT = {"example": EXAMPLES, "mark": MARKS}


class ImportFileError(Exception):
    """A file that cannot be taken in; the message says what to do."""


async def import_site(database: Database, site: str, path: Path) -> dict[str, int]:
    """Store what the export in `path` teaches in `site`, whole or not at all.

    Return how many examples and marks were new. Raises ImportFileError and DatabaseError.
    """
    if not SITE_NAME.fullmatch(site):
        raise ImportFileError(f"{site!r} cannot be a site's name.")
    try:
        with path.open("rb") as file:
            taught = _read(file, path)
    except OSError as error:
        raise ImportFileError(f"{path} cannot be read: {error.strerror}.") from error
    stored = {}
    try:
        async with database.writing() as connection:
            await ensure_site(connection, site)
            for what, kept in _TAUGHT.items():
                stored[kept.table.name] = 0
                for encoder, rows in taught[what].items():
                    for first in range(0, len(rows), _PAGE):
                        page = rows[first : first + _PAGE]
                        new, _ = await kept.keep(connection, site, encoder, page)
                        stored[kept.table.name] += new
            await record(connection, site)
    except Problem as problem:
        raise ImportFileError(f"{path} was not taken in. {problem.detail}") from problem
    return stored


def _read(file: BinaryIO, path: Path) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return the rows of examples and of marks, by encoder. Raises ImportFileError."""
    taught: dict[str, dict[str, list[dict[str, Any]]]] = {what: {} for what in _TAUGHT}
    counts = {kept.table.name: 0 for kept in _TAUGHT.values()}
    what: str = ""
    content: dict[str, Any] = {}
    for number, line in enumerate(_lines(file, path), 1):
        where = f"{path}, line {number}"
        what, content = _parse(line, where)
        if (number == 1) != (what == "site"):
            raise ImportFileError(f"{where} is not part of an export: GET /v1/site/export.")
        if what in _TAUGHT:
            kept = _TAUGHT[what]
            encoder, row = _row(content, kept.read, where)
            taught[what].setdefault(encoder, []).append(row)
            counts[kept.table.name] += 1
    if what != "end" or any(content.get(name) != count for name, count in counts.items()):
        raise ImportFileError(f"{path} was cut off: export the site again.")
    return taught


def _lines(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """Yield the lines, of bounded length and count. Raises ImportFileError."""
    for _ in range(_MAX_LINES):
        line = file.readline(_MAX_LINE)
        if not line:
            return
        if len(line) == _MAX_LINE:
            break
        yield line
    raise ImportFileError(f"{path} is larger than what a site may have: it is no export.")


def _parse(line: bytes, where: str) -> tuple[str, dict[str, Any]]:
    """Return what a line holds, and that. Raises ImportFileError."""
    try:
        ((what, content),) = json.loads(line).items()
    except (ValueError, AttributeError, RecursionError) as error:
        raise ImportFileError(f"{where} is not part of an export, or was cut off.") from error
    if not isinstance(content, dict):
        raise ImportFileError(f"{where} is not part of an export: {what} must be a map.")
    return what, content


def _row(
    content: dict[str, Any], read: Callable[[dict[str, Any], str], dict[str, Any]], where: str
) -> tuple[str, dict[str, Any]]:
    """Return the encoder that saw an example or a mark, and its row. Raises ImportFileError."""
    encoder = content.get("encoder")
    if not isinstance(encoder, str) or not _ENCODER.fullmatch(encoder):
        raise ImportFileError(f"{where}: encoder must be a SHA-256.")
    try:
        row = read(content, where)
        if created_at := read_time(content, where, "created_at"):
            row["created_at"] = created_at
    except Problem as problem:
        raise ImportFileError(problem.detail) from problem
    return encoder, row
