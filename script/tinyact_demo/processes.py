"""Start the programs of the demo, watch them, and stop them for certain."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
import contextlib
import ctypes
import itertools
import os
from pathlib import Path
import signal
import socket
import time
from typing import TypeVar

T = TypeVar("T")

_PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None)

# Below those that the system gives to whoever connects: a port stays free until its program has it.
_PORTS = range(10_000, 32_000)
_turns = itertools.count(os.getpid() * 997)  # Programs that start together begin far apart.


class PartError(Exception):
    """A part of the demo does not do its work; the message says which, and what to read."""


class Part:
    """A program that runs beside the demo, in a process group of its own, with a log file."""

    def __init__(self, name: str, log: Path, process: asyncio.subprocess.Process) -> None:
        """Watch `process`, called `name` in messages, which writes to `log`."""
        self.name = name
        self.log = log
        self._process = process
        self._stopping = False

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        env: Mapping[str, str] | None = None,
    ) -> "Part":
        """Start `command`; `env` adds to the environment. Raises PartError if it cannot start."""
        with log.open("ab") as output:
            try:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env={**_environment(), **(env or {})},
                    start_new_session=True,
                    preexec_fn=_die_with_parent,
                )
            except OSError as error:
                raise PartError(f"{name} cannot start: {error}. Run script/setup.") from error
        return cls(name, log, process)

    @property
    def pid(self) -> int:
        """Return the program's number."""
        return self._process.pid

    async def ended(self) -> None:
        """Wait for the program's end; raises PartError unless it was told to end."""
        status = await self._process.wait()
        if not self._stopping:
            raise PartError(
                f"{self.name} ended with status {status}{self._last_words()} Read {self.log}"
            )

    async def until(self, probe: Callable[[], Awaitable[T | None]], seconds: float) -> T:
        """Return the first answer of `probe` that is not None.

        Raises PartError when the program ends, or `seconds` pass, before that.
        """

        async def checked() -> T | None:
            if self._process.returncode is not None:
                await self.ended()
            return await probe()

        try:
            return await eventually(checked, seconds)
        except TimeoutError as error:
            late = f"{self.name} is not ready after {seconds:.0f} s. Read {self.log}"
            raise PartError(late) from error

    async def stop(self, seconds: float = 15.0) -> None:
        """End the program and all that it started, kindly at first."""
        self._stopping = True
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), seconds)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._process.wait()
        # What it started and left behind.
        self._signal(signal.SIGKILL)

    async def kill(self) -> None:
        """End the program as a power cut would."""
        self._stopping = True
        self._signal(signal.SIGKILL)
        await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return f": {lines[-1]}." if lines else "."


async def eventually(probe: Callable[[], Awaitable[T | None]], seconds: float) -> T:
    """Return the first answer of `probe` that is not None, asked ten times a second.

    Raises TimeoutError when `seconds` pass before that.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (answer := await probe()) is not None:
            return answer
        await asyncio.sleep(0.1)
    raise TimeoutError


async def output_of(
    name: str, command: Sequence[str | Path], env: Mapping[str, str] | None = None
) -> str:
    """Run `command` and return what it prints, stripped; `env` adds to the environment.

    Raises PartError if it fails.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **(env or {})},
        )
    except OSError as error:
        raise PartError(f"{name} cannot start: {error}. Run script/setup.") from error
    output, errors = await process.communicate()
    if process.returncode:
        raise PartError(f"{name} failed: {errors.decode(errors='replace').strip()}")
    return output.decode().strip()


def free_port() -> int:
    """Return a port of the loopback interface that nobody uses, and that no other call returned.

    Raises PartError if there is none.
    """
    for turn in itertools.islice(_turns, len(_PORTS)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            port = _PORTS[turn % len(_PORTS)]
            probe.bind(("127.0.0.1", port))
            return port
    raise PartError("No port is free.")


def _environment() -> dict[str, str]:
    """Return this program's environment without its own way to modules.

    With it, Home Assistant would look for integrations in the repository, and only there.
    """
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _die_with_parent() -> None:
    """Let the kernel end this child when the demo is killed without a chance to do it."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
