"""Refuse requests the same way everywhere: problem details (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from .database import DatabaseError

_LOGGER = logging.getLogger(__name__)


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """A request that is refused; `detail` says why and what to do, to the client."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        """Refuse with `status` and `detail`."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


@web.middleware
async def problem_details(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what a handler raises into `application/problem+json`, and say so in the log."""
    try:
        return await handler(request)
    except Problem as problem:
        refusal = problem
    except web.HTTPRequestEntityTooLarge:
        limit = request.client_max_size
        refusal = Problem(413, f"The body is larger than {limit} bytes; send fewer items.")
    except web.HTTPException as error:
        allow = error.headers.get("Allow")
        refusal = Problem(
            error.status,
            f"{request.method} {request.rel_url.raw_path} is not served here; "
            "/openapi.json lists what is.",
            {"Allow": allow} if allow else None,
        )
    except web.RequestPayloadError:
        refusal = Problem(400, "The body cannot be read: its encoding is broken.")
    except DatabaseError as error:
        _LOGGER.warning("%s", error)
        refusal = Problem(
            503, "The classifier's database does not answer; try again.", {"Retry-After": "5"}
        )
    except ConnectionError:  # the client hung up: nobody to tell
        raise
    except Exception:
        _LOGGER.exception("%s %s failed", request.method, request.rel_url.raw_path)
        refusal = Problem(500, "The classifier failed; its log says why.")
    _LOGGER.info(
        "refused %s %s from %s: %d %s",
        request.method,
        request.rel_url.raw_path,
        request.remote,
        refusal.status,
        refusal.detail,
    )
    return web.json_response(
        {
            "type": "about:blank",
            "title": HTTPStatus(refusal.status).phrase,
            "status": refusal.status,
            "detail": refusal.detail,
        },
        status=refusal.status,
        headers=refusal.headers,
        content_type="application/problem+json",
    )
