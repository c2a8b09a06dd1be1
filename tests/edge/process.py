"""A running edge, as a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
import json
from pathlib import Path
import queue
import signal
import subprocess
import sys
import threading
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tinyact_demo.processes import free_port
from tinyact_edge.journal import Journal
from tinyact_edge.tokens import Tokens

from .support import WAIT

EDGE = [sys.executable, "-m", "tinyact_edge"]


class Process:
    """A running edge: its log, line by line, and its API."""

    def __init__(self, process: subprocess.Popen[str], port: int, token: str) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.token = token
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.log: list[str] = []

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self._lines.put(line)
        self._lines.put("")  # it ended

    def wait_for(self, text: str) -> None:
        """Return once a line of the log holds `text`."""
        while not any(text in line for line in self.log):
            line = self._lines.get(timeout=WAIT)
            assert line, f"The edge ended without {text!r}: {''.join(self.log)}"
            self.log.append(line)

    def get(self, path: str) -> Any:
        """Ask the API."""
        status, answer = self.ask("GET", path)
        assert status == 200, answer
        return answer

    def fetch(self, path: str) -> tuple[str, bytes]:
        """Return content type and content of an answer."""
        request = Request(self.url + path, headers={"Authorization": f"Bearer {self.token}"})  # noqa: S310
        with urlopen(request, timeout=WAIT) as response:  # noqa: S310
            return response.headers["Content-Type"], response.read()

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and object of an answer."""
        request = Request(  # noqa: S310
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urlopen(request, timeout=WAIT) as response:  # noqa: S310
                return response.status, json.loads(response.read() or b"null")
        except HTTPError as error:
            return error.code, json.loads(error.read())

    def end(self, number: signal.Signals) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        status = self.process.wait(WAIT)
        self._reader.join()
        while not self._lines.empty():
            self.log.append(self._lines.get())
        return status


@contextmanager
def running(
    data: Path, bundle: Path, *arguments: str, token: str | None = None
) -> Iterator[Process]:
    """Run the edge until the test is done with it, with a new token or one that it knows."""
    if token is None:
        journal = Journal(data)
        token = Tokens(journal).add()
        journal.close()
    port = free_port()
    flags = ["--port", str(port), "--data", str(data), "--bundle", str(bundle), *arguments]
    with subprocess.Popen([*EDGE, "run", *flags], stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        edge = Process(process, port, token)
        try:
            edge.wait_for("listens on")
            yield edge
        finally:
            process.kill()
