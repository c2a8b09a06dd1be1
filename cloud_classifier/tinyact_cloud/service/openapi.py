"""The OpenAPI 3.1 document of the service."""

from typing import Any

from tinyact_cloud.bundle import HEAD_KINDS, LATENT_SIZE

from .classify import CODECS, MAX_ITEMS

_SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_PROBABILITY = {"type": "number", "minimum": 0, "maximum": 1}


def _object(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }


_SCHEMAS = {
    "Health": _object({"status": {"const": "ok"}}),
    "Problem": _object(
        {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        }
    ),
    "Model": _object(
        {
            "name": {"type": "string"},
            "version": {"type": "string"},
            "encoder": _SHA256,
            "head": {"enum": list(HEAD_KINDS)},
            "model": _SHA256,
            "temperature": {"type": "number"},
            "labels": {"type": "array", "items": {"type": "string"}},
            "latent_size": {"const": LATENT_SIZE},
            "metrics": {"type": "object"},
        }
    ),
    "Item": _object(
        {
            "camera": {"type": "string"},
            "person": {"type": "integer"},
            "at": {"type": "string", "format": "date-time"},
            "latent": {
                "description": f"{LATENT_SIZE} int8 bytes (in JSON as base64), or as many numbers",
                "oneOf": [
                    {"type": "string", "contentEncoding": "base64"},
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
        },
        optional=("camera", "person", "at", "scale"),
    ),
    "Query": _object(
        {
            "encoder": _SHA256,
            "items": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Item"},
                "minItems": 1,
                "maxItems": MAX_ITEMS,
            },
        }
    ),
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
}


def document(version: str) -> dict[str, Any]:
    """Return the document for `version` of the service."""
    etag = {"ETag": {"schema": {"type": "string"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "TinyAct classifier", "version": version},
        "security": [{"token": []}],
        "paths": {
            "/healthz": {
                "get": _operation(
                    "Say whether the service is ready", _json("Health"), 503, public=True
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
                    headers=etag,
                    extra={
                        "304": {"description": "It is the one in If-None-Match", "headers": etag}
                    },
                )
            },
            "/v1/classify": {
                "post": {
                    "requestBody": {"required": True, "content": _both("Query")},
                    **_operation("Name actions", _both("Answer"), 400, 409, 413, 415, 422, 503),
                }
            },
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
    content: dict[str, Any],
    *problems: int,
    public: bool = False,
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
            "200": {"description": summary, "content": content, "headers": headers or {}},
            **(extra or {}),
            **{str(status): refused for status in statuses},
        },
    }
    return operation | ({"security": []} if public else {})
