"""Time 1, 2 and 4 real replicas on one real PostgreSQL behind a real nginx.

script/bench replicas [--seconds 5] [--bundle DIR] [--write FILE]
prints JSON. Everything shares this machine's cores, the load generator as well.
"""

import argparse
import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
import json
import os
from pathlib import Path
import platform
import statistics
import sys
import tempfile
import time
from typing import Any
import uuid

from aiohttp import ClientSession, TCPConnector
import msgpack
import numpy as np

from tests.cloud.postgres import Cluster, cluster
from tinyact_cloud.bundle import DEFAULT_BUNDLE, LATENT_SIZE, load_bundle
from tinyact_cloud.service.auth import create_token
from tinyact_cloud.service.database import Database
from tinyact_demo.processes import free_port

from .page import fill

COUNTS = (1, 2, 4)
CONNECTIONS = 32
_CODES = {"Content-Type": "application/msgpack"}


def main() -> None:
    """Measure and print; fill the table in a page if one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of load on each number")
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE)
    parser.add_argument("--write", type=Path, metavar="FILE")
    args = parser.parse_args()
    with cluster() as running:
        measured = asyncio.run(_measure(running, args.bundle, args.seconds))
    print(json.dumps(measured, indent=2))
    if args.write:
        fill(args.write, "replicas", _table(measured))


async def _measure(running: Cluster, bundle: Path, seconds: float) -> dict[str, Any]:
    load = (await asyncio.to_thread(os.getloadavg))[0]
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python "
        f"{platform.python_version()}",
        "load_before": round(load, 1),
        "connections": CONNECTIONS,
        "seconds": seconds,
        "replicas": {
            str(count): await _measure_replicas(running, bundle, count, seconds) for count in COUNTS
        },
    }


async def _measure_replicas(
    running: Cluster, bundle: Path, count: int, seconds: float
) -> dict[str, float]:
    """Return requests a second, their p99 in ms, and how long a head takes to be served by all."""
    url = running.create(f"replicas_{count}")
    encoder = load_bundle(bundle).encoder
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = await Database.open(folder, url)
        token = await create_token(database, "bench")
        await database.close()
        addresses = [
            await stack.enter_async_context(_replica(bundle, folder / str(number), url))
            for number in range(count)
        ]
        proxy = await stack.enter_async_context(_nginx(folder, addresses))
        session = await stack.enter_async_context(
            ClientSession(
                headers={"Authorization": f"Bearer {token}"},
                connector=TCPConnector(limit=CONNECTIONS),
            )
        )
        times = await _load(session, f"{proxy}/v1/classify", encoder, seconds)
        return {
            "rps": round(len(times) / seconds, 1),
            "p50_ms": round(statistics.median(times) * 1000, 2),
            "p99_ms": round(statistics.quantiles(times, n=100)[98] * 1000, 2),
            "requests": len(times),
            # Once: a fit takes the same, however many replicas look on.
            **(await _teach(session, addresses, encoder) if count == COUNTS[-1] else {}),
        }


async def _load(session: ClientSession, url: str, encoder: str, seconds: float) -> list[float]:
    """Ask for one latent at a time on all connections; return how long each answer took."""
    item = {"camera": "bench", "latent": bytes(LATENT_SIZE), "scale": 0.01}
    body = msgpack.packb({"encoder": encoder, "items": [item]})
    times: list[float] = []

    async def ask(until: float, into: list[float]) -> None:
        while (began := time.perf_counter()) < until:
            async with session.post(url, data=body, headers=_CODES) as response:
                response.raise_for_status()
                await response.read()
            into.append(time.perf_counter() - began)

    for length, into in ((1.0, []), (seconds, times)):  # the first second warms up
        until = time.perf_counter() + length
        await asyncio.gather(*(ask(until, into) for _ in range(CONNECTIONS)))
    return times


async def _teach(session: ClientSession, addresses: list[str], encoder: str) -> dict[str, float]:
    """Teach through the first replica; return seconds of the fit, and until all serve its head."""
    rng = np.random.default_rng(0)
    centre = rng.normal(size=LATENT_SIZE)
    items = [
        {
            "id": str(uuid.uuid4()),
            "label": "bench",
            "at": f"2026-11-24T10:{minute:02}:00Z",
            "latent": _codes(centre + 0.3 * rng.normal(size=LATENT_SIZE)),
            "scale": 0.02,
        }
        for minute in range(10)
    ]
    body = msgpack.packb({"encoder": encoder, "items": items})
    async with session.post(f"{addresses[0]}/v1/examples", data=body, headers=_CODES) as response:
        response.raise_for_status()
    began = time.perf_counter()
    async with session.post(f"{addresses[0]}/v1/fit") as response:
        response.raise_for_status()
        job = addresses[0] + response.headers["Location"]
    state = ""
    while state != "done":
        await asyncio.sleep(0.02)
        async with session.get(job) as response:
            answer = await response.json()
        state = answer["state"]
        if state == "failed":
            raise RuntimeError(answer["error"])
    committed = time.perf_counter()
    for address in addresses:
        version = 0
        while version != 1:
            async with session.get(f"{address}/v1/model") as response:
                version = (await response.json())["head_version"]
    return {
        "fit_s": round(committed - began, 2),
        "served_by_all_s": round(time.perf_counter() - committed, 2),
    }


def _codes(latent: np.ndarray[Any, Any]) -> bytes:
    return np.clip(np.rint(latent / 0.02), -127, 127).astype(np.int8).tobytes()


@asynccontextmanager
async def _replica(bundle: Path, folder: Path, url: str) -> AsyncIterator[str]:
    """Run a replica; yield its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tinyact_cloud", "serve", "--port", "0"),
        # One token asks for all: its limit would be all that is measured.
        *("--bundle", str(bundle), "--data", str(folder), "--rate", "1e9"),
        stdout=PIPE,
        env=os.environ | {"TINYACT_DATABASE": url, "OMP_NUM_THREADS": "1"},
    )
    if process.stdout is None:
        raise TypeError("the process has no pipe")
    try:
        line = (await process.stdout.readline()).decode()
        if "http" not in line:
            raise RuntimeError("a replica did not start")
        yield line.split()[-1]
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _nginx(folder: Path, addresses: list[str]) -> AsyncIterator[str]:
    """Run nginx before the replicas; yield its address."""
    port = free_port()
    servers = "".join(f"server {address.removeprefix('http://')};" for address in addresses)
    config = folder / "nginx.conf"
    paths = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    await asyncio.to_thread(
        config.write_text,
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log stderr warn; events {{}}"
        f" http {{ access_log off; {paths} upstream all {{ least_conn; {servers} keepalive 64; }}"
        f" server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://all;"
        ' proxy_http_version 1.1; proxy_set_header Connection ""; } } }',
    )
    process = await asyncio.create_subprocess_exec(
        *("nginx", "-c", str(config), "-p", str(folder)), stderr=DEVNULL
    )
    try:
        await _answers(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def _answers(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def _table(measured: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    last = measured["replicas"][str(COUNTS[-1])]
    rows = [
        "| replicas | requests a second | p50 | p99 |",
        "|---|---|---|---|",
        *(
            f"| {count} | {row['rps']:.0f} | {row['p50_ms']} ms | {row['p99_ms']} ms |"
            for count, row in measured["replicas"].items()
        ),
        "",
        (
            f"{measured['machine']}, load {measured['load_before']} before; "
            f"{measured['connections']} connections, one latent a request, "
            f"{measured['seconds']:g} s each. Taught through one of {COUNTS[-1]}, a head "
            f"was served by all {last['served_by_all_s']} s after its fit, which took "
            f"{last['fit_s']} s."
        ),
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    main()
