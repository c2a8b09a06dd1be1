"""What `script/bench cloud` measures with, and how it writes into a page."""

import asyncio
import json
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest

from tinyact_bench import cloud
from tinyact_bench.load import load, post
from tinyact_bench.page import fill
from tinyact_cloud.bundle import HEAD_KINDS


async def serve(request: web.Request) -> web.Response:
    body = await request.read()
    status = 429 if request.headers["Authorization"] == "Bearer spent" else 200
    return web.Response(body=body * 100, status=status)


@pytest.fixture
async def port() -> int:
    app = web.Application()
    app.add_routes([web.post("/echo", serve)])
    server = TestServer(app)
    await server.start_server()
    return int(server.port or 0)


async def test_a_load_counts_answers_however_long(port: int) -> None:
    requests = [post("/echo", bytes(size), "token") for size in (1, 50_000)]
    came = await asyncio.to_thread(load, port, requests, 3, 0.5)
    assert came.rps > 0
    assert 0 < came.p50_ms <= came.p99_ms


async def test_a_pause_leaves_time_between(port: int) -> None:
    came = await asyncio.to_thread(load, port, [post("/echo", b"x", "token")], 1, 0.5, 0.1)
    assert came.rps < 20  # some thousand without a pause


async def test_a_refusal_is_no_answer(port: int) -> None:
    with pytest.raises(ConnectionError, match="429"):
        await asyncio.to_thread(load, port, [post("/echo", b"x", "spent")], 1, 0.5)


def figures() -> dict[str, object]:
    names = ("rps_32", "ratio_echo_32", "latents_per_s_batched", "p99_ms_single", "size_mb")
    found: dict[str, object] = {
        f"{kind}.{name}": 1.5
        for kind in HEAD_KINDS
        for name in (*names, "ratio_sklearn_single", "ratio_taught_batched")
    }
    for name in ("p50_ms_alone", "p99_ms_alone", "p50_ms_flooded", "p99_ms_flooded"):
        found[f"fairness.{name}"] = 2.5
    return found | {
        "echo.rps": 30000.0,
        "echo_uvloop.rps": 45000.0,
        "machine": "a processor, 2 cores",
        "load": 0.5,
        "versions": {"python": "3.11"},
        "rounds": {"echo.rps": 5},
    }


def test_a_page_is_filled_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- cloud -->\nold\n<!-- /cloud -->\nafter\n")
    for _ in range(2):
        fill(page, "cloud", cloud._table(json.loads(json.dumps(figures()))))
        text = page.read_text()
        assert text.startswith("before\n<!-- cloud -->\n| head |")
        assert text.endswith("\n<!-- /cloud -->\nafter\n")
        assert "old" not in text
        assert all(f"\n| {kind} |" in text for kind in HEAD_KINDS)
        assert "The echo: 30000 requests/s, and 45000 on uvloop" in text
        assert "a processor, 2 cores" in text
    assert list(tmp_path.iterdir()) == [page]


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing")
    with pytest.raises(SystemExit, match="to write between"):
        fill(page, "cloud", "new")
    assert page.read_text() == "nothing"
