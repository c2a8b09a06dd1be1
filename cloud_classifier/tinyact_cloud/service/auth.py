"""Bearer tokens (RFC 6750): each belongs to a site; the database holds their hashes only."""

import asyncio
from collections.abc import Collection
import contextlib
from dataclasses import dataclass
from functools import partial
import hashlib
import hmac
from pathlib import Path
import re
import secrets
import sqlite3
from typing import Literal, get_args

from aiohttp import web
from cachetools import LRUCache
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from .changes import Changes, record
from .database import Database, now, one
from .problem import Problem
from .sites import ensure_site
from .tables import tokens

# What a token may do; each includes those before it.
Scope = Literal["classify", "teach", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
DEFAULT_SITE = "home"

# Some 300 bytes each.
MAX_CACHED = 20_000
# Unknown tokens that are looked up at once: no flood of them takes the database from the others.
MAX_LOOKUPS = 32
# Seconds that known tokens are still accepted while the database does not answer.
GRACE = 3600.0

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
SITE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FORMER_FILE = "tokens.sqlite3"


class TokenError(Exception):
    """A token that cannot be made, listed or revoked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is known here: by name, never by value."""

    name: str
    site: str
    scope: Scope
    created_at: str

    def may(self, scope: Scope) -> bool:
        """Say whether `scope` is within this token's."""
        return SCOPES.index(scope) <= SCOPES.index(self.scope)


# Whose request it is.
TOKEN = web.RequestKey("token", Token)


def site_of(request: web.Request) -> str:
    """Return the site whose token asks."""
    return request[TOKEN].site


async def create_token(
    database: Database, name: str, site: str = DEFAULT_SITE, scope: Scope = "admin"
) -> str:
    """Make the token `name` and return it: 256 random bits, shown this once only.

    Raises TokenError and DatabaseError.
    """
    if not _NAME.fullmatch(name):
        raise TokenError(
            f"{name!r} cannot be a token's name: use up to 64 letters, digits, "
            "spaces, dots, dashes and underscores."
        )
    if not SITE_NAME.fullmatch(site):
        raise TokenError(
            f"{site!r} cannot be a site's name: use up to 64 small letters, digits, "
            "dots, dashes and underscores."
        )
    token = secrets.token_urlsafe(32)
    try:
        async with database.writing() as connection:
            await ensure_site(connection, site)
            await connection.execute(
                insert(tokens).values(
                    name=name, site=site, scope=scope, hash=_hash(token), created_at=now()
                )
            )
    except IntegrityError as error:
        raise TokenError(
            f"There is a token {name!r} already. Revoke it first, or choose another name."
        ) from error
    return token


async def list_tokens(database: Database) -> list[Token]:
    """Return all tokens by age, the oldest first. Raises DatabaseError."""
    query = select(tokens.c.name, tokens.c.site, tokens.c.scope, tokens.c.created_at)
    async with database.reading() as connection:
        rows = await connection.execute(query.order_by(tokens.c.created_at, tokens.c.name))
        return [Token(*row) for row in rows]


async def revoke_token(database: Database, name: str) -> None:
    """Revoke the token `name`. Raises TokenError when there is none, and DatabaseError."""
    async with database.writing() as connection:
        revoked = await one(
            connection, delete(tokens).where(tokens.c.name == name).returning(tokens.c.site)
        )
        if revoked is None:
            raise TokenError(f"There is no token {name!r}. `token list` shows them all.")
        await record(connection, revoked.site)


class Authorizer:
    """Tell whose a token is; a token that was asked for lately costs no query.

    A token revoked elsewhere is refused after the next look for changes.
    """

    def __init__(self, database: Database, changes: Changes) -> None:
        """Look tokens up in `database` and forget them after `changes`."""
        self._database = database
        self._changes = changes
        self._known: LRUCache[bytes, tuple[bytes, Token]] = LRUCache(MAX_CACHED)
        # By hash: many requests that come at once with a token are one question.
        self._asked: dict[bytes, asyncio.Task[Token | None]] = {}
        changes.listen(self._forget)

    async def find(self, token: str) -> Token | None:
        """Return what is known of `token`, None if it is none. Raises Problem, DatabaseError."""
        if not token:
            return None
        if found := self.known(token):
            return found
        offered = _hash(token)
        asked = self._asked.get(offered)
        if asked is None:
            if len(self._asked) >= MAX_LOOKUPS:
                raise Problem(429, "Too many unknown tokens; try again.", {"Retry-After": "1"})
            asked = self._asked[offered] = asyncio.create_task(self._look_up(offered))
            asked.add_done_callback(partial(self._told, offered))
        return await asyncio.shield(asked)

    def known(self, token: str) -> Token | None:
        """Return whose `token` is if that is in memory; None says nothing."""
        offered = _hash(token)
        known = self._known.get(offered[:8])
        return _if_same(offered, *known) if known and self._changes.age < GRACE else None

    def _told(self, offered: bytes, asked: asyncio.Task[Token | None]) -> None:
        del self._asked[offered]
        if not asked.cancelled():
            asked.exception()  # seen, even where everybody who asked has hung up

    async def _look_up(self, offered: bytes) -> Token | None:
        told = self._changes.told
        async with self._database.reading() as connection:
            row = await one(connection, select(tokens).where(tokens.c.hash == offered))
        if row is None:
            return None
        token = Token(row.name, row.site, row.scope, row.created_at)
        if told == self._changes.told:  # else it may have been revoked meanwhile
            self._known[offered[:8]] = (row.hash, token)
        return _if_same(offered, row.hash, token)

    def _forget(self, names: Collection[str] | None) -> None:
        for key, (_, token) in list(self._known.items()):
            if names is None or token.site in names:
                del self._known[key]


async def take_over(database: Database, folder: Path) -> None:
    """Move the tokens of the file that earlier versions kept in `folder` to the default site.

    Whoever is interrupted does it again: a token that is there already stays as it is.
    Raises TokenError and DatabaseError.
    """
    path = folder / _FORMER_FILE
    rows = _former_tokens(path)
    if not rows:
        return
    async with database.writing() as connection:
        await ensure_site(connection, DEFAULT_SITE)
        known = set((await connection.execute(select(tokens.c.name))).scalars())
        for name, digest, created_at in rows:
            if name not in known:
                await connection.execute(
                    insert(tokens).values(
                        name=name,
                        site=DEFAULT_SITE,
                        scope="admin",
                        hash=digest,
                        created_at=created_at,
                    )
                )
    path.unlink(missing_ok=True)


def _former_tokens(path: Path) -> list[tuple[str, bytes, str]]:
    """Return name, hash and creation of each token in `path`, none where there is no file."""
    try:
        # Read only, for else a file would be made. Another process may remove it meanwhile.
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as former:
            return former.execute("SELECT name, hash, created_at FROM tokens").fetchall()
    except sqlite3.Error as error:
        if not path.exists():
            return []
        raise TokenError(
            f"{path} holds the tokens of an earlier version and cannot be read: {error}. Restore "
            "it, or delete it and create the tokens anew."
        ) from error


def _hash(token: str) -> bytes:
    # A header may hold any bytes; Python hands on what is not UTF-8 as lone surrogates.
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _if_same(offered: bytes, known: bytes, token: Token) -> Token | None:
    # In constant time, although what a hash gives away is no step towards its token.
    return token if hmac.compare_digest(offered, known) else None
