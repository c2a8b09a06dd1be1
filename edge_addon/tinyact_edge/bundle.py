"""Load a model bundle: a manifest and the files it vouches for (docs/model-bundle.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
import hashlib
import json
from pathlib import Path
from typing import Any

import voluptuous as vol

DEFAULT_BUNDLE = Path(__file__).parent / "model"
MANIFEST = "tinyact-model.json"
# 3: an encoder of bodies takes figures, too (encoder.py).
FORMAT = 3
NONE = "none"
# What an encoder may want to see (view.py): bodies drawn from landmarks, or the part that moves.
VIEWS = ("body", "rgb")
ENCODINGS = ("limbs", "joints")

_MAX_MANIFEST = 1 << 20
_MAX_FILE = 256 << 20


class BundleError(Exception):
    """A bundle that cannot be used; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """What the encoder wants to see; `encoding` is how bodies are drawn for it (clip.py)."""

    view: str
    frames: int
    height: int
    width: int
    channels: int
    fps: float
    hop: int
    encoding: str = "limbs"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A checked bundle: every file in it is what its manifest says."""

    folder: Path
    name: str
    version: str
    encoder_id: str
    clip: ClipSpec
    latent_size: int
    labels: tuple[str, ...]
    thresholds: Mapping[str, float]
    encoder: Path
    head: Path
    temperature: float


def _plain_name(value: Any) -> str:
    """Accept the name of a file in the bundle's own folder, nothing that leaves it."""
    name = str(value)
    if not name or Path(name).name != name:
        raise vol.Invalid("must be a plain file name")
    return name


def _exactly(schema: dict[Any, Any]) -> vol.Schema:
    """Allow nothing else here: what the whole manifest allows, its parts would inherit."""
    return vol.Schema(schema, extra=vol.PREVENT_EXTRA)


_SHA256 = vol.Match(r"^[0-9a-f]{64}\Z")
_TEMPERATURE = vol.All(vol.Coerce(float), vol.Range(min=0.05, max=20))
_PROBABILITY = vol.All(vol.Coerce(float), vol.Range(min=0, max=1))
_COUNT = vol.All(int, vol.Range(min=1, max=4096))
_SCHEMA = vol.Schema(
    {
        vol.Required("format"): FORMAT,
        vol.Required("name"): str,
        vol.Required("version"): str,
        vol.Required("encoder"): _SHA256,
        vol.Required("input"): _exactly(
            {
                vol.Required("view"): vol.In(VIEWS),
                vol.Required("frames"): _COUNT,
                vol.Required("height"): _COUNT,
                vol.Required("width"): _COUNT,
                vol.Required("channels"): 3,
                vol.Required("fps"): vol.All(vol.Coerce(float), vol.Range(min=1, max=60)),
                vol.Required("hop"): _COUNT,
                vol.Optional("encoding"): vol.In(ENCODINGS),
            }
        ),
        vol.Required("latent"): vol.Schema({vol.Required("size"): _COUNT}, extra=vol.ALLOW_EXTRA),
        vol.Required("labels"): vol.All([str], vol.Length(min=2, max=1000), vol.Unique()),
        vol.Required("thresholds"): _exactly({str: _PROBABILITY}),
        vol.Required("default_head"): str,
        vol.Required("heads"): _exactly({str: _plain_name}),
        vol.Required("temperature"): _exactly({str: _TEMPERATURE}),
        vol.Required("files"): _exactly({_plain_name: _SHA256}),
    },
    extra=vol.ALLOW_EXTRA,
)


def load_bundle(folder: Path = DEFAULT_BUNDLE) -> Bundle:
    """Read and check the bundle in `folder`. Raises BundleError."""
    manifest = _read_manifest(folder / MANIFEST)
    for name, digest in manifest["files"].items():
        _check_file(folder / name, digest)
    head = manifest["heads"].get(manifest["default_head"])
    for name in ("encoder.onnx", head):
        if name not in manifest["files"]:
            raise BundleError(f"{folder / MANIFEST} does not vouch for {name}. {_remedy(folder)}")
    if manifest["files"]["encoder.onnx"] != manifest["encoder"]:
        raise BundleError(f"{folder}: the encoder id is not its encoder's. {_remedy(folder)}")
    if NONE not in manifest["labels"] or not set(manifest["thresholds"]) <= set(manifest["labels"]):
        raise BundleError(f"{folder / MANIFEST}: labels and thresholds disagree, or no 'none'.")
    clip = ClipSpec(**manifest["input"])
    if clip.view == "rgb" and clip.height != clip.width:
        raise BundleError(f"{folder / MANIFEST}: clips of the view rgb must be square.")
    fast = "encoder_int8.onnx"
    return Bundle(
        folder=folder,
        name=manifest["name"],
        version=manifest["version"],
        encoder_id=manifest["encoder"],
        clip=clip,
        latent_size=manifest["latent"]["size"],
        labels=tuple(manifest["labels"]),
        thresholds=manifest["thresholds"],
        encoder=folder / (fast if fast in manifest["files"] else "encoder.onnx"),
        head=folder / head,
        temperature=manifest["temperature"].get(manifest["default_head"], 1.0),
    )


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_MANIFEST:
            raise BundleError(f"{path} is too large for a manifest. {_remedy(path.parent)}")
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise BundleError(f"{path} cannot be read. {_remedy(path.parent)}") from error
    except ValueError as error:
        raise BundleError(f"{path} is not JSON: {error}. {_remedy(path.parent)}") from error
    if isinstance(content, dict) and content.get("format", FORMAT) != FORMAT:
        raise BundleError(
            f"{path} has format {content['format']!r}, this version reads {FORMAT}: "
            "update TinyAct, or use a model of this version."
        )
    try:
        manifest: dict[str, Any] = _SCHEMA(content)
    except vol.Invalid as error:
        raise BundleError(f"{path}: {error}. {_remedy(path.parent)}") from error
    return manifest


def _check_file(path: Path, digest: str) -> None:
    try:
        if path.stat().st_size > _MAX_FILE:
            raise BundleError(f"{path} is larger than any model. {_remedy(path.parent)}")
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BundleError(f"{path} is missing or unreadable. {_remedy(path.parent)}") from error
    if found != digest:
        raise BundleError(f"{path} is damaged: it is not the manifest's. {_remedy(path.parent)}")


def _remedy(folder: Path) -> str:
    return (
        "Reinstall TinyAct to restore its model."
        if folder == DEFAULT_BUNDLE
        else "Export the bundle anew, or leave out --bundle to use TinyAct's own."
    )
