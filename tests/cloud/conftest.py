"""A small classifier: real heads fitted on synthetic latents, and a service that runs them."""

from collections.abc import AsyncIterator, Callable, Iterator
import hashlib
import json
from pathlib import Path
import sys
from typing import Any
import uuid

from aiohttp.test_utils import TestClient, TestServer
import numpy as np
import pytest

from tinyact_cloud.__main__ import main
from tinyact_cloud.bundle import HEAD_KINDS, HeadKind, load_bundle
from tinyact_cloud.learning.heads import fit_head
from tinyact_cloud.service.app import Service
from tinyact_cloud.service.auth import create_token
from tinyact_cloud.service.database import Database
from tinyact_cloud.service.served import Served

from .postgres import Cluster, cluster
from .synthetic import ENCODER, LABELS, Latents, draw_latents

MakeBundle = Callable[..., Path]
Command = Callable[..., tuple[int | str | None, str, str]]

# What runs on SQLite and on PostgreSQL.
both_databases = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def fresh() -> Latents:
    """Latents that no head was fitted on."""
    return draw_latents(40, seed=2)


@pytest.fixture(scope="session")
def heads() -> dict[HeadKind, bytes]:
    """A head of each kind, fitted without a single example of the last label."""
    known = draw_latents(160, seed=1)
    return {
        kind: fit_head(kind, known.latents, known.labels, len(LABELS), seed=0)
        for kind in HEAD_KINDS
    }


@pytest.fixture
def make_bundle(tmp_path: Path, heads: dict[HeadKind, bytes]) -> MakeBundle:
    """Return a function that writes a whole bundle, its manifest changed as asked."""

    def make(other_heads: dict[HeadKind, bytes] | None = None, **changes: Any) -> Path:
        folder = tmp_path / "bundle"
        folder.mkdir()
        contents = heads | (other_heads or {})
        files = {f"head_{kind}.onnx": content for kind, content in contents.items()}
        for name, content in files.items():
            (folder / name).write_bytes(content)
        known = draw_latents(160, seed=1)
        np.savez(
            folder / "base_latents.npz",
            latents=np.clip(np.rint(known.latents / 0.05), -127, 127).astype(np.int8),
            scale=np.full(160, 0.05, np.float32),
            labels=known.labels.astype(np.int16),
            groups=np.arange(160, dtype=np.int32) // 8,
        )
        files["base_latents.npz"] = (folder / "base_latents.npz").read_bytes()
        manifest = {
            "format": 3,
            "name": "tinyact-test",
            "version": "2026.11.23",
            "encoder": ENCODER,
            "input": {"view": "body"},
            "latent": {"size": 1024},
            "labels": LABELS,
            "thresholds": {"fall": 0.5},
            "default_head": "rf",
            "heads": {kind: f"head_{kind}.onnx" for kind in heads},
            "temperature": {"rf": 1.0, "svm": 2.0, "xgb": 0.5, "logistic": 1.5},
            "metrics": {"accuracy": 0.5},
            "data": [],
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        }
        (folder / "tinyact-model.json").write_text(json.dumps(manifest | changes))
        return folder

    return make


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL that all tests share; each gets a database of its own."""
    with cluster() as running:
        yield running


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of a new database, None for SQLite: the default, see `both_databases`."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield None
        return
    running: Cluster = request.getfixturevalue("postgres")
    name = f"test_{uuid.uuid4().hex}"
    yield running.create(name)
    running.drop(name)


@pytest.fixture
def flags(tmp_path: Path, database_url: str | None) -> list[str]:
    """What tells a process to use `database`."""
    where = ["--data", str(tmp_path / "data")]
    return [*where, "--database", database_url] if database_url else where


@pytest.fixture
async def database(tmp_path: Path, database_url: str | None) -> AsyncIterator[Database]:
    """A new database."""
    opened = await Database.open(tmp_path / "data", database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def service(database: Database) -> Service:
    """A service that has not loaded its model yet."""
    return Service(database)


@pytest.fixture
async def stranger(service: Service) -> AsyncIterator[TestClient[Any, Any]]:
    """A client of the service, on a real socket, without a token."""
    async with TestClient(TestServer(service.app())) as client:
        yield client


@pytest.fixture
def served(make_bundle: MakeBundle) -> Served:
    """What is served untaught: the forest."""
    return Served.load(load_bundle(make_bundle()))


@pytest.fixture
async def client(
    served: Served, service: Service, stranger: TestClient[Any, Any], database: Database
) -> TestClient[Any, Any]:
    """A client with a token, of a service that serves the forest.

    That is fitted first: a service that stands still for so long is not ready.
    """
    service.served = served
    stranger.session.headers["Authorization"] = f"Bearer {await create_token(database, 'edge')}"
    return stranger


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Return what runs tinyact-cloud here to its end; it gives exit status, stdout and stderr."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_HOME", "TINYACT_DATABASE"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object) -> tuple[int | str | None, str, str]:
        monkeypatch.setattr(sys, "argv", ["tinyact-cloud", *map(str, arguments)])
        status: int | str | None = 0
        try:
            main()
        except SystemExit as end:
            status = end.code
        return status, *capsys.readouterr()

    return run
