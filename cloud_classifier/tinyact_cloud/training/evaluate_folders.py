"""Judge a bundle on a folder of clips, each in a folder that is named after what it shows."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from tinyact_cloud.learning.evaluate import Evaluation, evaluate
from tinyact_edge.bundle import NONE, Bundle
from tinyact_edge.recognize import Recording

from .options import UserError
from .prepare import videos
from .provenance import bundle_identity, code_version, data_fingerprint
from .watch import Unreadable, watch


def evaluate_folders(
    bundle: Bundle, data: Path, negatives: Sequence[str] = (), workers: int = 1
) -> dict[str, Any]:
    """Return how well `bundle` names the clips `data`/LABEL/…, each video one clip.

    Folders named in `negatives` show nothing that the model knows: `none` is right there. Other
    folders that are no label are skipped and listed. A clip's verdict is the label with the highest
    mean probability over all windows of all people, `none` where nobody is seen; `confirmed` judges
    instead by what a household is told: the confirmed action with the highest confidence, else
    `none`. Macro recall averages over the labels that occur. Raises UserError when there is no clip
    to judge or a negative folder is not there.
    """
    folders = sorted(path for path in data.iterdir() if path.is_dir())
    for name in negatives:
        if data / name not in folders:
            raise UserError(f"There is no folder {name!r} in {data}")
    truth_of = {label: label for label in bundle.labels} | dict.fromkeys(negatives, NONE)
    clips = {
        video: truth_of[folder.name]
        for folder in folders
        if folder.name in truth_of
        for video in videos(folder)
    }
    truth, verdicts, confirmed = [], [], []
    unreadable, without_person = [], 0
    with closing(watch(bundle, list(clips), workers)) as watched:
        for path, found in watched:
            if isinstance(found, Unreadable):
                name = path.relative_to(data).as_posix()
                unreadable.append({"file": name, "reason": found.reason})
                continue
            truth.append(clips[path])
            verdicts.append(_verdict(found, bundle.labels))
            confirmed.append(_confirmed(found))
            without_person += not found.people
    # They come in the order in which they are done.
    unreadable.sort(key=lambda clip: clip["file"])
    if not truth:
        raise UserError(
            f"{data} holds no clip to judge: put videos into folders named after labels"
            f" ({', '.join(bundle.labels)})"
        )
    return {
        "clips": len(truth),
        **_compare(truth, verdicts, bundle.labels).as_dict(),
        "confirmed": _compare(truth, confirmed, bundle.labels).as_dict(),
        "clips_without_person": without_person,
        "skipped_folders": [folder.name for folder in folders if folder.name not in truth_of],
        "unreadable": unreadable,
        "bundle": bundle_identity(bundle),
        "settings": {"negatives": sorted(negatives), "thresholds": dict(bundle.thresholds)},
        "code": code_version(),
        "data": data_fingerprint(clips, data),
    }


def _verdict(found: Recording, labels: Sequence[str]) -> str:
    """Return the label with the highest mean probability over all windows."""
    if not found.windows:
        return NONE
    rows = [
        [window.prediction.probabilities[label] for label in labels] for window in found.windows
    ]
    return labels[int(np.mean(rows, axis=0).argmax())]


def _confirmed(found: Recording) -> str:
    """Return the label of the surest action."""
    surest = max(found.actions, key=lambda action: action.confidence, default=None)
    return surest.label if surest else NONE


def _compare(truth: Sequence[str], told: Sequence[str], labels: Sequence[str]) -> Evaluation:
    number = {label: index for index, label in enumerate(labels)}
    return evaluate(
        np.array([number[label] for label in truth]),
        np.array([number[label] for label in told]),
        labels,
    )


def summary(judged: dict[str, Any]) -> str:
    """Return what `evaluate_folders` found as a line for people."""
    return (
        f"{judged['clips']} clips: accuracy {judged['accuracy']:.3f}, "
        f"macro recall {judged['macro_recall']:.3f}"
    )
