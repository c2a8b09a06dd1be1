"""Ask an HTTP server as fast as one core can: raw sockets, requests made beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass
import select
import socket
import time

import numpy as np

_MOST = 1 << 18


@dataclass(frozen=True, slots=True)
class Load:
    """Answers a second, and milliseconds that half and 99 % of them took."""

    rps: float
    p50_ms: float
    p99_ms: float


class _Connection:
    """One connection, which asks again once it is answered."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answer = b""
        self._asked = 0.0

    def ask(self, request: bytes) -> None:
        self._asked = time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> float | None:
        """Return how many seconds the answer took, if it is complete.

        Raises ConnectionError when the server hangs up or does not answer 200.
        """
        part = self.socket.recv(_MOST)
        if not part:
            raise ConnectionError("the server hung up")
        self._answer += part
        head, _, body = self._answer.partition(b"\r\n\r\n")
        _, found, rest = head.partition(b"Content-Length: ")
        if not found or len(body) < int(rest.split(b"\r\n", 1)[0]):
            return None
        if not head.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(head.split(b"\r\n", 1)[0].decode())
        self._answer = b""
        return time.perf_counter() - self._asked


def post(path: str, body: bytes, token: str = "") -> bytes:
    """Return a request, complete with its headers."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/msgpack\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def load(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, pause: float = 0.0
) -> Load:
    """Ask for `seconds`, over some connections at once, with a `pause` of seconds in between."""
    poll = select.epoll()
    by_number: dict[int, _Connection] = {}
    for _ in range(connections):
        connection = _Connection(port)
        by_number[connection.socket.fileno()] = connection
        poll.register(connection.socket, select.EPOLLIN)
    asked = 0
    took: list[float] = []
    began = time.perf_counter()
    for connection in by_number.values():
        connection.ask(requests[asked % len(requests)])
        asked += 1
    while time.perf_counter() - began < seconds:
        for number, _ in poll.poll(1):
            connection = by_number[number]
            if (answered := connection.read()) is None:
                continue
            took.append(answered)
            if pause:
                time.sleep(pause)
            connection.ask(requests[asked % len(requests)])
            asked += 1
    elapsed = time.perf_counter() - began
    for connection in by_number.values():
        connection.socket.close()
    p50, p99 = np.percentile(np.array(took) * 1000, (50, 99))
    return Load(len(took) / elapsed, float(p50), float(p99))
