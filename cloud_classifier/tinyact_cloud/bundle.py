"""Load the classifier's model bundle: a manifest and the files it vouches for.

docs/model-bundle.md says what is in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import hashlib
import json
from pathlib import Path
import re
from typing import Any, Literal, get_args

import voluptuous as vol

HeadKind = Literal["rf", "svm", "xgb", "logistic"]
HEAD_KINDS: tuple[HeadKind, ...] = get_args(HeadKind)
DEFAULT_BUNDLE = Path(__file__).parent / "model"
MANIFEST = "tinyact-model.json"
FORMAT = 3
LATENT_SIZE = 1024
NONE = "none"

# How many figures of the body are part of the latents that a bundle of the view `body` gives.
_FIGURES = 60
_MAX_MANIFEST = 1 << 20
_MAX_FILE = 64 << 20
_MAX_FILES = 32
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


class BundleError(Exception):
    """A bundle that cannot be used; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class HeadFile:
    """A head as it lies in the bundle; `content` is ONNX whose SHA-256 is `sha256`."""

    kind: HeadKind
    path: Path
    content: bytes
    sha256: str
    temperature: float


@dataclass(frozen=True, slots=True)
class Bundle:
    """A checked bundle: every file in it is what its manifest says.

    The last `figures` numbers of a latent are figures of the body (docs/model-bundle.md).
    """

    folder: Path
    name: str
    version: str
    encoder: str
    labels: tuple[str, ...]
    thresholds: Mapping[str, float]
    default_head: HeadKind
    heads: Mapping[HeadKind, HeadFile]
    metrics: Mapping[str, Any]
    figures: int = 0

    def head(self, kind: HeadKind | None = None) -> HeadFile:
        """Return the head of `kind`, by default the bundle's choice. Raises BundleError."""
        wanted = kind or self.default_head
        if wanted not in self.heads:
            raise BundleError(
                f"{self.folder / MANIFEST} has no {wanted} head. "
                f"Choose one of: {', '.join(self.heads)}."
            )
        return self.heads[wanted]


def _plain_name(value: Any) -> str:
    """Accept the name of a file in the bundle's own folder, nothing that leaves it."""
    if not isinstance(value, str) or not _PLAIN_NAME.fullmatch(value):
        raise vol.Invalid(f"{value!r} must be a plain file name")
    return value


def _vouched(value: Any) -> dict[str, str]:
    """Accept a map of plain file names to SHA-256s."""
    if not isinstance(value, dict) or len(value) > _MAX_FILES:
        raise vol.Invalid(f"must be a map of at most {_MAX_FILES} files")
    return {_plain_name(name): _SHA256(digest) for name, digest in value.items()}


_TEXT = vol.All(str, vol.Length(min=1, max=100))
_SHA256 = vol.Match(r"^[0-9a-f]{64}\Z")
_TEMPERATURE = vol.All(vol.Any(int, float), vol.Range(min=0.05, max=20))
_THRESHOLD = vol.All(vol.Any(int, float), vol.Range(min=0, max=1))
_SCHEMA = vol.Schema(
    {
        vol.Required("name"): _TEXT,
        vol.Required("version"): _TEXT,
        vol.Required("encoder"): _SHA256,
        vol.Optional("input"): vol.Schema({}, extra=vol.ALLOW_EXTRA),
        vol.Required("latent"): vol.Schema(
            {vol.Required("size"): LATENT_SIZE}, extra=vol.ALLOW_EXTRA
        ),
        vol.Required("labels"): vol.All([_TEXT], vol.Length(min=2, max=1000), vol.Unique()),
        vol.Required("thresholds"): vol.Schema({_TEXT: _THRESHOLD}),
        vol.Required("default_head"): vol.In(HEAD_KINDS),
        # Schemas of their own: a plain map would allow extra keys, as the manifest does.
        vol.Required("heads"): vol.Schema({vol.In(HEAD_KINDS): _plain_name}),
        vol.Required("temperature"): vol.Schema({vol.In(HEAD_KINDS): _TEMPERATURE}),
        vol.Required("metrics"): dict,
        vol.Required("files"): _vouched,
    },
    extra=vol.ALLOW_EXTRA,
)


def load_bundle(folder: Path = DEFAULT_BUNDLE) -> Bundle:
    """Read and check the bundle in `folder`. Raises BundleError."""
    manifest = _read_manifest(folder / MANIFEST)
    files: dict[str, str] = manifest["files"]
    heads: dict[HeadKind, str] = manifest["heads"]
    for name in files.keys() - heads.values():
        _read_vouched(folder / name, files[name])
    return Bundle(
        folder=folder,
        name=manifest["name"],
        version=manifest["version"],
        encoder=manifest["encoder"],
        labels=tuple(manifest["labels"]),
        thresholds=manifest["thresholds"],
        default_head=manifest["default_head"],
        heads={
            kind: HeadFile(
                kind=kind,
                path=folder / name,
                content=_read_vouched(folder / name, files[name]),
                sha256=files[name],
                temperature=manifest["temperature"].get(kind, 1.0),
            )
            for kind, name in heads.items()
        },
        metrics=manifest["metrics"],
        figures=_FIGURES if manifest.get("input", {}).get("view") == "body" else 0,
    )


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(_read(path, _MAX_MANIFEST))
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path} is not JSON: {error}. {_remedy(path.parent)}") from error
    if not isinstance(content, dict) or type(content.get("format")) is not int:
        raise BundleError(f"{path} is not a manifest: no format. {_remedy(path.parent)}")
    if content["format"] != FORMAT:
        raise BundleError(
            f"{path} has format {content['format']}, this version reads {FORMAT}. "
            "Update TinyAct, or use a bundle exported for this version."
        )
    try:
        manifest: dict[str, Any] = _SCHEMA(content)
    except vol.Invalid as error:
        raise BundleError(f"{path}: {error}. {_remedy(path.parent)}") from error
    if NONE not in manifest["labels"]:
        raise BundleError(f"{path}: the label '{NONE}' is missing. {_remedy(path.parent)}")
    for name in manifest["heads"].values() - manifest["files"].keys():
        raise BundleError(f"{path} does not vouch for {name}. {_remedy(path.parent)}")
    if manifest["default_head"] not in manifest["heads"]:
        raise BundleError(f"{path}: the default head is missing. {_remedy(path.parent)}")
    return manifest


def _read_vouched(path: Path, digest: str) -> bytes:
    content = _read(path, _MAX_FILE)
    if hashlib.sha256(content).hexdigest() != digest:
        raise BundleError(f"{path} is damaged: it is not the manifest's. {_remedy(path.parent)}")
    return content


def _read(path: Path, limit: int) -> bytes:
    """Return the bytes of the regular file `path`, at most `limit` of them."""
    try:
        if not path.is_file():
            raise BundleError(f"{path} is missing. {_remedy(path.parent)}")
        if path.stat().st_size > limit:
            raise BundleError(
                f"{path} is larger than {limit >> 20} MiB, too large for what it should be. "
                f"{_remedy(path.parent)}"
            )
        return path.read_bytes()
    except OSError as error:
        raise BundleError(
            f"{path} cannot be read: {error.strerror}. Let this user read it."
        ) from error


def _remedy(folder: Path) -> str:
    return (
        "Reinstall tinyact-cloud to restore its model."
        if folder == DEFAULT_BUNDLE
        else "Export the bundle anew, or leave out --bundle to use the one that comes along."
    )
