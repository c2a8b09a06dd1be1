"""Time the edge on one core: its stages, and whole, with 1 to 64 real RTSP cameras.

script/bench edge [--json] [--data DIR] [--rounds 3] [--seconds 8] [--write FILE]; with --latency
COUNT ... only how late so many cameras' actions are told, with --profile only what processor time
goes to (perf). The edge has one core, the RTSP server the others. Shares of a core are processor
time, as the system counts it, so other programs matter little; every figure is the median of the
rounds. DIR (or TINYACT_DATA) holds UR Fall; without it the demo's film is watched.
"""

import argparse
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
import json
import os
from pathlib import Path
import platform
import statistics
import tempfile
import time
from typing import Any

import numpy as np

from tinyact_cloud.training.machine import machine

from . import edge_encoder, edge_films, edge_profile, edge_stages
from .edge_latency import listening
from .edge_service import MOST_CAMERAS, Rates, RunningEdge, rtsp_server, running_edge
from .edge_uplink import camera_bytes_per_second, relayed_classifier
from .page import fill

_FEW = 8  # cameras that shares of one camera are measured with
_SWEEP = (1, 2, 4, 8, 12, 16, 20, 24, 32, 48, MOST_CAMERAS)
# A gate stays open for ten seconds, and has to learn a stream's noise first.
_UNTIL_IDLE = 24.0
# By then the edge knows what rolls and is nobody, and the pace that it can keep.
_SETTLES = 7.0
# A core is full when more of the samples than this are left out.
_LEFT_OUT = 0.02
_ACTIONS_FOR_SECONDS = 45.0
_PACKAGES = ("av", "numpy", "onnxruntime", "opencv-python-headless", "openvino", "torch")
_GOALS = {
    "camera.person_core_percent": "<= 6",
    "camera.motion_core_percent": "<= 2.5",
    "camera.idle_core_percent": "<= 1.2",
    "cameras_per_core": ">= 16",
    "memory.mib_at_64_cameras": "< 1024",
    "latency.confirm_to_ha_ms_p99": "<= 300",
    "uplink.bytes_per_clip": "<= 1126",
    "encoder.ms_per_clip": "<= 3",
    "encoder.ratio_torch_eager": ">= 10",
    "encoder.ratio_x3d_s": ">= 5",
    "rgb256.ms_per_clip": "<= 7",
    "rgb256.ratio_x3d_s": ">= 5",
}
_NAMES = {
    "camera.person_core_percent": "a camera with a person who moves, % of a core",
    "camera.motion_core_percent": "a camera with motion but nobody, % of a core",
    "camera.idle_core_percent": "a camera in which nothing moves, % of a core",
    "cameras_per_core": "cameras with a person on one core, nothing left out",
    "memory.mib_at_64_cameras": "memory with 64 cameras, MiB",
    "latency.confirm_to_ha_ms_p99": "capture of the confirming frame to a client, p99, ms",
    "uplink.bytes_per_clip": "bytes a clip to the classifier, without HTTP's headers",
    "encoder.ms_per_clip": "encoder (int8), ms a clip",
    "encoder.ratio_torch_eager": "torch eager of the same network takes so many times longer",
    "encoder.ratio_x3d_s": "X3D-S (int8, same engine) takes so many times longer",
    "rgb256.ms_per_clip": "the paper's encoder, 256 x 256 pixels (int8), ms a clip",
    "rgb256.ratio_x3d_s": "X3D-S of equal MACs takes so many times longer",
}


def main() -> None:
    """Measure and print; fill the table in a page if one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    parser.add_argument("--data", type=Path, default=os.environ.get("TINYACT_DATA"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement")
    parser.add_argument("--write", type=Path, metavar="FILE", help="a page whose table to fill")
    parser.add_argument(
        "--latency", type=int, nargs="+", metavar="COUNT", help="only latency, of so many cameras"
    )
    parser.add_argument("--profile", action="store_true", help="only what processor time goes to")
    options = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:  # noqa: PLR2004
        raise SystemExit("bench: the edge needs one core and its cameras another; there is one.")
    if options.latency:
        points = measure_latency(options.data, options.latency, options.rounds)
        print(json.dumps(points) if options.json else latency_table(points))
        return
    if options.profile:
        load = os.getloadavg()[0]
        profile = measure_profile(options.data, options.seconds)
        text = f"{edge_profile.table(profile)}\n\n{machine()}, load {load:.1f} before."
        print(json.dumps(profile) if options.json else text)
        if options.write:
            fill(options.write, "edge-profile", text)
        return
    figures = measure(options.data, options.rounds, options.seconds)
    print(json.dumps(figures) if options.json else table(figures))
    if options.write:
        fill(options.write, "edge", table(figures))


@dataclass(slots=True)
class _Taken:
    """What was measured, round by round, and what does not vary."""

    rounds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    fixed: dict[str, float] = field(default_factory=dict)
    sweep: dict[int, list[Rates]] = field(default_factory=lambda: defaultdict(list))

    def note(self, **values: float) -> None:
        """Note a round's values; in their names a double underscore stands for a dot."""
        for name, value in values.items():
            self.rounds[name.replace("__", ".")].append(value)


def measure(data: Path | None, rounds: int, seconds: float) -> dict[str, Any]:
    """Return all figures, by the names that docs/performance.md explains."""
    load = os.getloadavg()[0]
    taken = _Taken()
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        films, origin = edge_films.make(folder, Path(data) if data else None)
        _measure_here(films["person"], rounds, taken)
        with rtsp_server(films) as rtsp:
            for number in range(rounds):
                with running_edge(folder / f"edge{number}") as edge:
                    _measure_cameras(edge, rtsp, seconds, taken)
                _measure_uplink(folder / f"uplink{number}", rtsp, seconds, taken)
    figures = {name: statistics.median(values) for name, values in taken.rounds.items()}
    return {
        **{name: round(value, 4) for name, value in sorted((figures | taken.fixed).items())},
        "sweep": [_point(rates) for rates in taken.sweep.values()],
        "runs": {name: len(values) for name, values in taken.rounds.items()},
        "film": origin,
        "machine": machine(),
        "load": load,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
    }


def _measure_here(film: Path, rounds: int, taken: _Taken) -> None:
    """Time networks and stages in this process."""
    networks, taken.fixed = edge_encoder.measure(rounds)
    for name, times in (("encoder", "encoder"), ("rgb256", "rgb256_int8")):
        for number, ms in enumerate(networks[times]):
            slower = networks[f"{'plain' if name == 'encoder' else name}_x3d_s_int8"][number]
            taken.rounds[f"{name}.ms_per_clip"].append(ms)
            taken.rounds[f"{name}.ratio_x3d_s"].append(slower / ms)
    for eager, ms in zip(networks["encoder_torch"], networks["encoder"], strict=True):
        taken.note(encoder__ratio_torch_eager=eager / ms)
    stages, rates = edge_stages.measure(film, rounds)
    for stage, values in stages.items():
        taken.rounds[f"stage.{stage}_ms"] += values
    for stage, rate in rates.items():
        taken.fixed[f"stage.{stage}_a_second"] = rate


def _measure_cameras(edge: RunningEdge, rtsp: int, seconds: float, taken: _Taken) -> None:
    """Watch idle cameras, motion, and more and more people on one core."""
    for scene, settles in (("idle", _UNTIL_IDLE), ("motion", _SETTLES)):
        edge.watch(_FEW, scene, rtsp)
        time.sleep(settles)
        rates = edge.rates(seconds)
        taken.rounds[f"camera.{scene}_core_percent"].append(rates.core_percent / _FEW)
        edge.watch(0, scene, rtsp)
    full = _SWEEP[0]
    for count in _SWEEP:
        edge.watch(count, "person", rtsp)
        time.sleep(_SETTLES)
        rates = edge.rates(seconds)
        taken.sweep[count].append(rates)
        if count == _FEW:
            taken.note(camera__person_core_percent=rates.core_percent / count)
        if rates.dropped_share < _LEFT_OUT:
            full = count
    taken.note(memory__mib_at_64_cameras=edge.memory_mib(), cameras_per_core=full)
    took, _ = _latency(edge, rtsp, full)
    if took:
        p50, p99 = np.percentile(took, (50, 99))
        taken.note(
            latency__confirm_to_ha_ms_p50=float(p50),
            latency__confirm_to_ha_ms_p99=float(p99),
            latency__actions=len(took),
        )


def _latency(edge: RunningEdge, rtsp: int, count: int) -> tuple[list[float], Rates]:
    """Return how late confirmed actions were told, in ms, and what the edge did meanwhile."""
    edge.watch(count, "person", rtsp)
    time.sleep(_SETTLES)
    with listening(edge) as listener:
        rates = edge.rates(_ACTIONS_FOR_SECONDS)
    return listener.took, rates


def measure_latency(data: Path | None, counts: list[int], rounds: int) -> list[dict[str, float]]:
    """Return how late actions are told, ms from the confirming frame's capture to a client.

    All rounds' actions count together: of one there are too few for a p99.
    """
    taken: dict[int, list[tuple[list[float], Rates]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as work:
        films, _ = edge_films.make(Path(work), Path(data) if data else None)
        with rtsp_server(films) as rtsp:
            for number in range(rounds):
                with running_edge(Path(work) / f"edge{number}") as edge:
                    for count in counts:
                        taken[count].append(_latency(edge, rtsp, count))
    points = []
    for rows in taken.values():
        took = [ms for row, _ in rows for ms in row]
        p50, p99 = np.percentile(took, (50, 99)).tolist() if took else (0.0, 0.0)
        point = _point([rates for _, rates in rows])
        points.append(point | {"actions": len(took), "p50_ms": p50, "p99_ms": p99})
    return points


def measure_profile(data: Path | None, seconds: float) -> edge_profile.Profile:
    """Return what processor time goes to, scene by scene."""
    settles = {"person": _SETTLES, "motion": _SETTLES, "idle": _UNTIL_IDLE}
    with tempfile.TemporaryDirectory() as work:
        films, _ = edge_films.make(Path(work), Path(data) if data else None)
        with rtsp_server(films) as rtsp, running_edge(Path(work) / "edge") as edge:
            return edge_profile.measure(edge, rtsp, _FEW, settles, seconds)


def latency_table(points: list[dict[str, float]]) -> str:
    """Return the points as Markdown."""
    rows = ["| cameras | core | looked at, a second | left out | actions | p50 | p99 |"]
    rows += ["|---:|---:|---:|---:|---:|---:|---:|"]
    rows += [
        f"| {point['cameras']:.0f} | {point['core_percent']:.0f}% | {point['looked_at']:.1f} "
        f"| {point['dropped_share']:.1%} | {point['actions']} | {point['p50_ms']:.0f} ms "
        f"| {point['p99_ms']:.0f} ms |"
        for point in points
    ]
    return "\n".join(rows)


def _measure_uplink(folder: Path, rtsp: int, seconds: float, taken: _Taken) -> None:
    """Count what goes to a real classifier service while it answers."""
    with relayed_classifier(folder / "cloud") as (url, token, relay):
        service = ("--classifier", url, "--classifier-token-file", str(token))
        with running_edge(folder / "edge", *service) as edge:
            edge.watch(_FEW, "person", rtsp)
            time.sleep(_SETTLES)
            before, sent = edge.read(), (relay.sent.wire, relay.sent.bodies, relay.sent.requests)
            time.sleep(2 * seconds)
            clips = edge.read().clips - before.clips
            if not clips:
                raise SystemExit("bench: the edge made no clip; this machine is too busy now.")
            wire, bodies, requests = (
                now - then
                for now, then in zip(
                    (relay.sent.wire, relay.sent.bodies, relay.sent.requests), sent, strict=True
                )
            )
    camera = camera_bytes_per_second(f"rtsp://127.0.0.1:{rtsp}/person0")
    taken.note(
        uplink__bytes_per_clip=bodies / clips,
        uplink__bytes_per_clip_with_headers=wire / clips,
        uplink__clips_per_request=clips / requests,
        uplink__ratio_camera=camera / (wire / (2 * seconds) / _FEW),
    )


def _point(rounds: list[Rates]) -> dict[str, float]:
    """Return a number of cameras' medians."""

    def middle(name: str) -> float:
        found: list[float] = [getattr(rates, name) for rates in rounds]
        return round(statistics.median(found), 3)

    names = ("cameras", "core_percent", "fps", "looked_at", "clips", "dropped_share")
    return {name: middle(name) for name in names} | {"runs": len(rounds)}


def table(figures: Mapping[str, Any]) -> str:
    """Return the figures as Markdown, goals beside them."""
    rows = ["| | goal | measured |", "|---|---:|---:|"]
    for name, words in _NAMES.items():
        if name in figures:
            rows.append(f"| {words} | {_GOALS[name]} | {figures[name]:.4g} |")
    rows += ["", "| stage | ms | once each | in a second of the film with people |"]
    rows += ["|---|---:|---|---:|"]
    rows += [
        f"| {stage} | {figures[f'stage.{stage}_ms']:.3g} | {unit} "
        f"| {f'{rate:.1f}' if (rate := figures.get(f'stage.{stage}_a_second')) else ''} |"
        for stage, unit in edge_stages.UNITS.items()
    ]
    rows += ["", "| cameras | core | looked at, a second | clips a second | left out |"]
    rows += ["|---:|---:|---:|---:|---:|"]
    rows += [
        f"| {point['cameras']:.0f} | {point['core_percent']:.0f}% | {point['looked_at']:.1f} "
        f"| {point['clips']:.2f} | {point['dropped_share']:.0%} |"
        for point in figures["sweep"]
    ]
    return "\n".join([*rows, "", _words(figures)])


def _words(figures: Mapping[str, Any]) -> str:
    """Return what is measured with what."""
    versions = ", ".join(f"{name} {version}" for name, version in figures["versions"].items())
    latency = (
        f"From capture to client, with as many cameras as a core can take: "
        f"{figures['latency.confirm_to_ha_ms_p50']:.0f} ms (p50) of "
        f"{figures['latency.actions']:.0f} actions a round, heard by a WebSocket client as Home "
        "Assistant's. "
        if "latency.actions" in figures
        else ""
    )
    uplink = (
        f"Up go {figures['uplink.bytes_per_clip_with_headers']:.0f} bytes a clip with HTTP's "
        f"headers, {figures['uplink.clips_per_request']:.1f} clips a request: "
        f"{figures['uplink.ratio_camera']:.0f} times less than the camera's stream of "
        f"{edge_films.KBIT} kbit/s. "
    )
    macs = (
        f"Million multiplications a clip: encoder {figures['plain.mmac']:.0f}, its X3D-S "
        f"{figures['plain_x3d_s.mmac']:.0f} ({figures['plain_x3d_s.side']:.0f} pixels wide), the "
        f"paper's {figures['rgb256.mmac']:.0f}, its X3D-S {figures['rgb256_x3d_s.mmac']:.0f} "
        f"({figures['rgb256_x3d_s.side']:.0f})."
    )
    circumstances = (
        f"{figures['machine']}, load {figures['load']:.1f} before; {versions}; film: "
        f"{figures['film']}, 640 x 360 at 20 frames a second; medians of "
        f"{figures['runs']['camera.person_core_percent']} rounds."
    )
    return f"{latency}{uplink}{macs}\n\n{circumstances}"


if __name__ == "__main__":
    main()
