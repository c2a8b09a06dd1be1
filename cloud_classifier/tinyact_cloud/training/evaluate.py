"""Measure what ships: the int8 encoder and the ONNX heads on what training has not seen.

Twice: window by window, which shows what the classifier confuses; and on whole videos through the
edge's own stages, which shows what a household would have been told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from tinyact_cloud.bundle import HEAD_KINDS, HeadKind
from tinyact_cloud.learning.evaluate import evaluate
from tinyact_edge.bundle import Bundle, ClipSpec
from tinyact_edge.classifier import LocalHead
from tinyact_edge.encoder import Encoder
from tinyact_edge.recognizer import Window

from .autoencoder import LATENT
from .examples import SPEC, batches, examples_of, spec_of
from .figures import figures_of
from .pixel_windows import PixelWindows
from .protocols import halve, held_out, sure
from .recipe import Recipe
from .reliability import expected_calibration_error, reliability
from .sets import LABELS, Truth, load_videos
from .thresholds import Judged
from .watch import Unreadable, watch
from .windows import Labelled, W, Windows

_TEMPERATURES = np.geomspace(0.25, 4, 33)


@dataclass(frozen=True, slots=True)
class Video:
    """A video to be judged as a whole."""

    set: str
    path: Path
    truth: Truth


def unseen_videos(data: Path, landmarks: Path, name: str) -> list[Video]:
    """Return the videos that protocol `name` holds out."""
    found = list(load_videos(data, landmarks))
    unseen = held_out(
        name,
        np.array([of_set for of_set, _, _ in found]),
        np.array([truth.group for _, _, truth in found]),
    )
    return [Video(*video) for video, chosen in zip(found, unseen, strict=True) if chosen]


def run_bundle(
    run: Path,
    kind: HeadKind,
    thresholds: dict[str, float],
    temperature: float,
    clip: ClipSpec = SPEC,
) -> Bundle:
    """Return a training run's files as the edge would load them, its encoder one of `clip`."""
    return Bundle(
        folder=run,
        name=run.name,
        version="0",
        encoder_id="",
        clip=clip,
        latent_size=LATENT,
        labels=LABELS,
        thresholds=thresholds,
        encoder=run / "encoder_int8.onnx",
        head=run / f"head_{kind}.onnx",
        temperature=temperature,
    )


def encode(
    run: Path,
    windows: Windows | PixelWindows,
    recipe: Recipe,
    seed: int,
    file: str = "encoder_int8.onnx",
) -> NDArray[np.float32]:
    """Return latents float32 [M, 1024] of undisturbed windows by the run's encoder in `file`."""
    bundle = run_bundle(run, "rf", {}, 1.0, spec_of(recipe))
    encoder = Encoder(replace(bundle, encoder=run / file))
    examples = examples_of(windows, recipe, seed, augment=False)
    drawn = batches(examples, np.arange(len(windows)), 32)
    latents = [
        encoder.encode(clips, figures_of(examples, indices.tolist()))
        for indices, clips in tqdm(drawn, desc="latents", unit="batch", leave=False)
    ]
    return np.concatenate(latents)


def probabilities(
    run: Path, kind: HeadKind, latents: NDArray[np.float32], temperature: float = 1.0
) -> NDArray[np.float64]:
    """Return what the run's head of `kind` says, float64 [M, L]."""
    predictions = LocalHead(run_bundle(run, kind, {}, temperature)).classify(latents)
    return np.array([list(prediction.probabilities.values()) for prediction in predictions])


def judge_windows(windows: Labelled, predicted: NDArray[np.floating[Any]]) -> dict[str, Any]:
    """Return, per data set, how many windows and clips were judged right.

    A clip here is all windows of one person in one recording that have the same allowed labels;
    the mean of their probabilities is the verdict. The confusion matrix is over clips with exactly
    one allowed label, `within_allowed` over all of them.
    """
    clips, verdicts = verdicts_of(windows, predicted)
    results = {}
    for name in np.unique(clips.set):
        of_set = clips.set == name
        right = clips.allowed[of_set, verdicts[of_set]]
        result: dict[str, Any] = {
            "windows": int((windows.set == name).sum()),
            "clips": int(of_set.sum()),
            "within_allowed": float(right.mean()),
        }
        judged = of_set & sure(clips)
        if judged.any():
            truth = clips.allowed[judged].argmax(1)
            result["single_label"] = {
                "clips": int(judged.sum()),
                **evaluate(truth, verdicts[judged], LABELS).as_dict(),
            }
        results[str(name)] = result
    return results


def verdicts_of(windows: W, predicted: NDArray[np.floating[Any]]) -> tuple[W, NDArray[np.int64]]:
    """Return a window of each of the K clips, and each clip's verdict, int64 [K]."""
    keys = np.char.add(windows.clip, [row.tobytes().hex() for row in windows.allowed])
    _, first, member = np.unique(keys, return_index=True, return_inverse=True)
    counts = np.bincount(member)
    means = np.stack([np.bincount(member, column) / counts for column in predicted.T], 1)
    return windows[first], means.argmax(1)


def pooled(windows: Labelled, predicted: NDArray[np.floating[Any]]) -> dict[str, Any]:
    """Return accuracy, macro recall and confusion over the clips of all sets with one true label.

    Raises ValueError when there is none.
    """
    clips, verdicts = verdicts_of(windows, predicted)
    judged = sure(clips)
    whole = evaluate(clips.allowed[judged].argmax(1), verdicts[judged], LABELS)
    return {"clips": int(judged.sum()), **whole.as_dict()}


def fit_temperature(windows: Labelled, predicted: NDArray[np.float64]) -> float:
    """Return the temperature at which the allowed labels' probability is the most credible."""

    def loss(temperature: float) -> float:
        p = soften(predicted, temperature)
        return float(-np.log(np.where(windows.allowed, p, 0).sum(1) + 1e-9).mean())

    return round(float(min(_TEMPERATURES, key=loss)), 3)


def watch_videos(
    bundle: Bundle, videos: Sequence[Video], workers: int = 1
) -> tuple[list[Judged], list[str]]:
    """Return what the edge's stages see in `videos`, and the names of those it cannot read."""
    judged: dict[Path, Judged] = {}
    known = {video.path: video for video in videos}
    for path, found in watch(bundle, list(known), workers):
        if not isinstance(found, Unreadable):
            video = known[path]
            shown, possible = (sorted(x) for x in (video.truth.shown, video.truth.possible))
            seen = [_row(window) for window in found.windows]
            group = video.truth.group
            judged[path] = Judged(video.set, path.stem, found.seconds, shown, possible, seen, group)
    return (
        [judged[path] for path in known if path in judged],
        [path.name for path in known if path not in judged],
    )


def _row(window: Window) -> tuple[float, ...]:
    """Return a window as Judged keeps it."""
    probabilities = window.prediction.probabilities
    return window.person, window.started_at, window.at, *(probabilities[x] for x in LABELS)


def calibration(
    windows: Labelled, predicted: NDArray[np.float64], halves: NDArray[np.bool_]
) -> dict[str, Any]:
    """Return how far probabilities can be believed, as they are and after a temperature.

    The temperature of each half of the groups is fitted on the other one. Only windows of a single
    label count.
    """
    after = np.empty_like(predicted)
    for half in (halves, ~halves):
        rest = np.flatnonzero(~half)
        # With a single group there is no other half to learn from.
        fitted = fit_temperature(windows[rest], predicted[rest]) if len(rest) else 1.0
        after[half] = soften(predicted[half], fitted)
    judged = sure(windows)
    found = {}
    for name, values in (("before", predicted), ("after", after)):
        curve = reliability(values[judged], windows.allowed[judged])
        found[name] = {"error": expected_calibration_error(curve), **curve.as_dict()}
    return found


def soften(predicted: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Return probabilities [M, L] at a temperature, as docs/model-bundle.md tells."""
    powered = np.clip(predicted, 1e-9, 1) ** (1 / temperature)
    return np.asarray(powered / powered.sum(1, keepdims=True))


def int8_cost(
    run: Path,
    windows: Windows | PixelWindows,
    recipe: Recipe,
    fast: NDArray[np.float32],
    head: HeadKind,
    seed: int,
) -> dict[str, float]:
    """Return what int8 changes: cosine to fp32 latents, and accuracy with `head` on clips.

    `fast` is what the int8 encoder makes of `windows`, float32 [M, 1024].
    """
    exact = encode(run, windows, recipe, seed, "encoder.onnx")
    norms = np.linalg.norm(fast, axis=1) * np.linalg.norm(exact, axis=1)
    cosine = (fast * exact).sum(1) / np.maximum(norms, 1e-9)
    accuracy = {}
    for name, latents in (("int8", fast), ("fp32", exact)):
        clips, verdicts = verdicts_of(windows, probabilities(run, head, latents))
        right = clips.allowed[np.arange(len(clips)), verdicts]
        accuracy[f"within_allowed_{name}"] = float(right.mean())
    return {
        "cosine_mean": float(cosine.mean()),
        "cosine_least": float(cosine.min()),
        "clips": len(clips),
        **accuracy,
    }


def evaluate_run(
    run: Path,
    recipe: Recipe,
    test: Windows | PixelWindows,
    videos: Sequence[Video],
    head: HeadKind,
    temperature: float | None,
    seed: int,
    workers: int = 1,
) -> tuple[dict[str, Any], list[Judged]]:
    """Return all results of a run, and what `head` sees in the videos at `temperature`.

    Without a temperature it is the one that suits the test windows best.
    """
    latents = encode(run, test, recipe, seed)
    halves = halve(test.group)
    heads: dict[str, Any] = {}
    for kind in HEAD_KINDS:
        raw = probabilities(run, kind, latents)
        own = fit_temperature(test, raw)
        heads[kind] = {
            "temperature": own,
            "sets": judge_windows(test, soften(raw, own)),
            "calibration": calibration(test, raw, halves),
        }
    used = temperature or heads[head]["temperature"]
    bundle = run_bundle(run, head, {}, used, spec_of(recipe))
    judged, unreadable = watch_videos(bundle, videos, workers)
    results = {
        **pooled(test, probabilities(run, head, latents)),
        "head": head,
        "temperature": used,
        "int8": int8_cost(run, test, recipe, latents, head, seed),
        "heads": heads,
        "videos": {
            "videos": len(judged),
            "unreadable": unreadable,
            "hours": sum(video.seconds for video in judged) / 3600,
        },
    }
    return results, judged


def fingerprint(windows: Windows | PixelWindows) -> str:
    """Return a SHA-256 over windows and labels: equal data, equal fingerprint."""
    digest = hashlib.sha256()
    shown = windows.joints if isinstance(windows, Windows) else windows.luma
    for array in (shown, windows.allowed):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(json.dumps(windows.clip.tolist()).encode())
    return digest.hexdigest()
