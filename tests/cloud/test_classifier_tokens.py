"""Tokens at rest."""

from pathlib import Path
import sqlite3

import pytest

from tinyact_cloud.service.auth import FILE_NAME, TokenError, TokenStore


def test_life_of_a_token(tokens: TokenStore) -> None:
    first, second = tokens.create("edge"), tokens.create("laptop 2")
    assert len(first) >= 43  # 256 bits in base64
    assert first != second
    assert tokens.accepts(first)
    assert tokens.accepts(second)
    assert not tokens.accepts(first[:-1])
    assert [token.name for token in tokens.tokens()] == ["edge", "laptop 2"]
    tokens.revoke("edge")
    assert not tokens.accepts(first)
    assert tokens.accepts(second)
    assert tokens.create("edge") != first


def test_only_hashes_are_kept_and_only_for_the_owner(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    store = TokenStore(folder)
    token = store.create("edge")
    store.close()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert all(token.encode() not in file.read_bytes() for file in folder.iterdir())
    reopened = TokenStore(folder)
    assert reopened.accepts(token)
    reopened.close()


@pytest.mark.parametrize("name", ["", " edge", "a" * 65, "a\nb", "é"])
def test_names_that_cannot_be_listed(tokens: TokenStore, name: str) -> None:
    with pytest.raises(TokenError, match="cannot be a token's name"):
        tokens.create(name)


def test_names_are_unique_and_known(tokens: TokenStore) -> None:
    tokens.create("edge")
    with pytest.raises(TokenError, match="already"):
        tokens.create("edge")
    with pytest.raises(TokenError, match="no token 'laptop'"):
        tokens.revoke("laptop")


def test_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database at all, but long enough" * 100)
    with pytest.raises(TokenError, match=FILE_NAME):
        TokenStore(tmp_path)


def test_file_of_a_newer_version(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.execute("PRAGMA user_version = 2")
    with pytest.raises(TokenError, match="Update tinyact-cloud"):
        TokenStore(tmp_path)


def test_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TokenError, match="--data"):
        TokenStore(tmp_path / "file" / "data")
