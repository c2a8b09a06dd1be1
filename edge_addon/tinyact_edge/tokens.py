"""Make tokens, and recognise them by their hashes alone.

A token is 256 random bits, so a plain SHA-256 of it cannot be guessed back; slow password hashes
are for what people choose.
"""

from collections.abc import Iterable
from dataclasses import dataclass
import hashlib
import hmac
import secrets
import time

from .database import Database

_BYTES = 32
# Of a hash, to name a token by: it gives nothing away.
_ID = 8


class TokenError(Exception):
    """A token cannot be made or found; the message says why."""


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What is known of a token that is good; `created_at` is seconds since 1970, UTC."""

    digest: str
    name: str
    created_at: float

    @property
    def id(self) -> str:
        """Return what it is called by if it has no name."""
        return self.digest[:_ID]


class Tokens:
    """The tokens in a database. Its methods block briefly, and raise JournalError."""

    def __init__(self, database: Database) -> None:
        """Keep their hashes in `database`, which other processes may use, too."""
        self._database = database

    def all(self) -> list[StoredToken]:
        """Return all that are good, the oldest first."""
        with self._database.reading() as db:
            rows = db.execute("SELECT hash, name, created_at FROM tokens ORDER BY created_at, hash")
            return [StoredToken(*row) for row in rows]

    def hashes(self) -> list[str]:
        """Return the hashes of all that are good."""
        with self._database.reading() as db:
            return [digest for (digest,) in db.execute("SELECT hash FROM tokens")]

    def add(self, name: str = "") -> str:
        """Make a token and return it. Raises TokenError if there is one of this name."""
        token = new_token()
        if name and any(name in {known.name, known.id} for known in self.all()):
            raise TokenError(
                f"There is a token {name!r} already: choose another name, or rotate that one."
            )
        self.accept(token, name)
        return token

    def accept(self, token: str, name: str = "") -> None:
        """Let `token` be good from now on."""
        with self._database.commit() as db:
            db.execute(
                "INSERT INTO tokens (hash, created_at, name) VALUES (?, ?, ?)",
                (token_hash(token), time.time(), name),
            )

    def find(self, which: str) -> StoredToken:
        """Return the token with this name or id. Raises TokenError."""
        found = [each for each in self.all() if which in {each.name, each.id}] if which else []
        if not found:
            raise TokenError(f"There is no token {which!r}; 'token list' shows those there are.")
        if len(found) > 1:
            raise TokenError(
                f"There are {len(found)} tokens {which!r}: say which by its id ('token list')."
            )
        return found[0]

    def revoke(self, token: StoredToken) -> None:
        """Let it be good no more."""
        with self._database.commit() as db:
            db.execute("DELETE FROM tokens WHERE hash = ?", (token.digest,))

    def rotate(self, token: StoredToken) -> str:
        """Return a new token, of the same name, in its place."""
        new = new_token()
        with self._database.commit() as db:
            db.execute(
                "UPDATE tokens SET hash = ?, created_at = ? WHERE hash = ?",
                (token_hash(new), time.time(), token.digest),
            )
        return new


def new_token() -> str:
    """Return a new token, printable and safe in a header."""
    return secrets.token_urlsafe(_BYTES)


def token_hash(token: str) -> str:
    """Return what is stored of `token`: its SHA-256 in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_known(token: str, hashes: Iterable[str]) -> bool:
    """Tell whether `token` has one of `hashes`, in a time that does not tell how nearly."""
    digest = token_hash(token)
    # Summed, so that every hash is compared whatever the result of the first.
    return sum(hmac.compare_digest(digest, known) for known in hashes) > 0
