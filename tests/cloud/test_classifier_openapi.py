"""The OpenAPI document is valid, complete, and what really is answered."""

from typing import TYPE_CHECKING, Any

from aiohttp.test_utils import TestClient
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
import pytest

from tinyact_cloud.service.app import Service

from .synthetic import ENCODER

if TYPE_CHECKING:
    from aiohttp import ClientResponse

Client = TestClient[Any, Any]
QUERY = {"encoder": ENCODER, "items": [{"latent": [0.5] * 1024}]}


@pytest.fixture
async def document(client: Client) -> dict[str, Any]:
    document: dict[str, Any] = await (await client.get("/openapi.json")).json()
    return document


def validate(document: dict[str, Any], schema: dict[str, Any], message: Any) -> None:
    OAS31Validator(schema | {"components": document["components"]}).validate(message)


def test_document_is_openapi(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_is_in_it_and_the_other_way_round(
    document: dict[str, Any], service: Service
) -> None:
    served = {
        (route.method, route.resource.canonical)
        for route in service.app().router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    documented = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert served == documented


def test_token_is_asked_for_where_it_says_so(document: dict[str, Any]) -> None:
    public = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if operation.get("security") == []
    }
    assert public == {"/", "/healthz", "/metrics", "/openapi.json", "/readyz"}
    assert document["security"] == [{"token": []}]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/healthz", None, 200),
        ("GET", "/readyz", None, 200),
        ("GET", "/v1/status", None, 200),
        ("GET", "/v1/model", None, 200),
        ("POST", "/v1/classify", QUERY, 200),
        ("POST", "/v1/classify", QUERY | {"encoder": "0" * 64}, 409),
        ("POST", "/v1/classify", {}, 422),
    ],
)
async def test_answers_are_as_documented(
    client: Client, document: dict[str, Any], method: str, path: str, body: Any, status: int
) -> None:
    operation = document["paths"][path][method.lower()]
    response: ClientResponse = await client.request(method, path, json=body)
    assert response.status == status
    content = operation["responses"][str(status)]["content"]
    validate(document, content[response.content_type]["schema"], await response.json())
    if body is not None and status != 422:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        validate(document, schema, body)


async def test_undocumented_statuses_do_not_occur(
    client: Client, document: dict[str, Any], service: Service
) -> None:
    responses = document["paths"]["/v1/classify"]["post"]["responses"]
    answers = [
        await client.post("/v1/classify", json=QUERY, headers={"Authorization": ""}),
        await client.post("/v1/classify", data=b"{", headers={"Content-Type": "application/json"}),
        await client.post("/v1/classify", data=b"x"),
        await client.post("/v1/classify", json="x" * (1 << 20)),
    ]
    service.served = None
    answers.append(await client.post("/v1/classify", json=QUERY))
    assert [answer.status for answer in answers] == [401, 400, 415, 413, 503]
    assert {str(answer.status) for answer in answers} <= responses.keys()
