"""A real Home Assistant: write its configuration, take it through onboarding, talk to it.

REST and WebSocket as https://developers.home-assistant.io/docs/api/rest and …/api/websocket
describe them; onboarding as the frontend does it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
import itertools
import json
from pathlib import Path
from typing import Any, Self

import aiohttp

from .processes import PartError

Json = dict[str, Any]

_CONFIGURATION = """\
homeassistant:
  name: TinyAct
  country: GB
  time_zone: UTC
frontend:
config:
history:
logbook:
media_source:
mobile_app:
recorder:
automation: !include automations.yaml
"""


def write_configuration(folder: Path, integration: Path | None, port: int, more: str = "") -> None:
    """Make `folder` the configuration of a new Home Assistant, with `integration` in it if given.

    It listens on `port` of the loopback interface; `more` is added to its YAML.
    """
    (folder / "custom_components").mkdir(parents=True)
    if integration:
        (folder / "custom_components" / integration.name).symlink_to(integration)
    (folder / "configuration.yaml").write_text(_CONFIGURATION + more)
    # Where Home Assistant's own editor keeps automations, so that it can be tried.
    (folder / "automations.yaml").write_text("[]\n")
    # As if the step that sets the place were done already: done by API it would add a weather
    # service and a radio, which need the internet.
    _store(folder, "onboarding", (4, 1), {"done": ["core_config"]})
    # An address taken from YAML would be undone after five minutes if nobody confirmed it.
    _store(
        folder,
        "http",
        (3, 1),
        {"stable": _address(port), "pending": None, "yaml_migration_done": True},
    )


def _store(folder: Path, key: str, version: tuple[int, int], data: Json) -> None:
    """Write a file as Home Assistant's own storage would."""
    path = folder / ".storage" / key
    path.parent.mkdir(exist_ok=True)
    major, minor = version
    content = {"version": major, "minor_version": minor, "key": key, "data": data}
    path.write_text(json.dumps(content))


def _address(port: int) -> Json:
    """Return the settings of a web server for this machine alone."""
    return {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "intermediate_v6",
        "use_x_frame_options": True,
        "created_at": datetime.now(UTC).isoformat(),
        "error": None,
        "error_message": None,
    }


@dataclass(slots=True)
class HomeAssistant:
    """A client of one Home Assistant."""

    session: aiohttp.ClientSession
    url: str
    token: str = field(default="", repr=False)

    async def runs(self) -> bool | None:
        """Return True once everything is set up, None before."""
        return True if (await self.get("config"))["state"] == "RUNNING" else None

    async def onboard(self, username: str, password: str) -> None:
        """Create the first user, finish onboarding, and log in for ten years."""
        client = f"{self.url}/"
        created = await self._request(
            "POST",
            "/api/onboarding/users",
            json={
                "client_id": client,
                "name": "TinyAct",
                "username": username,
                "password": password,
                "language": "en",
            },
        )
        tokens = await self._request(
            "POST",
            "/auth/token",
            data={
                "client_id": client,
                "grant_type": "authorization_code",
                "code": created["auth_code"],
            },
        )
        self.token = tokens["access_token"]
        await self.post("onboarding/analytics", {})
        await self.post("onboarding/integration", {"client_id": client, "redirect_uri": client})
        async with self.listen() as socket:
            self.token = await socket.command(
                "auth/long_lived_access_token", client_name="TinyAct demo", lifespan=3650
            )

    async def add_integration(self, domain: str, answers: Json) -> None:
        """Go through the config flow of `domain`; raises PartError if it refuses `answers`."""
        flow = await self.post("config/config_entries/flow", {"handler": domain})
        result = await self.post(f"config/config_entries/flow/{flow['flow_id']}", answers)
        if result["type"] != "create_entry":
            raise PartError(
                f"Home Assistant did not add {domain}: {result.get('errors') or result}"
            )

    async def get(self, path: str, **query: str) -> Any:
        """Return the answer of `/api/{path}`; raises PartError on an error."""
        return await self._request("GET", f"/api/{path}", params=query)

    async def post(self, path: str, body: Json) -> Any:
        """Return the answer of `/api/{path}` to `body`; raises PartError on an error."""
        return await self._request("POST", f"/api/{path}", json=body)

    async def delete(self, path: str) -> Any:
        """Return the answer of `/api/{path}` to being deleted; raises PartError on an error."""
        return await self._request("DELETE", f"/api/{path}")

    async def _request(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            async with self.session.request(
                method, self.url + path, headers=headers, **options
            ) as response:
                if not response.ok:
                    said = await response.text()
                    raise PartError(
                        f"Home Assistant answers {method} {path} with {response.status}: {said}"
                    )
                return await response.json()
        except aiohttp.ClientError as error:
            raise PartError(f"Home Assistant does not answer {method} {path}: {error}") from error

    def listen(self) -> "Socket":
        """Return a WebSocket connection, to be entered with `async with`."""
        return Socket(self.session, self.url, self.token)


class Socket:
    """A WebSocket connection to Home Assistant: commands, or one subscription to events."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        """Connect when entered."""
        self._session = session
        self._url = f"{url}/api/websocket"
        self._token = token
        self._numbers = itertools.count(1)
        self._socket: aiohttp.ClientWebSocketResponse

    async def __aenter__(self) -> Self:
        """Connect and log in; raises PartError if that fails."""
        try:
            self._socket = await self._session.ws_connect(self._url, max_msg_size=0)
        except aiohttp.ClientError as error:
            raise PartError(f"Home Assistant does not open its WebSocket: {error}") from error
        await self._receive("auth_required")
        await self._socket.send_json({"type": "auth", "access_token": self._token})
        await self._receive("auth_ok")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        await self._socket.close()

    async def command(self, kind: str, **fields: Any) -> Any:
        """Return the result of a command; raises PartError if it is refused."""
        await self._socket.send_json({"id": next(self._numbers), "type": kind, **fields})
        answer = await self._receive("result")
        if not answer["success"]:
            raise PartError(f"Home Assistant refuses {kind}: {answer['error']}")
        return answer["result"]

    async def ping(self) -> None:
        """Return when Home Assistant's loop has answered."""
        await self._socket.send_json({"id": next(self._numbers), "type": "ping"})
        await self._receive("pong")

    async def state_changes(self) -> AsyncIterator[Json]:
        """Yield each new state, as the REST API shows it, from now until the connection ends."""
        await self.command("subscribe_events", event_type="state_changed")
        while True:
            message = await self._receive("event")
            if state := message["event"]["data"]["new_state"]:
                yield state

    async def _receive(self, kind: str) -> Json:
        message = await self._socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise PartError("Home Assistant closed its WebSocket")
        content: Json = message.json()
        if content["type"] != kind:
            raise PartError(f"Home Assistant said {content}, not {kind}")
        return content
