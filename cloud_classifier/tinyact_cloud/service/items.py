"""Check what teaching requests are made of (docs/classifier-api.md)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
import unicodedata
from uuid import UUID

from aiohttp import web
import msgpack
import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.bundle import HEAD_KINDS, NONE, HeadKind
from tinyact_cloud.learning.examples import MAX_NAME, UNKNOWN

from .classify import MAX_ITEMS, codec_for, read_numbers
from .problem import Problem

MAX_LABEL = MAX_NAME
MAX_CAMERA = 64
MAX_GROUP = 100
MAX_VARIANTS = 4

_MAX_PERSON = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Latent:
    """Latents as they are kept: 1024 int8 `codes` of each; codes x `scale` are their numbers."""

    codes: bytes
    scale: float


async def read_items(request: web.Request) -> tuple[str, list[dict[str, Any]]]:
    """Return encoder and items of a request. Raises Problem 400, 413, 415 or 422."""
    match await _read_message(request):
        case {"encoder": str(encoder), "items": [*items]}:
            pass
        case _:
            raise Problem(422, "The body must be a map with encoder, a text, and items, a list.")
    if not 1 <= len(items) <= MAX_ITEMS:
        raise Problem(422, f"items must hold 1 to {MAX_ITEMS} items; it holds {len(items)}.")
    for i, item in enumerate(items):
        if not isinstance(item, dict):
            raise Problem(422, f"items[{i}] must be a map.")
    return encoder, items


async def read_kind(request: web.Request) -> HeadKind | None:
    """Return the kind of head that a request asks for, None if it asks for none.

    Raises Problem 400, 413, 415 or 422.
    """
    if not request.can_read_body:
        return None
    match await _read_message(request):
        case {"kind": kind} if kind in HEAD_KINDS:
            return cast("HeadKind", kind)
        case {**others} if "kind" not in others:
            return None
    raise Problem(422, f"The body must be a map; its kind, if any, one of {', '.join(HEAD_KINDS)}.")


async def _read_message(request: web.Request) -> Any:
    """Return what the body holds. Raises Problem 400, 413 or 415."""
    codec = codec_for(request.content_type)
    body = await request.read()
    try:
        return codec.loads(body)
    except (ValueError, RecursionError, msgpack.UnpackException) as error:
        raise Problem(400, f"The body is not {codec.content_type}.") from error


def read_id(item: dict[str, Any], where: str) -> UUID:
    """Return the item's id, which its sender chose so that it can send it again."""
    try:
        return UUID(item["id"])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Problem(
            422, f"{where}.id must be a UUID of your own; send the same one when you try again."
        ) from error


def read_latent(item: dict[str, Any], where: str) -> Latent:
    """Return the item's latent; its largest number becomes the code 127."""
    return _coded([read_numbers(item, where)], where)


def read_variants(item: dict[str, Any], where: str) -> Latent | None:
    """Return the item's variants together, None if it has none."""
    match item.get("variants"):
        case None | []:
            return None
        case [*others] if len(others) <= MAX_VARIANTS:
            places = [f"{where}.variants[{i}]" for i in range(len(others))]
            return _coded(list(map(read_numbers, others, places)), f"{where}.variants")
    raise Problem(422, f"{where}.variants must be a list of at most {MAX_VARIANTS} maps.")


def _coded(latents: list[NDArray[np.float32]], where: str) -> Latent:
    numbers = np.stack(latents)
    scale = float(np.abs(numbers).max()) / 127
    if scale == 0:
        raise Problem(422, f"{where}: a latent of zeros alone comes from no encoder.")
    return Latent(np.rint(numbers / scale).astype(np.int8).tobytes(), scale)


def read_label(value: Any, where: str, instead: str) -> str:
    """Return a label as all spell it: composed (Unicode NFC), without blanks around it.

    `instead` says what to do when somebody teaches what means that there is nothing.
    """
    label = read_text(value, where, MAX_LABEL)
    if any(unicodedata.category(character)[0] == "C" for character in label):
        raise Problem(422, f"{where} must hold characters that can be shown.")
    if label.casefold() in {NONE, UNKNOWN}:
        raise Problem(422, f"{where}: {label!r} cannot be taught. {instead}")
    return label


def read_text(value: Any, where: str, longest: int) -> str:
    """Return a text of 1 to `longest` characters that can be shown in one line."""
    if not isinstance(value, str):
        raise Problem(422, f"{where} must be a text.")
    text = unicodedata.normalize("NFC", value[: 4 * longest]).strip()
    if not 1 <= len(text) <= longest or len(value) > 4 * longest:
        raise Problem(422, f"{where} must have 1 to {longest} characters.")
    # Control characters and lone surrogates, which no database keeps.
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise Problem(422, f"{where} must hold characters that can be shown.")
    return text


def read_person(item: dict[str, Any], where: str) -> int | None:
    """Return the item's person, a number, None if it is left out."""
    person = item.get("person")
    if person is None:
        return None
    if type(person) is not int or abs(person) > _MAX_PERSON:
        raise Problem(422, f"{where}.person must be an integer of 32 bits.")
    return person


def read_time(item: dict[str, Any], where: str, key: str = "at") -> str | None:
    """Return the item's time in UTC, None if it is left out."""
    if item.get(key) is None:
        return None
    try:
        at = datetime.fromisoformat(item[key])
        if at.tzinfo is not None:
            return at.astimezone(UTC).isoformat()
    except (TypeError, ValueError, OverflowError):
        pass
    raise Problem(422, f"{where}.{key} must be a time in ISO 8601 with its offset.")


def check_encoder(encoder: str, ours: str) -> None:
    """Refuse what another encoder saw: its numbers mean something else. Raises Problem 409."""
    if encoder != ours:
        raise Problem(
            409,
            f"These latents come from the encoder {encoder[:64]!r}, this classifier knows those of "
            f"{ours!r}. Update TinyAct on the edge, or the classifier, so that both have bundles "
            "of the same export; what was taught with another encoder has to be taught anew.",
            code="other_encoder",
        )
