"""The log: one line an event, as text or as JSON, each with the id of its request.

A line never holds a latent, a token or what a household taught: whoever collects logs is not who
was trusted with those.
"""

from contextvars import ContextVar
import logging
import random
import re
from typing import Literal, get_args

from aiohttp.http_exceptions import HttpProcessingError
from pythonjsonlogger.json import JsonFormatter

LogFormat = Literal["text", "json"]
LOG_FORMATS: tuple[LogFormat, ...] = get_args(LogFormat)

# Of the request that is being answered; none outside of one.
_REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
# What proxies make, and nothing that could end a line or fill a disk.
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")

set_request_id = _REQUEST_ID.set
reset_request_id = _REQUEST_ID.reset


def configure(log_format: LogFormat) -> None:
    """Write the log to stderr, in `log_format`."""
    handler = logging.StreamHandler()
    handler.addFilter(_add_request_id)
    handler.addFilter(_spare_headers)
    handler.setFormatter(_json() if log_format == "json" else _text())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def request_id(offered: str | None) -> str:
    """Return the id that a client or proxy `offered` if it is sane, else a new one.

    A new one is no secret, so it need not be drawn as one.
    """
    if offered and _SANE.fullmatch(offered):
        return offered
    return random.randbytes(16).hex()  # noqa: S311 - no secret


def _text() -> logging.Formatter:
    return logging.Formatter("%(asctime)s %(levelname)s %(request_id)s %(message)s")


def _json() -> logging.Formatter:
    return JsonFormatter(
        ["levelname", "name", "request_id", "message"],
        rename_fields={"levelname": "level", "name": "logger", "exc_info": "error"},
        timestamp="time",
        json_ensure_ascii=False,
    )


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = _REQUEST_ID.get() or "-"
    return True


def _spare_headers(record: logging.LogRecord) -> bool:
    """Leave out what aiohttp shows of a request that is no HTTP: a token may be in its headers."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True
