"""Make tokens, and recognise them by their hashes alone.

A token is 256 random bits, so a plain SHA-256 of it cannot be guessed back; slow password hashes
are for what people choose.
"""

from collections.abc import Iterable
import hashlib
import hmac
import secrets

_BYTES = 32


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
