"""Measure what ships: the int8 encoder and the ONNX heads on what training has not seen.

Twice: window by window, which shows what the classifier confuses; and on whole videos through the
edge's own stages, which shows what a household would have been told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
import hashlib
from itertools import count
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from tinyact_cloud.bundle import HEAD_KINDS, HeadKind
from tinyact_cloud.learning.evaluate import evaluate
from tinyact_edge.bundle import Bundle
from tinyact_edge.classifier import LocalHead
from tinyact_edge.encoder import Encoder
from tinyact_edge.recognizer import Recognizer, Window

from .autoencoder import LATENT
from .examples import SPEC, Drawn, batches
from .pixel_windows import PixelWindows
from .protocols import held_out, sure
from .sets import LABELS, Truth, load_videos
from .watch import Unreadable, watch
from .windows import Labelled, W, Windows

_TEMPERATURES = np.geomspace(0.25, 4, 33)
# Under 0.4 a verdict among eight labels says little, whatever these few videos suggest.
_THRESHOLDS = np.arange(0.4, 0.91, 0.05)
# An action made up annoys more than one missed.
_COST = 2.0
_NO_VIDEOS = {"shown": 0, "found": 0, "absent": 0, "made_up": 0}

# Per set and label, counts of videos as in _NO_VIDEOS.
Tally = dict[str, dict[str, dict[str, int]]]


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
    run: Path, kind: HeadKind, thresholds: dict[str, float], temperature: float
) -> Bundle:
    """Return a training run's files as the edge would load them."""
    return Bundle(
        folder=run,
        name=run.name,
        version="0",
        encoder_id="",
        clip=SPEC,
        latent_size=LATENT,
        labels=LABELS,
        thresholds=thresholds,
        encoder=run / "encoder_int8.onnx",
        head=run / f"head_{kind}.onnx",
        temperature=temperature,
    )


def encode(run: Path, windows: Windows, seed: int) -> NDArray[np.float32]:
    """Return latents float32 [M, 1024] of undisturbed windows by the run's int8 encoder."""
    encoder = Encoder(run_bundle(run, "rf", {}, 1.0))
    drawn = batches(Drawn(windows, seed, augment=False), np.arange(len(windows)), 32)
    latents = [
        encoder.encode(clips) for _, clips in tqdm(drawn, desc="latents", unit="batch", leave=False)
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


def fit_temperature(windows: Windows, predicted: NDArray[np.float64]) -> float:
    """Return the temperature at which the allowed labels' probability is the most credible."""
    log_p = np.log(np.clip(predicted, 1e-9, 1))

    def loss(temperature: float) -> float:
        p = np.exp(log_p / temperature)
        p /= p.sum(1, keepdims=True)
        return float(-np.log(np.where(windows.allowed, p, 0).sum(1) + 1e-9).mean())

    return round(float(min(_TEMPERATURES, key=loss)), 3)


@dataclass(frozen=True, slots=True)
class Judged:
    """A video's truth and every window that the edge's stages saw in it."""

    set: str
    truth: Truth
    seconds: float
    windows: list[Window]


def watch_videos(
    bundle: Bundle, videos: Sequence[Video], workers: int = 1
) -> tuple[list[Judged], list[str]]:
    """Return what the edge's stages see in `videos`, and the names of those it cannot read."""
    judged, unreadable = [], []
    paths = [video.path for video in videos]
    for video, (path, found) in zip(videos, watch(bundle, paths, workers), strict=True):
        if isinstance(found, Unreadable):
            unreadable.append(path.name)
        else:
            judged.append(Judged(video.set, video.truth, found.seconds, found.windows))
    return judged, unreadable


def tally(judged: Iterable[Judged], thresholds: Mapping[str, float]) -> Tally:
    """Return per set and label in how many videos an action was found, missed or made up."""
    counts: Tally = {}
    for video in judged:
        found = _confirmed(video.windows, thresholds)
        of_set = counts.setdefault(video.set, {label: dict(_NO_VIDEOS) for label in LABELS[1:]})
        for label, videos in of_set.items():
            if label in video.truth.shown:
                videos["shown"] += 1
                videos["found"] += label in found
            elif label not in video.truth.possible:
                videos["absent"] += 1
                videos["made_up"] += label in found
    return counts


def choose_thresholds(judged: Sequence[Judged]) -> dict[str, float]:
    """Return per label the threshold with the most found less twice the share made up.

    Of equally good ones the middle is taken.
    """
    tallies = [tally(judged, dict.fromkeys(LABELS, threshold)) for threshold in _THRESHOLDS]
    chosen = {}
    for label in LABELS[1:]:
        worth = np.array([_worth(counts, label) for counts in tallies])
        best = np.flatnonzero(worth >= worth.max() - 1e-9)
        chosen[label] = round(float(_THRESHOLDS[best[(len(best) - 1) // 2]]), 2)
    return chosen


def _confirmed(windows: Iterable[Window], thresholds: Mapping[str, float]) -> set[str]:
    recognizer = Recognizer("", thresholds, count(1))
    return {action.label for window in windows for action in recognizer.add(window)}


def _worth(counts: Tally, label: str) -> float:
    total = {key: sum(of_set[label][key] for of_set in counts.values()) for key in _NO_VIDEOS}
    found = total["found"] / max(total["shown"], 1)
    return found - _COST * total["made_up"] / max(total["absent"], 1)


def evaluate_run(
    run: Path,
    test: Windows,
    videos: Sequence[Video],
    head: HeadKind,
    limits: tuple[dict[str, float], float] | None,
    seed: int,
) -> dict[str, Any]:
    """Return all results of a run; `head` is the one whose videos are judged.

    `limits` are thresholds and temperature for the videos, chosen elsewhere; without them those
    are used that suit these very videos best.
    """
    latents = encode(run, test, seed)
    results: dict[str, Any] = {"heads": {}}
    for kind in HEAD_KINDS:
        temperature = fit_temperature(test, probabilities(run, kind, latents))
        predicted = probabilities(run, kind, latents, temperature)
        results["heads"][kind] = {
            "temperature": temperature,
            "sets": judge_windows(test, predicted),
        }
    softness = limits[1] if limits else results["heads"][head]["temperature"]
    judged, unreadable = watch_videos(run_bundle(run, head, {}, softness), videos)
    thresholds = limits[0] if limits else choose_thresholds(judged)
    return results | {
        "head": head,
        "thresholds": thresholds,
        "own_thresholds": limits is None,
        "videos": {
            "videos": len(judged),
            "unreadable": unreadable,
            "hours": sum(video.seconds for video in judged) / 3600,
            "sets": tally(judged, thresholds),
        },
    }


def fingerprint(windows: Windows | PixelWindows) -> str:
    """Return a SHA-256 over windows and labels: equal data, equal fingerprint."""
    digest = hashlib.sha256()
    shown = windows.joints if isinstance(windows, Windows) else windows.luma
    for array in (shown, windows.allowed):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(json.dumps(windows.clip.tolist()).encode())
    return digest.hexdigest()
