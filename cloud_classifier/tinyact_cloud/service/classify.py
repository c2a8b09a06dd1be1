"""Read classify requests and write their answers (docs/classifier-api.md)."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
import json
import math
from struct import Struct
from typing import Any

import msgpack
import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.bundle import LATENT_SIZE

from .latents import Codes, Latents
from .problem import Problem

MAX_ITEMS = 256
# An int8 code times this is still a float32.
_MAX_SCALE = float(np.finfo(np.float32).max) / 128
_BASE64_LENGTH = 4 * math.ceil(LATENT_SIZE / 3)


@dataclass(frozen=True, slots=True)
class Codec:
    """How messages of one content type are read and written."""

    content_type: str
    loads: Callable[[bytes], Any]
    dumps: Callable[[Any], bytes]


@dataclass(slots=True)  # frozen, it would take three times as long to make
class Query:
    """A checked request: its latents are finite numbers, `cameras` names or None, item by item."""

    encoder: str
    latents: Latents
    cameras: list[str | None]


def _unpack(body: bytes) -> Any:
    # A list is allocated by the length it claims: these are well above what a request needs.
    return msgpack.unpackb(body, max_array_len=4 * LATENT_SIZE, max_map_len=64, max_ext_len=0)


# A packer is made once: that takes as long as packing an answer. It is used from one thread only.
_PACKER = msgpack.Packer()
_PACK = _PACKER.pack
# What msgpack writes before eight bytes of a number.
_FLOAT64 = b"\xcb"

_MSGPACK = Codec("application/msgpack", _unpack, _PACK)
_JSON = Codec("application/json", json.loads, lambda message: json.dumps(message).encode())
CODECS = {codec.content_type: codec for codec in (_MSGPACK, _JSON)}


def codec_for(content_type: str) -> Codec:
    """Return the codec for `content_type`. Raises Problem 415."""
    try:
        return CODECS[content_type]
    except KeyError:
        raise Problem(
            415, f"Send {' or '.join(CODECS)} as Content-Type.", {"Accept": ", ".join(CODECS)}
        ) from None


def decode(codec: Codec, body: bytes) -> Query:
    """Read a request. Raises Problem 400 or 422, saying which part is wrong."""
    try:
        message = codec.loads(body)
    except (ValueError, RecursionError, msgpack.UnpackException) as error:
        raise Problem(400, f"The body is not {codec.content_type}.") from error
    encoder, items = (
        (message.get("encoder"), message.get("items")) if type(message) is dict else (None, None)
    )
    if type(encoder) is not str or type(items) is not list:
        raise Problem(422, "The body must be a map with encoder, a text, and items, a list.")
    if not 1 <= len(items) <= MAX_ITEMS:
        raise Problem(422, f"items must hold 1 to {MAX_ITEMS} items; it holds {len(items)}.")
    latents: Latents | None = _codes(items)
    if latents is None:
        latents = np.stack([read_numbers(item, f"items[{i}]") for i, item in enumerate(items)])
    return Query(encoder, latents, [item.get("camera") for item in items])


def encode(
    codec: Codec, model: str, probabilities: list[list[float]], labels: tuple[str, ...]
) -> bytes:
    """Return the answer for `probabilities`, a row a latent and a number a label, in order."""
    if codec is _MSGPACK:
        head = _PACKER.pack_map_header(2) + _PACK("model") + _PACK(model) + _PACK("results")
        rows = map(_row_packer(labels), probabilities)
        return b"".join([head, _PACKER.pack_array_header(len(probabilities)), *rows])
    return codec.dumps({"model": model, "results": _results(probabilities, labels)})


@lru_cache(maxsize=1024)
def _row_packer(labels: tuple[str, ...]) -> Callable[[list[float]], bytes]:
    """Return what packs the result of one row: msgpack's own bytes, in half the time.

    All but the numbers and the likeliest label is the same for every row.
    """
    heads: list[bytes] = [
        _PACKER.pack_map_header(3) + b"".join(map(_PACK, ("label", label, "confidence"))) + _FLOAT64
        for label in labels
    ]
    names = [_PACK(label) + _FLOAT64 for label in labels]
    names[0] = _PACK("probabilities") + _PACKER.pack_map_header(len(labels)) + names[0]
    pack = Struct(">d" + "".join(f"{len(name)}sd" for name in names)).pack
    blank: list[Any] = [field for name in names for field in (name, 0.0)]

    def pack_row(row: list[float]) -> bytes:
        confidence = max(row)
        fields = blank.copy()
        fields[1::2] = row
        return heads[row.index(confidence)] + pack(confidence, *fields)

    return pack_row


def _results(probabilities: list[list[float]], labels: Sequence[str]) -> list[dict[str, Any]]:
    answers = []
    for row in probabilities:
        confidence = max(row)
        answers.append(
            {
                "label": labels[row.index(confidence)],
                "confidence": confidence,
                "probabilities": dict(zip(labels, row, strict=True)),
            }
        )
    return answers


def _codes(items: list[Any]) -> Codes | None:
    """Return items that are as edges send them, quickly; None where one is not, or is wrong."""
    codes, scales = [], []
    for item in items:
        if type(item) is not dict:
            return None
        code, scale = item.get("latent"), item.get("scale")
        if (
            type(code) is not bytes
            or len(code) != LATENT_SIZE
            or type(scale) is not float
            or not 0 <= scale <= _MAX_SCALE
            or _flaw_of_origin(item)
        ):
            return None
        codes.append(code)
        scales.append(scale)
    return Codes(codes, scales)


def read_numbers(item: Any, where: str) -> NDArray[np.float32]:
    """Return the float latent [1024] of one item."""
    if not isinstance(item, dict):
        raise Problem(422, f"{where} must be a map.")
    if flaw := _flaw_of_origin(item):
        raise Problem(422, f"{where}.{flaw}")
    latent = item.get("latent")
    values: NDArray[np.floating[Any]]
    if isinstance(latent, list):
        values, scale = _numbers(latent, where), item.get("scale", 1)
    else:
        values, scale = _int8(latent, where), item.get("scale")
    if not _is_number(scale) or not scale >= 0:
        raise Problem(422, f"{where}.scale must be a number, not negative.")
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = (values * values.dtype.type(_as_float(scale))).astype(np.float32)
    if not np.isfinite(scaled).all():
        raise Problem(422, f"{where}: latent and scale must be finite numbers.")
    return scaled


def _numbers(latent: list[Any], where: str) -> NDArray[np.float64]:
    if len(latent) != LATENT_SIZE or not all(map(_is_number, latent)):
        raise Problem(
            422, f"{where}.latent must hold {LATENT_SIZE} numbers; it holds {len(latent)} values."
        )
    return np.array([_as_float(value) for value in latent])


def _int8(latent: Any, where: str) -> NDArray[np.float32]:
    if isinstance(latent, str):
        latent = _base64(latent, where)
    if not isinstance(latent, bytes) or len(latent) != LATENT_SIZE:
        size = f"{len(latent)} bytes" if isinstance(latent, bytes) else "something else"
        raise Problem(422, f"{where}.latent must be {LATENT_SIZE} int8 bytes; it is {size}.")
    return np.frombuffer(latent, np.int8).astype(np.float32)


def _base64(text: str, where: str) -> bytes:
    if len(text) > _BASE64_LENGTH:
        raise Problem(422, f"{where}.latent must be base64 of {LATENT_SIZE} bytes; it is longer.")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem(422, f"{where}.latent is not base64.") from error


def _flaw_of_origin(item: dict[str, Any]) -> str | None:
    """Say what is wrong with camera, person or at; they may be left out."""
    if not isinstance(item.get("camera", ""), str):
        return "camera must be a text."
    if type(item.get("person", 0)) is not int:
        return "person must be an integer."
    try:
        if "at" not in item or datetime.fromisoformat(item["at"]).tzinfo is not None:
            return None
    except (TypeError, ValueError):
        pass
    return "at must be a time in ISO 8601 with its offset."


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _as_float(value: float) -> float:
    """Return `value` as float, infinity for integers beyond all floats."""
    try:
        return float(value)
    except OverflowError:
        return math.inf
