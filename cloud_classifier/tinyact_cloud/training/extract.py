"""Encode the videos of a data set as large as Kinetics-400, on this machine or on a Ray cluster.

All machines of a cluster must find the videos and the encoder's file at the same path.
"""

import argparse
from functools import partial
import hashlib
import json
from pathlib import Path
from typing import get_args

import openvino as ov

from tinyact_cloud.bundle import LATENT_SIZE
from tinyact_edge.bundle import Bundle, BundleError, ClipSpec
from tinyact_edge.encoder import Encoder

from .kinetics import Kinetics, Sampling, parse_classes, read_clip, read_kinetics
from .options import UserError
from .shards import SHARD, ShardFolder
from .workers import Cluster, add_cluster, chosen_cluster, encode_shards


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `extract`."""
    add = parser.add_argument
    add("--kinetics", type=Path, required=True, metavar="DIR", help="lists and videos")
    add("--encoder", required=True, metavar="RUN", help="a run, or an ONNX file, for RGB clips")
    add("--name", help="a name for the latents (default: the encoder's)")
    add("--classes", metavar="A,B,C|N", help="only these classes, or N that --seed draws")
    add("--sampling", choices=get_args(Sampling), default="uniform", help="which frames of a video")
    add("--shard", type=int, default=SHARD, help="videos in a shard")
    add_cluster(parser)


def run(options: argparse.Namespace) -> None:
    """Extract, and say what came of it. Raises UserError."""
    if options.shard < 1:
        raise UserError("--shard must be at least 1.")
    classes = parse_classes(options.classes) if options.classes else None
    kinetics = read_kinetics(options.kinetics, classes, options.seed)
    path = _encoder_file(options.work, options.encoder)
    folder = options.work / "latents" / (options.name or _name(path))
    shards = extract_onnx(
        kinetics, folder, path, options.sampling, chosen_cluster(options), options.shard
    )
    for split in sorted({video.split for video in kinetics.videos}):
        rows = shards.rows(split)
        print(  # noqa: T201
            f"{split}: {len(rows.video)} latents, {len(rows.failed)} unreadable, "
            f"{kinetics.missing.get(split, 0)} missing"
        )


def extract_onnx(
    kinetics: Kinetics,
    folder: Path,
    encoder: Path,
    sampling: Sampling,
    cluster: Cluster,
    shard_size: int = SHARD,
) -> ShardFolder:
    """Encode all videos with an ONNX encoder of RGB clips, run by OpenVINO, a thread a worker.

    Returns the shards, which hold `latent` float16 [N, 1024]. Raises UserError.
    """
    encoder = encoder.resolve()
    frames, size = clip_shape(encoder)
    settings = {
        "data": kinetics.fingerprint,
        "encoder": hashlib.sha256(encoder.read_bytes()).hexdigest(),
        "sampling": sampling,
        "shard": shard_size,
    }
    shards = ShardFolder(folder, settings)
    load = partial(load_encoder, encoder, frames, size)
    load()  # A faulty encoder is better found here than in every worker.
    read = partial(read_clip, frames=frames, size=size, sampling=sampling)
    encode_shards(shards, shards.todo(kinetics.videos, shard_size), load, read, cluster)
    return shards


def clip_shape(encoder: Path) -> tuple[int, int]:
    """Return how many frames an ONNX encoder wants, and their side in pixels. Raises UserError."""
    try:
        _, frames, height, width, channels = (
            ov.Core().read_model(encoder).input("clip").partial_shape
        )
        if height != width or channels != 3:  # noqa: PLR2004
            raise UserError(f"{encoder} wants no square RGB clips.")
        return frames.get_length(), height.get_length()
    except (RuntimeError, ValueError) as error:
        raise UserError(f"{encoder} is no encoder of clips [N, T, H, W, 3].") from error


def load_encoder(path: Path, frames: int, size: int) -> Encoder:
    """Return the edge's own encoder of RGB clips. Raises UserError."""
    spec = ClipSpec(view="rgb", frames=frames, height=size, width=size, channels=3, fps=8, hop=4)
    bundle = Bundle(
        folder=path.parent,
        name=path.stem,
        version="0",
        encoder_id="",
        clip=spec,
        latent_size=LATENT_SIZE,
        labels=(),
        thresholds={},
        encoder=path,
        head=path,
        temperature=1.0,
    )
    try:
        return Encoder(bundle)
    except BundleError as error:
        raise UserError(str(error)) from error


def _encoder_file(work: Path, run_or_file: str) -> Path:
    """Return the ONNX file that the user means. Raises UserError."""
    for path in (Path(run_or_file), work / run_or_file / "encoder.onnx"):
        if path.is_file():
            _refuse_bodies(path)
            return path
    raise UserError(f"There is no encoder {run_or_file}: give an ONNX file or a run that has one.")


def _refuse_bodies(path: Path) -> None:
    """Raise UserError if the run next to an encoder learnt from drawn bodies."""
    try:
        settings = json.loads((path.parent / "run.json").read_text())
    except FileNotFoundError:
        return
    if "windows" in settings and settings.get("view") != "rgb":
        raise UserError(f"{path} encodes drawn bodies; these videos give it RGB clips.")


def _name(path: Path) -> str:
    return path.parent.name if path.stem == "encoder" else path.stem
