"""All windows that a run may learn from or be tested on."""

from pathlib import Path

import numpy as np

from .animate import animate
from .examples import examples_of
from .lessons import Lessons
from .options import UserError, run_settings
from .pixel_windows import PixelWindows
from .recipe import Recipe, recipe_of
from .recipe_files import load_recipe
from .sets import VIDEO_SETS, load_sets
from .stored import TeacherCache
from .train import load_student, predict
from .windows import Windows, cut, limit

_MOST_PER_LABEL = 4000
# Actors of the animated bodies; nothing of this set is ever tested on.
_ACTORS = "bandai"


class Corpus:
    """The windows of a data folder, each kind loaded once and when it is first asked for."""

    def __init__(self, data: Path, work: Path) -> None:
        """Read videos and skeletons from `data`, what was cached of them from `work`."""
        self._data = data
        self._work = work
        self._filmed: Windows | None = None
        self._bodies: dict[tuple[int, int], Windows] = {}

    def windows(self, recipe: Recipe, seed: int) -> Windows | PixelWindows:
        """Return the windows that a student of `recipe` sees."""
        return self.pixels() if recipe.view == "rgb" else self.bodies(recipe.animated, seed)

    def bodies(self, animated: int, seed: int) -> Windows:
        """Return windows of all bodies, filmed, captured and `animated`."""
        if (animated, seed) not in self._bodies:
            bodies = list(load_sets(self._data, self._work / "landmarks"))
            actors = [body for body in bodies if body.set == _ACTORS]
            if animated and actors:
                bodies += animate(actors, animated, seed)
            self._bodies[animated, seed] = limit(cut(bodies, 1), _MOST_PER_LABEL, seed)
        return self._bodies[animated, seed]

    def filmed(self) -> Windows:
        """Return every window of every person in the videos."""
        if self._filmed is None:
            bodies = load_sets(self._data, self._work / "landmarks")
            self._filmed = cut((body for body in bodies if body.set in VIDEO_SETS), 1)
        return self._filmed

    def pixels(self) -> PixelWindows:
        """Return every window of the videos in which something moves."""
        return PixelWindows.load(
            self._work / "moving", self._data, self._work / "landmarks", self.filmed()
        )

    def lessons(
        self, recipe: Recipe, windows: Windows | PixelWindows, teacher_run: Path | None
    ) -> Lessons | None:
        """Return what the recipe's teacher says of `windows`; "body" is the one in `teacher_run`.

        Raises UserError when the teacher's answers are not cached, or no run is named.
        """
        if recipe.teacher == "i3d" and isinstance(windows, Windows):
            cache = TeacherCache.load(self._work / "teacher" / recipe.teacher)
            _, row = cache.match(windows)
            return Lessons.of(row, cache.features, cache.logits)
        if recipe.teacher == "body" and isinstance(windows, PixelWindows):
            if teacher_run is None:
                raise UserError("A body student is to teach: name its run with --teacher-run.")
            seen = np.unique(windows.body[windows.body >= 0])
            body = _trained_by(teacher_run, recipe.body_recipe)
            model = load_student(teacher_run, body)
            examples = examples_of(self.filmed()[seen], body, 0, augment=False)
            latents, logits = predict(model, examples)
            row = np.where(windows.body >= 0, np.searchsorted(seen, windows.body), -1)
            return Lessons.of(row, latents, logits)
        return None


def _trained_by(run: Path, name: str) -> Recipe:
    """Return the recipe that `run` was trained by; `name` is its name.

    `train` stores what a run was made of, its options included, in the run; a run of `ablate` is
    made by a recipe as it is.
    """
    if (run / "run.json").exists():
        return recipe_of(run_settings(run))
    return load_recipe(Recipe, name)
