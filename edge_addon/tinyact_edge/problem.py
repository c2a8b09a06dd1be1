"""Refuse requests, and read what they are made of."""

from datetime import datetime
from http import HTTPStatus
import json
from typing import Any

from aiohttp import web

from .bundle import NONE
from .camera_settings import MAX_LABEL, spelt

# Far more than an id can be; SQLite's integers end at 2^63.
MAX_ID = 1 << 53
# What is said when there is nothing to say: nobody can be taught these.
_RESERVED = frozenset({NONE, "unknown"})


class ProblemError(Exception):
    """A request that is refused."""

    def __init__(self, status: HTTPStatus, detail: str, **members: str) -> None:
        """Refuse with `status`; `detail` says why and what to do, `members` more to programs."""
        super().__init__(detail)
        self.status = status
        self.members = members


def unprocessable(detail: str, **members: str) -> ProblemError:
    """Return the refusal of what is well-formed but wrong."""
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, **members)


def no_action() -> ProblemError:
    """Return the refusal of an action that is not there."""
    return ProblemError(HTTPStatus.NOT_FOUND, "there is no action with this id", code="no_action")


def action_of(request: web.Request) -> int:
    """Return the id of the action in a request's path."""
    number = number_of(request.match_info["id"], MAX_ID)
    if number is None:
        raise no_action()
    return number


def number_of(text: str, most: int) -> int | None:
    """Return the number that `text` is, None if it is none or has more digits than `most`."""
    if text.isascii() and text.isdecimal() and len(text) <= len(str(most)):
        return int(text)
    return None


async def read_json(request: web.Request) -> Any:
    """Return what the body holds."""
    try:
        return json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "the body is not JSON") from error


def read_time(value: Any, name: str) -> float:
    """Return a time in seconds since 1970."""
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        time = datetime.min  # noqa: DTZ901 (has no offset either)
    if time.tzinfo is None:
        raise unprocessable(f"{name} must be a time like 2026-11-23T18:00:00+00:00, with offset")
    return time.timestamp()


def read_label(value: Any) -> str:
    """Return a label that can be taught, as it is spelt."""
    text = value if isinstance(value, str) and len(value) <= 4 * MAX_LABEL else ""
    label = spelt(text)
    if not 1 <= len(label) <= MAX_LABEL or not label.isprintable():
        raise unprocessable(f"label must be a text of 1 to {MAX_LABEL} printable characters")
    if label.casefold() in _RESERVED:
        raise unprocessable(f'{label!r} cannot be taught: correct with {{"not": true}} instead')
    return label
