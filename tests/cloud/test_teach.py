"""Teaching: what a few examples do to a head, and what is refused."""

import numpy as np

from tinyact_cloud.learning.teach import Base, Examples, refit

from .synthetic import draw_latents


def test_a_new_label_is_learnt() -> None:
    known, more = draw_latents(80, seed=1), draw_latents(10, seed=2, n_labels=5)
    base = Base(known.latents, known.labels, np.arange(80) // 4, ("none", "fall", "sit", "walk"))
    new = more.latents[more.labels == 4]
    taught = Examples(
        np.concatenate([new, new + 0.1]), ("wave",) * 4, np.zeros(4, bool), ("a", "a", "b", "b")
    )
    result = refit(base, taught, kinds=("svm",))
    assert result.labels == (*base.names, "wave")
    assert result.thresholds.keys() == {"wave"}
