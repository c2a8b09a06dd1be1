"""Bearer tokens (RFC 6750), in a SQLite file that holds their hashes only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
import hashlib
import hmac
from pathlib import Path
import re
import secrets
import sqlite3

FILE_NAME = "tokens.sqlite3"
_SCHEMA_VERSION = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")


class TokenError(Exception):
    """A token that cannot be made, listed or revoked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is known here: by name, never by value."""

    name: str
    created_at: str


class TokenStore:
    """The tokens of one data folder.

    Each check reads the file, so a token made or revoked by another process counts at once.
    """

    def __init__(self, folder: Path) -> None:
        """Open the tokens in `folder`, making both where they are missing. Raises TokenError."""
        self._path = folder / FILE_NAME
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
        except OSError as error:
            raise TokenError(
                f"{self._path} cannot be written: {error.strerror}. "
                "Choose another folder with --data."
            ) from error
        with self._explained():
            self._db = sqlite3.connect(self._path, isolation_level=None)
            self._prepare()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def create(self, name: str) -> str:
        """Make the token `name` and return it: 256 random bits, shown this once only."""
        if not _NAME.fullmatch(name):
            raise TokenError(
                f"{name!r} cannot be a token's name: use up to 64 letters, digits, "
                "spaces, dots, dashes and underscores."
            )
        token = secrets.token_urlsafe(32)
        created_at = datetime.now(UTC).isoformat(timespec="seconds")
        with self._explained():
            try:
                self._db.execute(
                    "INSERT INTO tokens VALUES (?, ?, ?)", (name, _hash(token), created_at)
                )
            except sqlite3.IntegrityError as error:
                raise TokenError(
                    f"There is a token {name!r} already. Revoke it first, or choose another name."
                ) from error
        return token

    def tokens(self) -> list[Token]:
        """Return all tokens by age, the oldest first."""
        with self._explained():
            rows = self._db.execute("SELECT name, created_at FROM tokens ORDER BY rowid").fetchall()
        return [Token(*row) for row in rows]

    def revoke(self, name: str) -> None:
        """Revoke the token `name`. Raises TokenError when there is none."""
        with self._explained():
            if not self._db.execute("DELETE FROM tokens WHERE name = ?", (name,)).rowcount:
                raise TokenError(f"There is no token {name!r}. `token list` shows them all.")

    def accepts(self, token: str) -> bool:
        """Say whether `token` is one of these, in a time that does not depend on its value."""
        offered = _hash(token)
        with self._explained():
            hashes = self._db.execute("SELECT hash FROM tokens").fetchall()
        return any([hmac.compare_digest(offered, known) for (known,) in hashes])  # noqa: C419 - no early exit

    def _prepare(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version == _SCHEMA_VERSION:
            return
        if version:
            raise TokenError(f"{self._path} is of a newer version. Update tinyact-cloud.")
        self._db.executescript(
            f"""
            BEGIN IMMEDIATE;
            CREATE TABLE IF NOT EXISTS tokens
              (name TEXT PRIMARY KEY, hash BLOB NOT NULL, created_at TEXT NOT NULL);
            PRAGMA user_version = {_SCHEMA_VERSION};
            COMMIT;
            """
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn SQLite's errors into ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise TokenError(
                f"{self._path} cannot be used: {error}. Restore it, or delete it and create "
                "the tokens anew."
            ) from error


def _hash(token: str) -> bytes:
    # A header may hold any bytes; Python hands on what is not UTF-8 as lone surrogates.
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
