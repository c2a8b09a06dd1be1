"""The routes by which people teach (docs/edge-api.md)."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
import json
from typing import Any
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler

from .classifier import ServiceError
from .edge import EDGE
from .lessons import Kind, NothingKeptError, TooManyWaitError
from .problem import (
    ProblemError,
    action_of,
    no_action,
    number_of,
    read_json,
    read_label,
    read_time,
    unprocessable,
)
from .teacher import RefusedError
from .teaching import NoClassifierError
from .wire import action_json

_MAX_VERSION = 2**31 - 1


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    return [
        web.post("/api/actions/{id}/correct", _in_words(_correct)),
        web.delete("/api/actions/{id}/correct", _in_words(_take_back)),
        web.post("/api/teach", _in_words(_teach)),
        web.delete("/api/teach/{id}", _in_words(_forget)),
        web.get("/api/marks/export", _export_marks, allow_head=False),
        web.post("/api/fit", _in_words(_fit)),
        web.get("/api/jobs/{id}", _in_words(_job), allow_head=False),
        web.get("/api/heads", _in_words(_heads), allow_head=False),
        web.post("/api/heads/{version}/activate", _in_words(_activate)),
    ]


def _in_words(handler: Handler) -> Handler:
    """Return `handler`, whose refusals become problems."""

    async def refusing(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except NoClassifierError as error:
            raise ProblemError(
                HTTPStatus.CONFLICT,
                "nobody can learn this: set classifier and classifier_token in the edge's options "
                "to the address of a TinyAct classifier and a token of it",
                code="no_classifier",
            ) from error
        except NothingKeptError as error:
            raise ProblemError(
                HTTPStatus.CONFLICT,
                "no window of a person is kept of this, so there is nothing to learn from; those "
                "of actions are kept for as long as the option keep_latents_days says, all others "
                "for two minutes",
                code="nothing_kept",
            ) from error
        except TooManyWaitError as error:
            raise ProblemError(
                HTTPStatus.CONFLICT,
                "too much waits for the classifier already; see to it that the edge can reach it",
                code="too_much_waits",
            ) from error
        except RefusedError as error:
            code = {"code": error.code} if error.code else {}
            raise ProblemError(error.status, str(error), **code) from error
        except ServiceError as error:
            # Not 401, whatever it was: the client's own token is fine.
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{error}; what was taught is kept and sent as soon as the classifier takes it",
                code="classifier_unavailable",
            ) from error

    return refusing


async def _correct(request: web.Request) -> web.Response:
    action = action_of(request)
    kind, label = _correction(await read_json(request))
    try:
        message = await request.app[EDGE].teaching.correct(action, kind, label)
    except KeyError as error:
        raise no_action() from error
    return web.json_response(action_json(message.action, request.app[EDGE].pictures))


async def _take_back(request: web.Request) -> web.Response:
    try:
        await request.app[EDGE].teaching.take_back(action_of(request))
    except KeyError as error:
        raise ProblemError(
            HTTPStatus.NOT_FOUND, "there is no correction of an action with this id"
        ) from error
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _teach(request: web.Request) -> web.Response:
    edge = request.app[EDGE]
    body = await read_json(request)
    if not isinstance(body, dict) or body.keys() != {"camera", "label", "from", "to"}:
        raise unprocessable("the body must be an object with camera, label, from and to")
    camera = body["camera"]
    if camera not in [known["id"] for known in edge.cameras.all()]:
        raise ProblemError(HTTPStatus.NOT_FOUND, "there is no camera with this id")
    label = read_label(body["label"])
    start, end = (read_time(body[name], name) for name in ("from", "to"))
    if start >= end:
        raise unprocessable("from must be before to")
    lesson, windows = await edge.teaching.teach(camera, label, start, end)
    return web.json_response(
        {"id": lesson, "camera": camera, "label": label, "windows": windows},
        status=HTTPStatus.CREATED,
    )


async def _forget(request: web.Request) -> web.Response:
    try:
        await request.app[EDGE].teaching.forget(request.match_info["id"])
    except KeyError as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, "nothing was taught with this id") from error
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _export_marks(request: web.Request) -> web.Response:
    marks = await asyncio.to_thread(request.app[EDGE].teaching.lessons.exported_marks)
    lines: list[dict[str, Any]] = [
        {"site": {"exported_at": datetime.now(UTC).isoformat()}},
        *({"mark": mark} for mark in marks),
        {"end": {"examples": 0, "marks": len(marks)}},
    ]
    return web.Response(
        text="".join(json.dumps(line) + "\n" for line in lines),
        content_type="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="marks.ndjson"'},
    )


async def _fit(request: web.Request) -> web.Response:
    job = await request.app[EDGE].teaching.fit()
    return web.json_response(
        job, status=HTTPStatus.ACCEPTED, headers={"Location": f"/api/jobs/{job.get('id')}"}
    )


async def _job(request: web.Request) -> web.Response:
    try:
        job = UUID(request.match_info["id"])
    except ValueError as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, "there is no job with this id") from error
    return web.json_response(await request.app[EDGE].teaching.job(str(job)))


async def _heads(request: web.Request) -> web.Response:
    return web.json_response(await request.app[EDGE].teaching.heads())


async def _activate(request: web.Request) -> web.Response:
    version = number_of(request.match_info["version"], _MAX_VERSION)
    if version is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such version; GET /api/heads")
    return web.json_response(await request.app[EDGE].teaching.activate(version))


def _correction(body: Any) -> tuple[Kind, str | None]:
    """Return what a body says that an action was."""
    match body:
        case {"label": label} if len(body) == 1:
            return "label", read_label(label)
        case {"not": True} if len(body) == 1:
            return "not", None
        case {"never_here": True} if len(body) == 1:
            return "never_here", None
    raise unprocessable('the body must be {"label": "…"}, {"not": true} or {"never_here": true}')
