"""Tokens: at rest, in the cache of a service, and those of an earlier version."""

import asyncio
from collections.abc import Callable
import hashlib
from pathlib import Path
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from tinyact_cloud.service import auth
from tinyact_cloud.service.auth import (
    Authorizer,
    TokenError,
    create_token,
    list_tokens,
    revoke_token,
    take_over,
)
from tinyact_cloud.service.changes import Changes
from tinyact_cloud.service.database import Database, DatabaseError
from tinyact_cloud.service.problem import Problem

from .conftest import both_databases

if TYPE_CHECKING:
    from .postgres import Cluster

pytestmark = both_databases


@pytest.fixture
async def changes(database: Database) -> Changes:
    changes = Changes(database)
    await changes.look()
    return changes


@pytest.fixture
def authorizer(database: Database, changes: Changes) -> Authorizer:
    return Authorizer(database, changes)


def count_statements(database: Database) -> list[str]:
    statements: list[str] = []
    event.listen(
        database._engine.sync_engine,
        "before_cursor_execute",
        lambda *arguments: statements.append(arguments[2]),
    )
    return statements


async def test_life_of_a_token(
    database: Database, authorizer: Authorizer, changes: Changes
) -> None:
    first = await create_token(database, "edge")
    second = await create_token(database, "laptop 2", "cabin", "teach")
    assert len(first) >= 43  # 256 bits in base64
    assert first != second
    assert [(t.name, t.site, t.scope) for t in await list_tokens(database)] == [
        ("edge", "home", "admin"),
        ("laptop 2", "cabin", "teach"),
    ]
    found = await authorizer.find(second)
    assert found is not None
    assert (found.site, found.may("classify"), found.may("teach")) == ("cabin", True, True)
    assert not found.may("admin")
    assert await authorizer.find(first)
    assert await authorizer.find(first[:-1]) is None
    await revoke_token(database, "edge")
    await changes.look()
    assert await authorizer.find(first) is None
    assert await authorizer.find(second)
    assert await create_token(database, "edge") != first


async def test_known_token_costs_no_query(
    database: Database, authorizer: Authorizer, changes: Changes
) -> None:
    token = await create_token(database, "edge")
    other = await create_token(database, "other", "elsewhere")
    await changes.look()
    await authorizer.find(token)
    statements = count_statements(database)
    assert await authorizer.find(token)
    assert statements == []
    await authorizer.find(other)
    assert len(statements) > 0
    await revoke_token(database, "other")
    await changes.look()
    statements.clear()
    assert await authorizer.find(token)  # of another site: still known
    assert statements == []


async def test_token_revoked_while_it_is_looked_up(
    database: Database, authorizer: Authorizer, changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await create_token(database, "edge")
    real = auth.one

    async def slowly(*arguments: object) -> object:
        row = await real(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(auth, "one", real)
        await asyncio.to_thread(asyncio.run, revoke_elsewhere())
        await changes.look()
        return row

    async def revoke_elsewhere() -> None:
        other = await Database.open(*reopen)
        await revoke_token(other, "edge")
        await other.close()

    reopen = (Path(str(database)).parent, None)
    if database._engine.dialect.name == "postgresql":
        url = database._engine.url.set(drivername="postgresql")
        reopen = (Path(), url.render_as_string(hide_password=False))  # type: ignore[assignment]
    monkeypatch.setattr(auth, "one", slowly)
    await authorizer.find(token)
    assert await authorizer.find(token) is None


async def test_flood_of_unknown_tokens_is_bounded(
    database: Database, authorizer: Authorizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await create_token(database, "edge")
    await authorizer.find(token)
    monkeypatch.setattr(auth, "MAX_LOOKUPS", 3)
    strangers = [asyncio.ensure_future(authorizer.find(f"stranger {i}")) for i in range(10)]
    await asyncio.sleep(0)
    assert await authorizer.find(token)
    answers = await asyncio.gather(*strangers, return_exceptions=True)
    refused = [answer.status for answer in answers if isinstance(answer, Problem)]
    assert refused == [429] * 7
    assert answers.count(None) == 3


async def test_a_crowd_with_one_token_is_one_question(
    database: Database, authorizer: Authorizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await create_token(database, "edge")
    monkeypatch.setattr(auth, "MAX_LOOKUPS", 1)
    hung_up, *crowd = (asyncio.ensure_future(authorizer.find(token)) for _ in range(100))
    await asyncio.sleep(0)
    hung_up.cancel()
    found = await asyncio.gather(*crowd)
    assert {one.name for one in found if one} == {"edge"}
    assert None not in found


def lose_database(database: Database, request: pytest.FixtureRequest) -> Callable[[], None]:
    if database._engine.dialect.name == "sqlite":
        return lambda: shutil.rmtree(Path(str(database)).parent)
    running: Cluster = request.getfixturevalue("postgres")
    request.addfinalizer(running.start)
    return running.stop


async def test_known_tokens_outlive_the_database_for_a_while(
    database: Database,
    authorizer: Authorizer,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    lose = lose_database(database, request)
    token, stranger = await create_token(database, "edge"), "stranger"
    assert await authorizer.find(token)
    await database.close()
    lose()
    assert await authorizer.find(token)
    with pytest.raises(DatabaseError):
        await authorizer.find(stranger)
    monkeypatch.setattr(auth, "GRACE", 0)
    with pytest.raises(DatabaseError):
        await authorizer.find(token)


async def test_only_hashes_are_kept_and_only_for_the_owner(
    tmp_path: Path, database: Database
) -> None:
    token = await create_token(database, "edge")
    (row,) = await list_tokens(database)
    assert token not in repr(row)
    if database._engine.dialect.name == "sqlite":
        folder = tmp_path / "data"
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
        assert all(token.encode() not in file.read_bytes() for file in folder.iterdir())


async def test_names_that_cannot_be_listed(database: Database) -> None:
    for name in ("", " edge", "a" * 65, "a\nb", "é"):
        with pytest.raises(TokenError, match="cannot be a token's name"):
            await create_token(database, name)


async def test_sites_that_cannot_be_named(database: Database) -> None:
    for site in ("", "Home", "a" * 65, "../x", "a b"):
        with pytest.raises(TokenError, match="cannot be a site's name"):
            await create_token(database, "edge", site)


async def test_names_are_unique_and_known(database: Database) -> None:
    await create_token(database, "edge")
    with pytest.raises(TokenError, match="already"):
        await create_token(database, "edge", "elsewhere")
    with pytest.raises(TokenError, match="no token 'laptop'"):
        await revoke_token(database, "laptop")


def former_file(folder: Path, *names: str) -> Path:
    path = folder / "tokens.sqlite3"
    with sqlite3.connect(path) as former:
        former.execute("CREATE TABLE tokens (name TEXT PRIMARY KEY, hash BLOB, created_at TEXT)")
        for name in names:
            digest = hashlib.sha256(f"token of {name}".encode()).digest()
            row = (name, digest, "2026-11-01T00:00:00+00:00")
            former.execute("INSERT INTO tokens VALUES (?, ?, ?)", row)
    former.close()
    return path


async def test_former_tokens_are_taken_over_once(
    database: Database, authorizer: Authorizer, tmp_path: Path
) -> None:
    await create_token(database, "edge", "cabin")
    path = former_file(tmp_path, "edge", "kitchen")
    await take_over(database, tmp_path)
    assert not path.exists()
    names = [(token.name, token.site) for token in await list_tokens(database)]
    assert names == [("kitchen", "home"), ("edge", "cabin")]
    assert await authorizer.find("token of kitchen")
    assert await authorizer.find("token of edge") is None  # the newer one of this name stays
    await take_over(database, tmp_path)
    assert len(await list_tokens(database)) == 2


async def test_former_tokens_that_cannot_be_read(database: Database, tmp_path: Path) -> None:
    (tmp_path / "tokens.sqlite3").write_bytes(b"not a database at all, but long enough" * 100)
    with pytest.raises(TokenError, match=r"tokens\.sqlite3 holds the tokens of an earlier version"):
        await take_over(database, tmp_path)
