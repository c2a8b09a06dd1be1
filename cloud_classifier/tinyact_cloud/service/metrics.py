"""What the service counts, for Prometheus: https://prometheus.io/docs/practices/naming/.

No number names a site, a token or a label: whoever reads them learns how busy the service is, and
nothing about a home.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import accumulate

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Gauge,
    Metric,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from .load import LOAD
from .problem import Problem

# Seconds. A classification takes some milliseconds, a first fit's answer a database's commit.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
# A proxy on this machine comes from the loopback address as well, and says for whom it asks.
_PROXIED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


@dataclass(frozen=True, slots=True)
class Readings:
    """What is read when somebody asks, rather than counted as it happens."""

    cached: Callable[[], tuple[int, int]]
    fits_ended: Callable[[], Mapping[str, int]]
    database_errors: Callable[[], int]


class _Times:
    """How many requests took how long: up to each of the buckets, and longer than all."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(_BUCKETS) + 1)
        self.seconds = 0.0


class Metrics:
    """Count requests and latents, and show them with the `readings`."""

    def __init__(self, readings: Readings) -> None:
        """Count from zero, in a registry of this service's own."""
        self._readings = readings
        self._registry = CollectorRegistry()
        # Plain numbers, for one thread: prometheus_client's own take four times as long to count.
        self._requests: dict[tuple[str, str, int], int] = {}
        self._times: dict[str, _Times] = {}
        self._fits = Gauge(
            "tinyact_fits",
            "Fits of all replicas that wait or run; absent while the database is",
            ("state",),
            registry=self._registry,
        )
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request to `route`, a pattern of ours and never what a client sent."""
        key = (method, route, status)
        self._requests[key] = self._requests.get(key, 0) + 1
        times = self._times.get(route)
        if times is None:
            times = self._times[route] = _Times()
        times.counts[bisect_left(_BUCKETS, seconds)] += 1
        times.seconds += seconds

    def collect(self) -> Iterable[Metric]:
        """Yield what was counted, and the readings: the registry asks for them."""
        requests = CounterMetricFamily(
            "tinyact_requests",
            "Requests answered; 499 hung up before",
            labels=("method", "route", "status"),
        )
        for key, number in self._requests.items():
            requests.add_metric([*map(str, key)], number)
        yield requests
        seconds = HistogramMetricFamily(
            "tinyact_request_seconds",
            "Seconds from a request's head to its answer",
            labels=("route",),
        )
        for route, times in self._times.items():
            limits = (*map(str, map(float, _BUCKETS)), "+Inf")
            buckets = list(zip(limits, accumulate(times.counts), strict=True))
            seconds.add_metric([route], buckets, times.seconds)
        yield seconds
        yield CounterMetricFamily("tinyact_latents", "Latents classified", LOAD.classified)
        yield GaugeMetricFamily(
            "tinyact_queue_latents", "Latents that wait to be classified", LOAD.waiting
        )
        sites, size = self._readings.cached()
        yield GaugeMetricFamily("tinyact_sites_cached", "Sites in memory", sites)
        yield GaugeMetricFamily(
            "tinyact_heads_cached_bytes", "What the heads and marks of those take", size
        )
        ended = CounterMetricFamily(
            "tinyact_fits_ended", "Fits that ended in this replica", labels=("state",)
        )
        for state, number in self._readings.fits_ended().items():
            ended.add_metric((state,), number)
        yield ended
        yield CounterMetricFamily(
            "tinyact_database_errors",
            "Times that the database could not be used",
            self._readings.database_errors(),
        )

    def exposition(self, open_fits: Mapping[str, int] | None) -> web.Response:
        """Return all numbers, with the `open_fits` by state; None while nobody knows."""
        self._fits.clear()
        for state, number in (open_fits or {}).items():
            self._fits.labels(state).set(number)
        return web.Response(
            body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )


def check_reader(request: web.Request, *, public: bool) -> None:
    """Let this machine read the metrics, and everybody if they are `public`. Raises Problem 403.

    Prometheus carries no token of a site, and a site's token is no business of the monitoring:
    as with exporters, it is the network that lets one in.
    """
    if public or (_is_local(request.remote) and not any(map(request.headers.get, _PROXIED))):
        return
    raise Problem(
        403,
        "Metrics are shown to this machine only. Start the service with --metrics-public, and let "
        "the network see to it who may read them.",
    )


def _is_local(address: str | None) -> bool:
    try:
        return address is not None and ip_address(address).is_loopback
    except ValueError:  # a socket without an address
        return False
