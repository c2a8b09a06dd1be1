"""What is served is what was fitted, whatever is taught and asked."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from tinyact_cloud.bundle import HEAD_KINDS, HeadFile, HeadKind, load_bundle
from tinyact_cloud.learning.heads import FAMILIES
from tinyact_cloud.service.latents import numbers
from tinyact_cloud.service.served import Served

from .conftest import MakeBundle
from .synthetic import LABELS, draw_latents

Fitted = tuple[Any, Served]


@pytest.fixture
def fitted(make_bundle: MakeBundle) -> Callable[[HeadKind], Fitted]:
    """Return a function that fits a model and loads it as a site's head."""
    bundle = load_bundle(make_bundle())

    def fit(kind: HeadKind) -> Fitted:
        drawn = draw_latents(90, seed=5, n_labels=len(LABELS))
        family = FAMILIES[kind]
        model = family.fit(drawn.latents, drawn.labels, np.ones(90), 0)
        content = family.export(model, np.arange(len(LABELS)), len(LABELS))
        file = HeadFile(kind, bundle.folder, content, "0" * 64, temperature=1.0)
        return model, Served.of(bundle, file, LABELS, {}, version=1)

    return fit


@pytest.mark.parametrize("kind", HEAD_KINDS)
def test_served_head_is_the_fitted_model(
    kind: HeadKind, fitted: Callable[[HeadKind], Fitted]
) -> None:
    model, served = fitted(kind)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 9), contrast=st.floats(-2, 2))
    def check(seed: int, n: int, contrast: float) -> None:
        latents = draw_latents(n, seed, len(LABELS), contrast=contrast).latents
        rows = served.batcher._predict(numbers([latents]))
        np.testing.assert_allclose(rows, model.predict_proba(latents), atol=2e-4)

    check()
