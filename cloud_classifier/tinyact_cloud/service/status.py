"""The status page for people, and what it shows of the site whose token asks.

The page holds nothing of any home: it asks the interface, with the token that a person types in.
"""

import base64
from collections.abc import Iterable
import hashlib
from importlib.resources import files
from typing import Any

from aiohttp import web
from sqlalchemy import Row, func, select

from .auth import TOKEN
from .database import Database
from .jobs import describe_job
from .tables import examples, jobs

# Fits that are shown.
SHOWN = 5


def page(request: web.Request) -> web.Response:
    """Return the page: one document, which loads nothing and may ask this service only.

    Home Assistant shows it in a frame of its own, which the Supervisor's header tells.
    """
    framed = "'self'" if "X-Ingress-Path" in request.headers else "'none'"
    policy = {"Content-Security-Policy": f"{_POLICY}; frame-ancestors {framed}"}
    return web.Response(text=_PAGE, content_type="text/html", headers=_HEADERS | policy)


async def site_status(database: Database, request: web.Request) -> dict[str, Any]:
    """Return what the site of the request has, by label, and its last fits. Raises DatabaseError.

    Labels and counts only: no latent, and no camera.
    """
    token = request[TOKEN]
    counted = (
        select(examples.c.label, examples.c.wrong, func.count().label("number"))
        .where(examples.c.site == token.site)
        .group_by(examples.c.label, examples.c.wrong)
    )
    last = select(jobs).where(jobs.c.site == token.site).order_by(jobs.c.number.desc())
    async with database.reading() as connection:
        counts = (await connection.execute(counted)).all()
        fits = (await connection.execute(last.limit(SHOWN))).all()
    return {
        "site": token.site,
        "examples": _by_label(counts),
        "fits": [describe_job(row) for row in fits],
    }


def _by_label(counts: Iterable[Row[Any]]) -> list[dict[str, Any]]:
    """Return for each label how many examples say that it was, and that it was not."""
    labels: dict[str, dict[str, Any]] = {}
    for row in counts:
        label = labels.setdefault(row.label, {"label": row.label, "was": 0, "was_not": 0})
        label["was_not" if row.wrong else "was"] = row.number
    return [labels[name] for name in sorted(labels)]


def _read(name: str) -> str:
    return files(__package__).joinpath("page", name).read_text("utf-8")


def _source(text: str) -> str:
    """Return the Content Security Policy's name of an inline text (CSP Level 3, §2.3.1)."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


_STYLE, _SCRIPT = _read("status.css"), _read("status.js")
_PAGE = _read("status.html").replace("/* style */", _STYLE).replace("/* script */", _SCRIPT)
_POLICY = (
    f"default-src 'none'; style-src {_source(_STYLE)}; script-src {_source(_SCRIPT)}; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
)
_HEADERS = {
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
