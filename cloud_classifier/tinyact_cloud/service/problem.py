"""Refuse requests the same way everywhere: problem details (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from .database import DatabaseError

PROBLEM_TYPE = "application/problem+json"

_LOGGER = logging.getLogger(__name__)


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """A request that is refused; `detail` says why and what to do, to the client."""

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        *,
        code: str | None = None,
    ) -> None:
        """Refuse with `status` and `detail`; `code` says the same to programs that translate it."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}
        self.code = code

    def members(self) -> dict[str, str | int]:
        """Return what is told of it, the members of a problem details object."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **({"code": self.code} if self.code else {}),
        }


def problem_of(error: Exception) -> Problem:
    """Return what is told of `error`; what nobody expected is told to the log, too."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, DatabaseError):
        _LOGGER.warning("%s", error)
        return Problem(
            503, "The classifier's database does not answer; try again.", {"Retry-After": "5"}
        )
    _LOGGER.error("a request failed", exc_info=error)
    return Problem(500, "The classifier failed; its log says why.")


@web.middleware
async def problem_details(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what a handler raises into `application/problem+json`, and say so in the log."""
    try:
        return await handler(request)
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
    except ConnectionError:  # the client hung up: nobody to tell
        raise
    except Exception as error:  # noqa: BLE001 - it becomes what is answered
        refusal = problem_of(error)
    _LOGGER.info(
        "refused %s %s from %s: %d %s",
        request.method,
        request.rel_url.raw_path,
        request.remote,
        refusal.status,
        refusal.detail,
    )
    return web.json_response(
        refusal.members(),
        status=refusal.status,
        headers=refusal.headers,
        content_type=PROBLEM_TYPE,
    )
