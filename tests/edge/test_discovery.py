"""That an edge is found by zeroconf, by real multicast on this machine."""

import asyncio
from contextlib import suppress
import queue
import socket
from typing import Any

import pytest
from zeroconf import ServiceStateChange
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from tinyact_edge.discovery import SERVICE_TYPE, Announcement, is_loopback, reachable_at

from .support import WAIT

HERE = "127.0.0.1"


class Browser:
    """Somebody who looks for edges."""

    def __init__(self) -> None:
        self.changes: asyncio.Queue[tuple[str, ServiceStateChange]] = asyncio.Queue()
        self.zeroconf = AsyncZeroconf(interfaces=[HERE])
        self._browser = AsyncServiceBrowser(
            self.zeroconf.zeroconf, SERVICE_TYPE, handlers=[self._change]
        )

    async def until(self, name: str, wanted: ServiceStateChange) -> None:
        async with asyncio.timeout(WAIT):
            while await self.changes.get() != (name, wanted):
                pass

    async def close(self) -> None:
        await self._browser.async_cancel()
        await self.zeroconf.async_close()

    def _change(self, **change: Any) -> None:
        self.changes.put_nowait((change["name"], change["state_change"]))


async def test_an_edge_is_found_and_gone_when_it_stops() -> None:
    browser = Browser()
    announcing = asyncio.create_task(
        Announcement("0123456789abcdef", "1.2.3", 8466, lambda: HERE).run()
    )
    name = f"TinyAct 01234567.{SERVICE_TYPE}"
    try:
        await browser.until(name, ServiceStateChange.Added)
        info = AsyncServiceInfo(SERVICE_TYPE, name)
        assert await info.async_request(browser.zeroconf.zeroconf, WAIT * 1000)
        assert info.decoded_properties == {"instance": "0123456789abcdef", "version": "1.2.3"}
        assert (info.parsed_addresses(), info.port) == ([HERE], 8466)
        announcing.cancel()
        with suppress(asyncio.CancelledError):
            await announcing
        await browser.until(name, ServiceStateChange.Removed)
    finally:
        announcing.cancel()
        await browser.close()


async def test_an_address_that_comes_late_is_announced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tinyact_edge.discovery._LOOK_SECONDS", 0.01)
    addresses: queue.Queue[str | None] = queue.Queue()
    for address in (None, "192.0.2.1"):  # none yet, and one that this machine does not have
        addresses.put(address)

    def address() -> str | None:
        return HERE if addresses.empty() else addresses.get()

    browser = Browser()
    announcing = asyncio.create_task(Announcement("fedcba9876543210", "1", 1, address).run())
    try:
        await browser.until(f"TinyAct fedcba98.{SERVICE_TYPE}", ServiceStateChange.Added)
    finally:
        announcing.cancel()
        await asyncio.wait([announcing])
        await browser.close()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("box", False)],  # noqa: S104
)
def test_what_only_this_machine_reaches(host: str, *, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_where_others_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reachable_at("127.0.0.3") == "127.0.0.3"
    assert reachable_at("name.invalid") is None

    class Unconnected(socket.socket):
        def connect(self, address: Any) -> None:
            raise OSError(101, f"Network is unreachable: {address}")

    monkeypatch.setattr(socket, "socket", Unconnected)
    assert reachable_at("0.0.0.0") is None  # noqa: S104
