"""The kinds of head: what they learn, and that ONNX says what the library says."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
import onnx
import onnxruntime as ort
import pytest

from tinyact_cloud.bundle import HEAD_KINDS, HeadKind
from tinyact_cloud.learning.heads import FAMILIES, fit_head

from .synthetic import LABELS, UNSEEN, Latents, draw_latents


def run(head: bytes, latents: NDArray[np.float32]) -> NDArray[np.float32]:
    session = ort.InferenceSession(head, providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(None, {"latent": latents})
    return np.asarray(probabilities)


@pytest.mark.parametrize("n_labels", [2, 4])
@pytest.mark.parametrize("kind", HEAD_KINDS)
def test_onnx_says_what_the_library_says(kind: HeadKind, n_labels: int) -> None:
    known, fresh = (draw_latents(80, seed, n_labels) for seed in (1, 2))
    labels = known.labels.copy()
    labels[::7] = 0  # some are wrong: sure answers would compare too easily
    family = FAMILIES[kind]
    estimator = family.fit(known.latents, labels, np.ones(80), 0)
    head = family.export(estimator, np.arange(n_labels), n_labels)
    expected = estimator.predict_proba(fresh.latents)
    assert 0.05 < expected.max(axis=1).min() < 0.95
    np.testing.assert_allclose(run(head, fresh.latents), expected, atol=1e-4)


def test_svm_stays_exact_where_latents_are_nearly_alike() -> None:
    """Windows that overlap give nearly the same latent: the kernel's inverse root is huge."""
    scenes = draw_latents(20, seed=1)
    rng = np.random.default_rng(0)
    latents = np.repeat(scenes.latents, 10, axis=0)
    latents += 1e-4 * rng.normal(size=latents.shape).astype(np.float32)
    labels = np.repeat(scenes.labels, 10)
    labels[::7] = 0
    machine = FAMILIES["svm"].fit(latents, labels, np.ones(200), 0)
    head = FAMILIES["svm"].export(machine, np.arange(UNSEEN), UNSEEN)
    both = np.concatenate([latents, draw_latents(40, seed=2).latents])
    np.testing.assert_allclose(run(head, both), machine.predict_proba(both), atol=1e-4)


@pytest.mark.parametrize("kind", ["rf", "xgb"])
def test_trees_stay_exact_between_neighbouring_floats(kind: HeadKind) -> None:
    """What lies between two neighbours is no float32: it must not become the upper one."""
    lower = np.nextafter(np.float32(8), np.float32(9))
    upper = np.nextafter(lower, np.float32(9))
    latents = np.zeros((20, 1024), np.float32)
    latents[:, 7] = np.where(np.arange(20) % 2, upper, lower)
    rows = run(fit_head(kind, latents, np.arange(20) % 2, 2, seed=0), latents)
    assert (rows.argmax(axis=1) == np.arange(20) % 2).all()


@pytest.mark.parametrize("kind", HEAD_KINDS)
def test_head_keeps_the_contract(
    kind: HeadKind, heads: dict[HeadKind, bytes], fresh: Latents
) -> None:
    model = onnx.load_from_string(heads[kind])
    (latent,), (probabilities,) = model.graph.input, model.graph.output
    assert (latent.name, probabilities.name) == ("latent", "probabilities")
    assert {node.domain for node in model.graph.node} <= {"", "ai.onnx.ml"}
    assert len(heads[kind]) < 2_000_000
    rows = run(heads[kind], fresh.latents)
    assert rows.dtype == np.float32
    assert rows.shape == (40, len(LABELS))
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-6)
    assert (rows[:, UNSEEN] == 0).all()
    assert (rows.argmax(axis=1) == fresh.labels).mean() > 0.9


@pytest.mark.parametrize("kind", HEAD_KINDS)
def test_seed_decides(kind: HeadKind) -> None:
    known = draw_latents(40, seed=1)
    fits = [fit_head(kind, known.latents, known.labels, 4, seed=seed) for seed in (3, 3, 4)]
    assert fits[0] == fits[1]
    # A logistic regression has one best fit, which no draw decides.
    assert (fits[1] == fits[2]) == (kind == "logistic")


@pytest.mark.parametrize("kind", HEAD_KINDS)
def test_rare_labels_are_not_drowned(kind: HeadKind) -> None:
    known, fresh = (draw_latents(n, seed, 2, contrast=0.1) for n, seed in ((400, 1), (100, 2)))
    kept = (known.labels == 0) | (np.arange(400) % 20 == 1)
    latents, labels = known.latents[kept], known.labels[kept]
    alike = run(fit_head(kind, latents, labels, 2, seed=0), fresh.latents)
    as_frequent = FAMILIES[kind].fit(latents, labels, np.ones(len(labels)), 0)
    assert alike[:, 1].mean() > 1.2 * as_frequent.predict_proba(fresh.latents)[:, 1].mean()


@pytest.mark.parametrize("kind", HEAD_KINDS)
def test_weights_decide_between_contradictions(kind: HeadKind, fresh: Latents) -> None:
    known = draw_latents(80, seed=1)
    latents = np.concatenate([known.latents, known.latents])
    labels = np.concatenate([(known.labels + 1) % 4, known.labels])
    weights = np.repeat([0.05, 1.0], 80)
    rows = run(fit_head(kind, latents, labels, 4, 0, weights), fresh.latents)
    assert (rows.argmax(axis=1) == fresh.labels).mean() > 0.8


@pytest.mark.parametrize("kind", HEAD_KINDS)
def test_two_examples_of_each_label_are_enough(kind: HeadKind) -> None:
    known = draw_latents(4, seed=1, n_labels=2)
    rows = run(fit_head(kind, known.latents, known.labels, 2, seed=0), known.latents)
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-6)


GOOD = draw_latents(8, seed=1)
REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("float32", {"latents": GOOD.latents.astype(np.float64)}),
    ("1024", {"latents": GOOD.latents[:, :1023]}),
    ("one row a label", {"latents": GOOD.latents[:7]}),
    ("NaN", {"latents": np.full_like(GOOD.latents, np.nan)}),
    ("between 0 and 4", {"labels": GOOD.labels + 3}),
    ("between 0 and 4", {"labels": GOOD.labels - 1}),
    ("two labels", {"labels": np.zeros(8, np.int64)}),
    ("two labels", {"latents": GOOD.latents[:0], "labels": GOOD.labels[:0]}),
    ("label 4 has a single example", {"labels": np.array([0, 0, 0, 0, 1, 1, 1, 4])}),
    ("sample_weight", {"sample_weight": np.zeros(8)}),
    ("sample_weight", {"sample_weight": np.ones(7)}),
]


@pytest.mark.parametrize(("reason", "change"), REFUSED)
def test_what_cannot_be_learnt_from_is_refused(reason: str, change: dict[str, Any]) -> None:
    data: dict[str, Any] = {
        "latents": GOOD.latents,
        "labels": GOOD.labels,
        "n_labels": 5,
        "seed": 0,
    }
    with pytest.raises(ValueError, match=reason):
        fit_head("rf", **(data | change))
