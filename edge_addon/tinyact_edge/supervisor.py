"""Talk with Home Assistant's Supervisor, which runs this edge where it is an app.

It names the MQTT broker of the house, and hands on to Home Assistant where the edge is and by
which token it answers, so that nobody has to type either.
"""

import asyncio
import logging
import os
from pathlib import Path
import re
import ssl
import tempfile
from typing import Any

import aiohttp

from .backoff import Backoff
from .database import Database
from .options import MqttOptions
from .tokens import Tokens, is_known, new_token

SERVICE = "tinyact"
# The name of its token.
HOME_ASSISTANT = "home-assistant"
TOKEN_FILE = "home-assistant.token"  # noqa: S105 - a name, which backups leave out
_URL = "http://supervisor"
_PATIENCE = aiohttp.ClientTimeout(total=20)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

_LOGGER = logging.getLogger(__name__)


class SupervisorError(Exception):
    """The Supervisor does not answer, or refuses; the message says why."""


class Supervisor:
    """The Supervisor, as an app may use it."""

    def __init__(self, session: aiohttp.ClientSession, token: str, url: str) -> None:
        """Ask at `url` with `token`, which the Supervisor gave this app."""
        self._session = session
        self._headers = {"Authorization": f"Bearer {token}"}
        self._url = url

    async def broker(self) -> MqttOptions | None:
        """Return the broker that the Supervisor knows, if any. Raises SupervisorError."""
        status, answer = await self._ask("GET", "/services/mqtt")
        if status == 400:  # noqa: PLR2004 - its way to say that nobody offers this service
            return None
        data = _data(status, answer)
        try:
            return MqttOptions(
                host=str(data["host"]),
                port=int(data["port"]),
                user=data.get("username") or None,
                password=data.get("password") or None,
                tls=ssl.create_default_context() if data.get("ssl") else None,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SupervisorError("the Supervisor's answer names no broker") from error

    async def announce(self, host: str, port: int, token: str, instance: str) -> None:
        """Let Home Assistant know of this edge; try until that succeeds.

        The Supervisor keeps the message and tells Home Assistant when it starts, too. The same
        message again changes nothing, so this may be called at every start.
        """
        config = {"host": host, "port": port, "token": token, "instance": instance}
        message = {"service": SERVICE, "config": config}
        backoff, told = Backoff(), ""
        while True:
            try:
                _data(*await self._ask("POST", "/discovery", message))
            except SupervisorError as error:
                if told != (told := str(error)):
                    _LOGGER.warning("Home Assistant cannot be told of this edge: %s", error)
                await asyncio.sleep(backoff.next())
            else:
                _LOGGER.info("Home Assistant knows of this edge: see Settings, Devices & services")
                return

    async def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        try:
            async with self._session.request(
                method, self._url + path, json=body, headers=self._headers, timeout=_PATIENCE
            ) as response:
                return response.status, await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise SupervisorError(f"the Supervisor does not answer ({reason})") from error


def supervisor_of(session: aiohttp.ClientSession) -> Supervisor | None:
    """Return the Supervisor if it runs this edge."""
    token = os.environ.get("SUPERVISOR_TOKEN")
    if not token:
        return None
    return Supervisor(session, token, os.environ.get("SUPERVISOR_API", _URL))


def home_assistant_token(database: Database, folder: Path) -> str:
    """Return the token for Home Assistant: made once, and the same at every start.

    Were it a new one at each start, Home Assistant would be locked out whenever it missed the
    announcement. So it is kept in the clear, which gives nothing away: who can read this file can
    read the journal beside it. The API knows but its hash; a lost file is replaced by a new token.
    Raises JournalError and OSError.
    """
    path = folder / TOKEN_FILE
    token = _read(path)
    if token is None:
        token = new_token()
        _write(path, token)
    tokens = Tokens(database)
    if not is_known(token, tokens.hashes()):
        tokens.accept(token, HOME_ASSISTANT)
    return token


def forget_token(digest: str, folder: Path) -> None:
    """Let Home Assistant have another token at the next start, if this is its. Raises OSError."""
    path = folder / TOKEN_FILE
    if (token := _read(path)) and is_known(token, [digest]):
        path.unlink()


def _read(path: Path) -> str | None:
    try:
        with path.open(encoding="ascii") as file:
            token = file.read(100).strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return token if _TOKEN.fullmatch(token) else None


def _write(path: Path, token: str) -> None:
    """Write so that a token is there as a whole, for this user alone, or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as part:
        part.write(token)
    Path(part.name).replace(path)


def _data(status: int, answer: Any) -> dict[str, Any]:
    """Return what a good answer of the Supervisor holds. Raises SupervisorError."""
    if isinstance(answer, dict) and status == 200 and isinstance(data := answer.get("data"), dict):  # noqa: PLR2004
        return data
    message = answer.get("message") if isinstance(answer, dict) else None
    raise SupervisorError(f"the Supervisor refuses ({status}: {message or 'no reason given'})")
