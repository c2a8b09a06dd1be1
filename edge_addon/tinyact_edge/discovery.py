"""Let others on the network find this edge: zeroconf, `_tinyact._tcp.local.`."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import ipaddress
import logging
import socket

from zeroconf import Error as ZeroconfError
from zeroconf import ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

SERVICE_TYPE = "_tinyact._tcp.local."
# An address may come late, or change: how often that is looked for.
_LOOK_SECONDS = 60.0
_MDNS = ("224.0.0.251", 5353)  # RFC 6762

_LOGGER = logging.getLogger(__name__)


def is_loopback(host: str) -> bool:
    """Tell whether nobody but this machine reaches what listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def reachable_at(host: str) -> str | None:
    """Return the IPv4 address at which others reach what listens on `host`, if there is any."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            if host not in {"0.0.0.0", "::"}:  # noqa: S104 - every address of this machine
                return socket.gethostbyname(host)
            # Nothing is sent: this asks the system from which address it would send.
            probe.connect(_MDNS)
            return str(probe.getsockname()[0])
    except OSError:
        return None


class Announcement:
    """Announces an edge where zeroconf is heard."""

    def __init__(
        self, instance: str, version: str, port: int, address: Callable[[], str | None]
    ) -> None:
        """Announce that edge `instance` is at `address()`, asked for again and again."""
        self._name = f"TinyAct {instance[:8]}.{SERVICE_TYPE}"
        self._server = f"tinyact-{instance[:8]}.local."
        self._properties = {"instance": instance, "version": version}
        self._port = port
        self._address = address
        self._zeroconf: AsyncZeroconf | None = None

    async def run(self) -> None:
        """Announce until cancelled, then withdraw."""
        announced, told = None, ""
        try:
            while True:
                address = await asyncio.to_thread(self._address)
                if address != announced:
                    announced = None
                    try:
                        await self._withdraw()
                        if address:
                            await self._announce(address)
                        announced = address
                    except (OSError, ZeroconfError) as error:
                        if told != (told := str(error) or type(error).__name__):
                            _LOGGER.warning("The network cannot be told of this edge: %s", told)
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            with suppress(OSError, ZeroconfError):
                await self._withdraw()

    async def _announce(self, address: str) -> None:
        # By this interface alone, where the address is right.
        self._zeroconf = AsyncZeroconf(interfaces=[address])
        info = ServiceInfo(
            SERVICE_TYPE,
            self._name,
            port=self._port,
            properties=self._properties,
            server=self._server,
            parsed_addresses=[address],
        )
        await (await self._zeroconf.async_register_service(info))
        _LOGGER.info("The network is told of this edge at %s (zeroconf)", address)

    async def _withdraw(self) -> None:
        if zeroconf := self._zeroconf:
            self._zeroconf = None
            try:
                await zeroconf.async_unregister_all_services()
            finally:
                await zeroconf.async_close()
