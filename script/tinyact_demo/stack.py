"""TinyAct's three programs as a household runs them, each a process, below one folder."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
import secrets
from typing import Any, Self, TypeVar

import aiohttp

from .home_assistant import HomeAssistant, Json, write_configuration
from .processes import Part, PartError, free_port, output_of

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / ".venv" / "bin"
HASS = ROOT / ".venv-ha" / "bin" / "hass"
INTEGRATION = ROOT / "custom_components" / "tinyact"
USERNAME = "tinyact"

_READY = 90.0  # seconds that a program may take to start on a slow machine
_CAMERA_ANSWERS = 30.0
_CAUSE_SHOWS = 1.0


@dataclass(slots=True)
class Server:
    """A program that serves HTTP on a port of loopback; it may be stopped and started again."""

    name: str
    session: aiohttp.ClientSession
    command: Sequence[str | Path]
    log: Path
    url: str
    health: str
    token: str = field(default="", repr=False)
    _part: Part | None = None

    @property
    def part(self) -> Part:
        """Return the running program."""
        if self._part is None:
            raise PartError(f"{self.name} was not started")
        return self._part

    async def start(self) -> None:
        """Start the program and wait until it answers; raises PartError if it does not."""
        self._part = await Part.start(self.name, self.command, self.log)
        await self._part.until(self._answers, _READY)

    async def stop(self) -> None:
        """Stop the program if it runs."""
        if self._part is not None:
            await self._part.stop()

    async def get(self, path: str) -> Any:
        """Return what the server says at `path`; raises PartError if it says nothing useful."""
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            async with self.session.get(self.url + path, headers=headers) as response:
                response.raise_for_status()
                return await response.json()
        except aiohttp.ClientError as error:
            raise PartError(
                f"{self.name} does not answer {path}: {error}. Read {self.log}"
            ) from error

    async def _answers(self) -> bool | None:
        try:
            async with self.session.get(self.url + self.health) as response:
                return True if response.ok else None
        except aiohttp.ClientError:
            return None


class Stack:
    """Classifier, edge and Home Assistant; what was started is stopped when the block is left."""

    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        """Keep everything below `folder`, which must exist."""
        self._folder = folder
        self._session = session
        self.servers: list[Server] = []
        self.classifier: Server
        self.edge: Server
        self.home_server: Server
        self.home_assistant: HomeAssistant
        self.password = secrets.token_hex(4)

    async def __aenter__(self) -> Self:
        """Start nothing yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop what was started, the last first."""
        for server in reversed(self.servers):
            await server.stop()

    async def start(
        self,
        cameras: Mapping[str, str],
        head: str | None = None,
        port: int | None = None,
        more: str = "",
    ) -> None:
        """Start everything and introduce it to each other.

        `cameras` are sources by name; `port` is Home Assistant's, and `more` is added to its
        configuration.yaml. Raises PartError.
        """
        home = asyncio.create_task(self.start_home_assistant(port, more=more))
        try:
            await self.start_edge(cameras, await self.start_classifier(head))
        except BaseException:
            home.cancel()
            await asyncio.gather(home, return_exceptions=True)
            raise
        await self.watch(home)
        await self.watch(self.add_integration())

    async def add_integration(self) -> None:
        """Introduce the edge to Home Assistant; raises PartError if it is refused."""
        port = int(self.edge.url.rpartition(":")[2])
        answers = {"host": "127.0.0.1", "port": port, "token": self.edge.token}
        await self.home_assistant.add_integration(INTEGRATION.name, answers)

    async def restart_home_assistant(self) -> None:
        """Stop Home Assistant and start it again. Raises PartError."""
        await self.home_server.stop()
        await self.home_server.start()
        await self.home_server.part.until(self.home_assistant.runs, _READY)

    async def watch(self, work: Awaitable[T]) -> T:
        """Return what `work` returns; raises PartError as soon as a program ends by itself."""
        task = asyncio.ensure_future(work)
        ends = {asyncio.create_task(server.part.ended()) for server in self.servers}
        waiting: set[asyncio.Future[Any]] = {task, *ends}
        try:
            while not task.done():
                _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                if task.done() and task.exception() and ends & waiting:
                    # The end of a program explains more than what failed because of it.
                    await asyncio.wait(
                        ends, timeout=_CAUSE_SHOWS, return_when=asyncio.FIRST_COMPLETED
                    )
                for end in ends:
                    if end.done():
                        end.result()
            return task.result()
        finally:
            for each in (task, *ends):
                each.cancel()
            await asyncio.gather(task, *ends, return_exceptions=True)

    async def unavailable_cameras(self) -> Json:
        """Return the reason by name of each camera that cannot be seen, when all were tried."""

        async def tried() -> Json | None:
            cameras = (await self.edge.get("/api/cameras"))["cameras"]
            if any(camera["state"] == "connecting" for camera in cameras):
                return None
            return {c["name"]: c["reason"] for c in cameras if c["state"] == "unavailable"}

        return await self.edge.part.until(tried, _CAMERA_ANSWERS)

    async def _serve(
        self, name: str, command: Sequence[str | Path], port: int, health: str, token: str = ""
    ) -> Server:
        server = Server(
            name=name,
            session=self._session,
            command=command,
            log=self._folder / f"{name.lower().replace(' ', '-')}.log",
            url=f"http://127.0.0.1:{port}",
            health=health,
            token=token,
        )
        # Listed first: one that does not get ready has to be stopped, too.
        self.servers.append(server)
        await server.start()
        return server

    async def start_classifier(self, head: str | None = None) -> list[str | Path]:
        """Start a classifier; return the flags of an edge that asks it. Raises PartError."""
        program = PROGRAMS / "tinyact-cloud"
        data = self._folder / "classifier"
        data.mkdir()
        token = await output_of(
            "tinyact-cloud", [program, "token", "create", "edge", "--data", data]
        )
        port = free_port()
        command: list[str | Path] = [program, "serve", "--port", str(port), "--data", data]
        command += ["--head", head] if head else []
        self.classifier = await self._serve("Classifier", command, port, "/healthz", token)
        secret = self._folder / "classifier-token"
        secret.touch(mode=0o600)
        secret.write_text(token)
        return ["--classifier", self.classifier.url, "--classifier-token-file", secret]

    async def start_edge(
        self, cameras: Mapping[str, str], flags: Sequence[str | Path] = ()
    ) -> None:
        """Start an edge that watches `cameras`, sources by name. Raises PartError."""
        program = PROGRAMS / "tinyact-edge"
        data = self._folder / "edge"
        data.mkdir()
        token = await output_of("tinyact-edge", [program, "token", "--data", data])
        port = free_port()
        command: list[str | Path] = [program, "run", "--port", str(port), "--data", data, *flags]
        for name, source in cameras.items():
            command += ["--camera", f"{name}={source}"]
        self.edge = await self._serve("Edge", command, port, "/health", token)

    async def start_home_assistant(
        self,
        port: int | None = None,
        program: Sequence[str | Path] = (HASS,),
        integration: Path | None = INTEGRATION,
        more: str = "",
    ) -> None:
        """Start a new Home Assistant and take it through onboarding. Raises PartError.

        `more` is added to its configuration.yaml.
        """
        folder = self._folder / "home-assistant"
        port = port or free_port()
        write_configuration(folder, integration, port, more)
        # Set-up installed what is needed; Home Assistant would compile what is not.
        command = [*program, "--config", folder, "--skip-pip", "--log-no-color"]
        self.home_server = await self._serve("Home Assistant", command, port, "/api/onboarding")
        self.home_assistant = HomeAssistant(self._session, self.home_server.url)
        await self.home_assistant.onboard(USERNAME, self.password)
        # What answered until now is gone when it is started the next time.
        self.home_server.health = "/manifest.json"
        await self.home_server.part.until(self.home_assistant.runs, _READY)
