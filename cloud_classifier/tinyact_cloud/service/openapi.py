"""The OpenAPI 3.1 document of the service."""

from typing import Any

from tinyact_cloud.bundle import HEAD_KINDS, LATENT_SIZE

from .classify import CODECS, MAX_ITEMS
from .examples import MAX_PAGE
from .items import MAX_CAMERA, MAX_GROUP, MAX_LABEL, MAX_VARIANTS

_SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_PROBABILITY = {"type": "number", "minimum": 0, "maximum": 1}


def _object(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }


# 1024 is 341 times three bytes, four characters each, and one byte more.
_BASE64_LENGTH = 4 * (LATENT_SIZE // 3) + 2
_LATENT: dict[str, Any] = {
    "latent": {
        "description": f"{LATENT_SIZE} int8 bytes (in JSON as base64), or as many numbers",
        "oneOf": [
            {
                "type": "string",
                "contentEncoding": "base64",
                "pattern": f"^[A-Za-z0-9+/]{{{_BASE64_LENGTH}}}==$",
            },
            {
                "type": "array",
                "items": {"type": "number"},
                "minItems": LATENT_SIZE,
                "maxItems": LATENT_SIZE,
            },
        ],
    },
    "scale": {
        "type": "number",
        "minimum": 0,
        "description": "latent x scale is the float latent; 1 by default for numbers",
    },
}
_VARIANTS = {
    "type": "array",
    "maxItems": MAX_VARIANTS,
    "items": _object(_LATENT, optional=("scale",)),
    "description": "the same as a mirror and other detectors would have shown it",
}
_ETAG = {"ETag": {"schema": {"type": "string"}}}
_ID = {"type": "string", "format": "uuid"}
_TIME = {"type": "string", "format": "date-time"}
_COUNT = {"type": "integer", "minimum": 0}
_LABEL = {"type": "string", "minLength": 1, "maxLength": MAX_LABEL}
_CAMERA = {"type": "string", "minLength": 1, "maxLength": MAX_CAMERA}
_SEEN: dict[str, Any] = {
    "person": {"type": "integer", "minimum": -(2**31) + 1, "maximum": 2**31 - 1},
    "at": _TIME,
}
_ORIGIN: dict[str, Any] = {
    "camera": _CAMERA,
    **_SEEN,
    "group": {"type": "string", "minLength": 1, "maxLength": MAX_GROUP},
}
_ONE_LABEL = {"oneOf": [{"required": ["label"]}, {"required": ["not"]}]}


def _items(schema: str) -> dict[str, Any]:
    return _object(
        {
            "encoder": _SHA256,
            "items": {
                "type": "array",
                "items": {"$ref": f"#/components/schemas/{schema}"},
                "minItems": 1,
                "maxItems": MAX_ITEMS,
            },
        }
    )


_SCHEMAS = {
    "Health": _object({"status": {"const": "ok"}}),
    "Problem": _object(
        {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"enum": ["full", "other_encoder"]},
        },
        optional=("code",),
    ),
    "Model": _object(
        {
            "name": {"type": "string"},
            "version": {"type": "string"},
            "encoder": _SHA256,
            "head": {"enum": list(HEAD_KINDS)},
            "model": _SHA256,
            "temperature": {"type": "number"},
            "head_version": {"type": "integer", "minimum": 0},
            "labels": {"type": "array", "items": {"type": "string"}},
            "thresholds": {"type": "object", "additionalProperties": _PROBABILITY},
            "latent_size": {"const": LATENT_SIZE},
            "metrics": {"type": "object"},
        }
    ),
    "Item": _object(
        {
            "camera": {"type": "string"},
            "person": {"type": "integer"},
            "at": {"type": "string", "format": "date-time"},
            **_LATENT,
        },
        optional=("camera", "person", "at", "scale"),
    ),
    "Query": _items("Item"),
    "Result": _object(
        {
            "label": {"type": "string"},
            "confidence": _PROBABILITY,
            "probabilities": {"type": "object", "additionalProperties": _PROBABILITY},
        }
    ),
    "Answer": _object(
        {
            "model": _SHA256,
            "results": {"type": "array", "items": {"$ref": "#/components/schemas/Result"}},
        }
    ),
    "Examples": _items("Example"),
    "Example": _object(
        {"id": _ID, "label": _LABEL, "not": _LABEL, **_ORIGIN, **_LATENT, "variants": _VARIANTS},
        optional=("label", "not", *_ORIGIN, "scale", "variants"),
    )
    | _ONE_LABEL,
    "Stored": _object({"stored": _COUNT, "total": _COUNT}),
    "ExamplePage": _object(
        {
            "examples": {
                "type": "array",
                "items": _object(
                    {"id": _ID, "label": _LABEL, "not": _LABEL, **_ORIGIN, "created_at": _TIME},
                    optional=("label", "not", *_ORIGIN),
                )
                | _ONE_LABEL,
            },
            "next": {"type": ["integer", "null"], "description": "before, for the next page"},
        }
    ),
    "Wish": _object(
        {"kind": {"enum": list(HEAD_KINDS), "description": "the one that suits by default"}},
        optional=("kind",),
    ),
    "Job": _object(
        {
            "id": _ID,
            "kind": {"enum": list(HEAD_KINDS)},
            "state": {"enum": ["queued", "running", "done", "failed"]},
            "created_at": _TIME,
            "started_at": _TIME,
            "ended_at": _TIME,
            "version": _COUNT,
            "report": {"$ref": "#/components/schemas/Report"},
            "error": {"type": "string"},
            "reason": {"$ref": "#/components/schemas/Remark"},
        },
        optional=("kind", "started_at", "ended_at", "version", "report", "error", "reason"),
    ),
    "Report": _object(
        {
            "kind": {"type": "string"},
            "labels": {"type": "array", "items": {"type": "string"}},
            "report": {
                "type": "array",
                "items": _object(
                    {
                        "label": {"type": "string"},
                        "examples": _COUNT,
                        **{
                            f"{measure}_{moment}": {"type": ["number", "null"]}
                            for measure in ("recall", "precision")
                            for moment in ("before", "after")
                        },
                    }
                ),
            },
            "worse": {"type": "object", "additionalProperties": {"type": "number"}},
            "warnings": {"type": "array", "items": {"type": "string"}},
            "doubts": {"type": "array", "items": {"$ref": "#/components/schemas/Remark"}},
            "seconds": {"type": "number"},
        },
        optional=("doubts",),
    ),
    "Remark": _object({"code": {"type": "string"}, "params": {"type": "object"}}),
    "Status": _object(
        {
            "site": {"type": "string"},
            "examples": {
                "type": "array",
                "items": _object({"label": _LABEL, "was": _COUNT, "was_not": _COUNT}),
            },
            "fits": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}},
        }
    ),
    "Head": _object(
        {
            "version": _COUNT,
            "created_at": _TIME,
            "kind": {"type": "string"},
            "model": _SHA256,
            "labels": {"type": "array", "items": {"type": "string"}},
            "taught": {"type": "array", "items": {"type": "string"}},
            "accuracy": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
            "usable": {"type": "boolean"},
            "active": {"type": "boolean"},
        },
        optional=("created_at",),
    ),
    "Marks": _items("Mark"),
    "Mark": _object(
        {"id": _ID, "camera": _CAMERA, "label": _LABEL, **_SEEN, **_LATENT},
        optional=(*_SEEN, "scale"),
    ),
    "MarkList": _object(
        {
            "encoder": _SHA256,
            "marks": {
                "type": "array",
                "items": _object(
                    {
                        "id": _ID,
                        "camera": _CAMERA,
                        "label": _LABEL,
                        **_SEEN,
                        "latent": {"type": "string", "contentEncoding": "base64"},
                        "scale": {"type": "number"},
                        "created_at": _TIME,
                    },
                    optional=tuple(_SEEN),
                ),
            },
        }
    ),
    "Erased": _object({"examples": _COUNT, "marks": _COUNT, "jobs": _COUNT, "heads": _COUNT}),
    "Heads": _object({"heads": {"type": "array", "items": {"$ref": "#/components/schemas/Head"}}}),
}


def document(version: str) -> dict[str, Any]:
    """Return the document for `version` of the service."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "TinyAct classifier", "version": version},
        "security": [{"token": []}],
        "paths": {
            "/": {
                "get": _operation(
                    "The status page", {"text/html": {"schema": {"type": "string"}}}, public=True
                )
            },
            "/healthz": {
                "get": _operation("Say that the process lives", _json("Health"), public=True)
            },
            "/readyz": {
                "get": _operation(
                    "Say whether model and database are usable", _json("Health"), 503, public=True
                )
            },
            "/metrics": {
                "get": _operation(
                    "Numbers for Prometheus, for this machine only unless --metrics-public",
                    {"text/plain": {"schema": {"type": "string"}}},
                    403,
                    public=True,
                )
            },
            "/v1/status": {
                "get": _operation(
                    "What the site was taught, and its last fits", _json("Status"), 403, 503
                )
            },
            "/openapi.json": {
                "get": _operation(
                    "This document",
                    {"application/json": {"schema": {"type": "object"}}},
                    public=True,
                )
            },
            "/v1/model": {"get": _operation("Say what is served", _json("Model"), 503)},
            "/v1/model/head": {
                "get": _operation(
                    "The head as ONNX",
                    {"application/octet-stream": {}},
                    503,
                    headers=_ETAG,
                    extra={
                        "304": {"description": "It is the one in If-None-Match", "headers": _ETAG}
                    },
                )
            },
            "/v1/classify": {
                "post": {
                    "requestBody": {"required": True, "content": _both("Query")},
                    **_operation("Name actions", _both("Answer"), 400, 409, 413, 415, 422, 503),
                }
            },
            **_TEACHING,
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _SCHEMAS,
        },
    }


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _both(schema: str) -> dict[str, Any]:
    return {
        content_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}
        for content_type in CODECS
    }


def _operation(
    summary: str,
    content: dict[str, Any] | None,
    *problems: int,
    public: bool = False,
    success: int = 200,
    headers: dict[str, Any] | None = None,
    extra: dict[str, Any] | None = None,
) -> dict[str, Any]:
    refused = {
        "description": "Refused (RFC 9457)",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    statuses = problems if public else (401, *problems, 429)
    operation = {
        "summary": summary,
        "responses": {
            str(success): {
                "description": summary,
                "headers": headers or {},
                **({"content": content} if content else {}),
            },
            **(extra or {}),
            **{str(status): refused for status in statuses},
        },
    }
    return operation | ({"security": []} if public else {})


def _parameter(name: str, where: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


_BY_ID = {"parameters": [_parameter("id", "path", _ID)]}
_TEACHING = {
    "/v1/examples": {
        "post": {
            "requestBody": {"required": True, "content": _both("Examples")},
            **_operation(
                "Teach: what latents were, or were not",
                _json("Stored"),
                *(400, 403, 409, 413, 415, 422, 503),
            ),
        },
        "get": {
            "parameters": [
                _parameter("label", "query", _LABEL),
                _parameter("camera", "query", _CAMERA),
                _parameter("before", "query", {"type": "integer", "minimum": 1}),
                _parameter(
                    "limit", "query", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE}
                ),
            ],
            **_operation("What was taught, the newest first", _json("ExamplePage"), 403, 422, 503),
        },
    },
    "/v1/examples/{id}": {
        "delete": _BY_ID | _operation("Forget an example", None, 403, 404, 503, success=204)
    },
    "/v1/fit": {
        "post": {
            "requestBody": {"required": False, "content": _both("Wish")},
            **_operation(
                "Fit a head to what was taught",
                _json("Job"),
                *(400, 403, 413, 415, 422, 503),
                success=202,
                headers={"Location": {"schema": {"type": "string"}}},
            ),
        }
    },
    "/v1/jobs/{id}": {
        "get": _BY_ID | _operation("How a fit goes, or went", _json("Job"), 403, 404, 503)
    },
    "/v1/heads": {
        "get": _operation("The versions there are, the newest first", _json("Heads"), 403, 503)
    },
    "/v1/heads/{version}/activate": {
        "post": {"parameters": [_parameter("version", "path", {"type": "integer", "minimum": 0})]}
        | _operation("Serve an earlier version", _json("Head"), 403, 404, 409, 503)
    },
    "/v1/marks": {
        "post": {
            "requestBody": {"required": True, "content": _both("Marks")},
            **_operation(
                "Say what was wrong here",
                _json("Stored"),
                *(400, 403, 409, 413, 415, 422, 503),
            ),
        },
        "get": _operation(
            "What was said to be wrong, the oldest first",
            _json("MarkList"),
            *(403, 503),
            headers=_ETAG,
            extra={"304": {"description": "They are those in If-None-Match", "headers": _ETAG}},
        ),
    },
    "/v1/marks/{id}": {
        "delete": _BY_ID | _operation("Take it back", None, 403, 404, 503, success=204)
    },
    "/v1/site/export": {
        "get": _operation(
            "All that the site has, a JSON object a line",
            {"application/x-ndjson": {}},
            *(403, 503),
        )
    },
    "/v1/site": {"delete": _operation("Erase all that the site taught", _json("Erased"), 403, 503)},
}
