"""The head that the household taught: checked, kept in the journal's database, put to work.

It comes from the classifier service and works here without it, also after a restart.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
import hashlib
import json
from typing import Any

import voluptuous as vol

from .bundle import NONE, Bundle, BundleError
from .classifier import LocalHead
from .journal import Journal

MAX_HEAD = 32 << 20
_MAX_LABELS = 1000


@dataclass(frozen=True, slots=True)
class Model:
    """What the classifier service says that it serves; `sha256` is the head's."""

    sha256: str
    version: int
    labels: tuple[str, ...]
    thresholds: Mapping[str, float]
    temperature: float


_PROBABILITY = vol.All(vol.Any(int, float), vol.Range(min=0, max=1))
_SCHEMA = vol.Schema(
    {
        vol.Required("model"): vol.All(str, vol.Match(r"^[0-9a-f]{64}\Z")),
        vol.Optional("head_version", default=0): vol.All(int, vol.Range(min=0)),
        vol.Required("labels"): vol.All(
            [vol.All(str, vol.Length(min=1, max=100))],
            vol.Length(min=2, max=_MAX_LABELS),
            vol.Unique(),
        ),
        vol.Optional("thresholds", default=dict): vol.Schema({str: _PROBABILITY}),
        vol.Required("temperature"): vol.All(vol.Any(int, float), vol.Range(min=0.05, max=20)),
    },
    extra=vol.REMOVE_EXTRA,
)


def model_of(description: Mapping[str, Any]) -> Model:
    """Return the model that GET /v1/model describes. Raises ValueError."""
    try:
        known = _SCHEMA(dict(description))
    except vol.Invalid as error:
        raise ValueError(str(error)) from error
    if NONE not in known["labels"]:
        raise ValueError(f"the label '{NONE}' is missing")
    return Model(
        sha256=known["model"],
        version=known["head_version"],
        labels=tuple(known["labels"]),
        thresholds=known["thresholds"],
        temperature=float(known["temperature"]),
    )


def open_head(bundle: Bundle, model: Model, content: bytes) -> tuple[Bundle, LocalHead]:
    """Return `bundle` with the labels of `model`, and its head at work. Raises BundleError."""
    if hashlib.sha256(content).hexdigest() != model.sha256:
        raise BundleError("the head is not the one that the classifier service describes")
    served = replace(
        bundle,
        labels=model.labels,
        thresholds=dict(bundle.thresholds) | dict(model.thresholds),
        temperature=model.temperature,
    )
    return served, LocalHead(served, content)


class HeadStore:
    """Where the last head is kept: one row, replaced at once. Its methods raise JournalError."""

    def __init__(self, journal: Journal, encoder: str) -> None:
        """Keep a head for latents of `encoder`."""
        self._journal = journal
        self._encoder = encoder

    def save(self, model: Model, content: bytes) -> None:
        """Keep a head in the place of the last one."""
        description = json.dumps(asdict(model))
        with self._journal.commit() as db:
            db.execute("DELETE FROM head")
            db.execute("INSERT INTO head VALUES (?, ?, ?)", (self._encoder, description, content))

    def load(self) -> tuple[Model, bytes] | None:
        """Return the head that is kept; None if there is none for this encoder."""
        with self._journal.reading() as db:
            row = db.execute(
                "SELECT model, content FROM head WHERE encoder = ?", (self._encoder,)
            ).fetchone()
        if row is None:
            return None
        description = json.loads(row[0])
        return Model(**description | {"labels": tuple(description["labels"])}), row[1]
