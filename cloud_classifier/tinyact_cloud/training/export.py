"""Write a trained run as the two model bundles (docs/model-bundle.md)."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
import hashlib
import json
from pathlib import Path
import shutil
import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)

from tinyact_cloud.bundle import FORMAT, HEAD_KINDS, MANIFEST, HeadKind

from .autoencoder import LATENT, Encoder
from .examples import SPEC, Examples, spec_of
from .figures import FigureScale
from .fold import fold_columns
from .onnx_encoder import add_figures, write_encoder
from .recipe import Recipe
from .sets import LABELS, LICENCES

# Windows that the activations' ranges are taken from.
_CALIBRATION = 256
_MAX_BASE_LATENTS = 2500


def export_encoder(
    encoder: Encoder, examples: Examples, folder: Path, scale: FigureScale | None
) -> None:
    """Write encoder.onnx (fp32) and encoder_int8.onnx (QDQ, calibrated on some of `examples`).

    With a `scale`, figures are part of their latents.
    """
    write_encoder(
        encoder, (SPEC.frames, SPEC.height, SPEC.width, SPEC.channels), folder / "encoder.onnx"
    )
    quantize_static(
        folder / "encoder.onnx",
        folder / "encoder_int8.onnx",
        _Clips(examples),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
    )
    fold_columns(folder / "encoder_int8.onnx")
    if scale:
        for name in ("encoder.onnx", "encoder_int8.onnx"):
            add_figures(folder / name, scale)


def export_bundles(
    run: Path,
    recipe: Recipe,
    measured: Mapping[str, Any],
    thresholds: Mapping[str, float],
    edge: Path,
    cloud: Path | None,
    head: HeadKind,
) -> None:
    """Write the edge's and the classifier's bundle from a fitted `run` of `recipe`.

    `measured` are the results of a run of the same recipe that had something left to be tested on:
    temperatures come from there. Without `cloud` the edge's is a small one: its only encoder is the
    int8 one, whose id no classifier knows. A bundle is written aside and then put in place, so that
    it is never half old and half new.
    """
    encoder, fast = run / "encoder.onnx", run / "encoder_int8.onnx"
    encoders = {encoder.name: fast} if cloud is None else {x.name: x for x in (encoder, fast)}
    manifest = {
        "format": FORMAT,
        "name": f"tinyact-{recipe.view}",
        "version": datetime.now(UTC).strftime("%Y.%m.%d"),
        "encoder": _digest(encoders[encoder.name]),
        "input": _input(recipe),
        "latent": {"size": LATENT},
        "labels": list(LABELS),
        "default_head": head,
        "thresholds": dict(thresholds),
        "temperature": {kind: measured["heads"][kind]["temperature"] for kind in HEAD_KINDS},
        "metrics": _metrics(measured),
        "data": [{"set": name, "licence": licence} for name, licence in LICENCES.items()],
    }
    heads = {kind: f"head_{kind}.onnx" for kind in HEAD_KINDS}
    _write(
        edge,
        manifest | {"heads": {head: heads[head]}},
        encoders | {heads[head]: run / heads[head]},
    )
    if cloud is None:
        return
    base = run / "base_latents.npz"
    _pack_latents(run / "latents.npz", base)
    _write(
        cloud,
        manifest | {"heads": heads},
        {base.name: base} | {name: run / name for name in heads.values()},
    )


def _input(recipe: Recipe) -> dict[str, Any]:
    """Return what an encoder of `recipe` is shown, as the manifest says it."""
    shown = asdict(spec_of(recipe))
    if recipe.view != "body":
        del shown["encoding"]  # of bodies
    return shown


class _Clips(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """Feeds clips to the quantiser one at a time."""

    def __init__(self, examples: Examples) -> None:
        rng = np.random.default_rng(0)
        count = min(_CALIBRATION, len(examples))
        chosen = rng.choice(len(examples), count, replace=False)
        self._clips = ({"clip": examples.clip(index)[None]} for index in chosen.tolist())

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """Return the next input, None at the end."""
        return next(self._clips, None)


def _metrics(measured: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the manifest says of accuracy; docs/results.md has the rest."""
    return {
        "protocol": measured["protocol"],
        "note": "Share of held-out clips judged as their recording allows, by head and set.",
        "within_allowed": {
            kind: {
                name: round(of_set["within_allowed"], 3) for name, of_set in head["sets"].items()
            }
            for kind, head in measured["heads"].items()
        },
        "int8": measured["int8"],
    }


def _pack_latents(source: Path, target: Path) -> None:
    """Write a sample of the latents that heads were fitted on in the bundle's form."""
    with np.load(source, allow_pickle=False) as file:
        latents, labels, groups = file["latents"], file["labels"], file["groups"]
    rng = np.random.default_rng(0)
    chosen = np.sort(rng.permutation(len(labels))[:_MAX_BASE_LATENTS])
    scale = np.abs(latents[chosen]).max(1) / 127
    np.savez_compressed(
        target,
        latents=np.rint(latents[chosen] / scale[:, None]).astype(np.int8),
        scale=scale.astype(np.float32),
        labels=labels[chosen].astype(np.int16),
        groups=np.unique(groups, return_inverse=True)[1][chosen].astype(np.int32),
    )


def _write(folder: Path, manifest: dict[str, Any], files: Mapping[str, Path]) -> None:
    """Write a bundle whose files are copies of `files`, by their names in it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        new = Path(temporary) / "new"
        new.mkdir()
        for name, file in files.items():
            shutil.copyfile(file, new / name)
        vouched = {name: _digest(file) for name, file in files.items()}
        text = json.dumps(manifest | {"files": vouched}, indent=2) + "\n"
        (new / MANIFEST).write_text(text)
        if folder.exists():
            folder.rename(Path(temporary) / "old")
        new.rename(folder)
        folder.chmod(0o755)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
