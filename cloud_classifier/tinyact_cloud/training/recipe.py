"""What a training run may vary. The named recipes lie in recipes/ (recipe_files.py)."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train an encoder; a weight of 0 leaves a loss out.

    `view` is what the encoder sees: bodies drawn from landmarks, or the moving part of the picture.
    `encoding` is how bodies are drawn. `rebuild` weighs the square error of the decoder, whose
    `target` is the clip itself or its motion, the clip less its mean over time. `actions` weighs
    what captured sets call their own actions (actions.py), `figures` hand-made features of the body
    as it moved before a detector's errors were added (figures.py); with `carry_figures` those that
    were detected are part of the latent itself. `features` and `logits` weigh what a teacher adds:
    "i3d", or "body", the body student of the recipe `body_recipe` with the same seed that had the
    same windows held out. `animated` is the count of animated bodies (animate.py). No window that
    may show the label `left_out` is trained on.
    """

    view: Literal["body", "rgb"] = "body"
    encoding: Literal["joints", "limbs"] = "joints"
    widths: tuple[int, ...] = (24, 48, 96, 128)
    epochs: int = 20
    clips_per_epoch: int = 8000
    batch: int = 32
    rate: float = 2e-3
    decay: float = 0.02
    classify: float = 1.0
    rebuild: float = 1.0
    target: Literal["clip", "motion"] = "motion"
    actions: float = 0.0
    figures: float = 0.0
    carry_figures: bool = False
    teacher: Literal["", "i3d", "body"] = ""
    body_recipe: str = ""
    features: float = 0.0
    logits: float = 0.0
    temperature: float = 3.0
    animated: int = 4000
    left_out: str = ""


def recipe_of(settings: dict[str, Any]) -> Recipe:
    """Return the recipe that a run's stored settings tell of."""
    stored = settings["recipe"]
    return Recipe(**stored | {"widths": tuple(stored["widths"])})
