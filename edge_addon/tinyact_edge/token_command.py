"""The command line's `token`: make, list, revoke and rotate the tokens that clients send.

It works on the journal's database, beside a running edge, which sees the change within a second.
"""

import argparse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
import sys
from typing import TYPE_CHECKING

from .database import Database
from .options import default_data
from .supervisor import forget_token
from .tokens import StoredToken, TokenError, Tokens

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001


def add_to(commands: "Commands") -> None:
    """Add the command to those of the command line."""
    token = commands.add_parser("token", help="make, list, revoke or rotate tokens")
    _data_of(token, default_data())
    token.set_defaults(command=_add, name="")
    verbs = token.add_subparsers(metavar="VERB", help="without one, a new token is printed")
    add = verbs.add_parser("add", help="print a new token")
    add.add_argument("name", nargs="?", default="", help="what to list it by")
    add.set_defaults(command=_add)
    shown = verbs.add_parser("list", help="list those that are good")
    shown.set_defaults(command=_list)
    revoke = verbs.add_parser("revoke", help="let one be good no more, at once")
    revoke.add_argument("token", metavar="ID", help="its id or name")
    revoke.set_defaults(command=_revoke)
    rotate = verbs.add_parser("rotate", help="print a new token in place of one")
    rotate.add_argument("token", metavar="ID", help="its id or name")
    rotate.set_defaults(command=_rotate)
    for verb in (add, shown, revoke, rotate):
        # Left out here it is the one before the verb.
        _data_of(verb, argparse.SUPPRESS)


def _data_of(parser: argparse.ArgumentParser, default: Path | str) -> None:
    parser.add_argument(
        "--data", type=Path, default=default, metavar="DIR", help="folder of the journal"
    )


def _add(options: argparse.Namespace) -> int:
    """Print a new token; only its hash is kept."""
    with closing(Database(options.data)) as database:
        _print(Tokens(database).add(options.name))
    return 0


def _list(options: argparse.Namespace) -> int:
    with closing(Database(options.data)) as database:
        for token in Tokens(database).all():
            made = datetime.fromtimestamp(token.created_at, UTC)
            _print(f"{token.id}  {made:%Y-%m-%d %H:%M}  {token.name or '-'}")
    return 0


def _revoke(options: argparse.Namespace) -> int:
    with _chosen(options) as (tokens, token):
        tokens.revoke(token)
    return 0


def _rotate(options: argparse.Namespace) -> int:
    """Print the new one. An app's own edge makes and announces Home Assistant's itself."""
    with _chosen(options) as (tokens, token):
        _print(tokens.rotate(token))
    return 0


@contextmanager
def _chosen(options: argparse.Namespace) -> Iterator[tuple[Tokens, StoredToken]]:
    """Yield all tokens and the one that is to be good no more."""
    with closing(Database(options.data)) as database:
        tokens = Tokens(database)
        token = tokens.find(options.token)
        _forget(token, options.data)
        yield tokens, token


def _forget(token: StoredToken, folder: Path) -> None:
    """See that the edge does not make the token good again when it starts."""
    try:
        forget_token(token.digest, folder)
    except OSError as error:
        raise TokenError(f"The token's file cannot be removed: {error.strerror}.") from error


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
