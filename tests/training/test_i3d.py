"""The I3D teacher: its file, its arithmetic, and OpenVINO's copy of it."""

import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import pytest
import torch
from torch import Tensor, nn
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tinyact_cloud.training.teachers import Teacher, i3d
from tinyact_cloud.training.teachers.compiled import Compiled

DATA = Path(os.environ.get("TINYACT_DATA", Path(__file__).parents[3] / "shared" / "data"))
KERNEL = "params/Mixed_4f/Branch_1/Conv3d_0b_3x3/Conv_0/kernel"


def _random_weights() -> dict[str, NDArray[np.float16]]:
    """Return arrays in the layout of DeepMind's model."""
    rng = np.random.default_rng(0)
    arrays = {}

    def unit(block: str, out: int, into: int, size: int) -> None:
        arrays[f"params/{block}/Conv_0/kernel"] = rng.normal(
            0, (2 / into / size**3) ** 0.5, (size, size, size, into, out)
        )
        arrays[f"params/{block}/BatchNorm_0/bias"] = rng.normal(0, 0.1, out)
        arrays[f"batch_stats/{block}/BatchNorm_0/mean"] = rng.normal(0, 0.1, (1, 1, 1, 1, out))
        arrays[f"batch_stats/{block}/BatchNorm_0/var"] = rng.uniform(0.5, 2, (1, 1, 1, 1, out))

    unit("Conv3d_1a_7x7", 64, 3, 7)
    unit("Conv3d_2b_1x1", 64, 64, 1)
    unit("Conv3d_2c_3x3", 192, 64, 3)
    into = 192
    for name, (a, b, c, d, e, f) in i3d._MIXED.items():
        unit(f"{name}/Branch_0/Conv3d_0a_1x1", a, into, 1)
        unit(f"{name}/Branch_1/Conv3d_0a_1x1", b, into, 1)
        unit(f"{name}/Branch_1/Conv3d_0b_3x3", c, b, 3)
        unit(f"{name}/Branch_2/Conv3d_0a_1x1", d, into, 1)
        unit(f"{name}/Branch_2/Conv3d_0b_3x3", e, d, 3)
        unit(f"{name}/Branch_3/Conv3d_0b_1x1", f, into, 1)
        into = a + c + e + f
    head = "params/Logits/Conv3d_0c_1x1/Conv_0"
    arrays[f"{head}/kernel"] = rng.normal(0, 0.05, (1, 1, 1, into, 400))
    arrays[f"{head}/bias"] = rng.normal(0, 0.05, 400)
    return {name: array.astype(np.float16) for name, array in arrays.items()}


@pytest.fixture(scope="module")
def weights() -> dict[str, NDArray[np.float16]]:
    return _random_weights()


@pytest.fixture(scope="module")
def network(
    weights: dict[str, NDArray[np.float16]], tmp_path_factory: pytest.TempPathFactory
) -> i3d.I3D:
    path = tmp_path_factory.mktemp("i3d") / "weights.npz"
    np.savez(path, **weights)
    return i3d.load(path)


def _unit_by_hand(weights: dict[str, NDArray[np.float16]], block: str, x: Tensor) -> Tensor:
    """Return what a 3x3x3 unit of stride 1 makes of x, without folding anything."""
    arrays = {name: torch.from_numpy(array.astype(np.float32)) for name, array in weights.items()}
    kernel = arrays[f"params/{block}/Conv_0/kernel"].permute(4, 3, 0, 1, 2)
    mean, var = (
        arrays[f"batch_stats/{block}/BatchNorm_0/{part}"].flatten() for part in ("mean", "var")
    )
    bias = arrays[f"params/{block}/BatchNorm_0/bias"]
    return F.relu(F.batch_norm(F.conv3d(x, kernel, padding=1), mean, var, None, bias, eps=1e-3))


def test_a_unit_convolves_and_normalises(
    network: i3d.I3D, weights: dict[str, NDArray[np.float16]]
) -> None:
    unit = network.body.get_submodule("Mixed_5c.Branch_2.Conv3d_0b_3x3")
    x = torch.randn(2, 48, 2, 7, 7)
    expected = _unit_by_hand(weights, "Mixed_5c/Branch_2/Conv3d_0b_3x3", x)
    torch.testing.assert_close(unit(x), expected, atol=1e-4, rtol=1e-4)


def test_branches_stand_in_order(network: i3d.I3D) -> None:
    block = network.body.get_submodule("Mixed_3b")
    x = torch.rand(1, 192, 2, 4, 4)
    joined = block(x)
    assert joined.shape[1] == 64 + 128 + 32 + 32
    torch.testing.assert_close(joined[:, :64], block.get_submodule("Branch_0")(x))
    pooled = F.max_pool3d(x, 3, 1, padding=1)
    last = block.get_submodule("Branch_3.Conv3d_0b_1x1")(pooled)
    torch.testing.assert_close(joined[:, -32:], last)


def test_padding_is_tensorflows() -> None:
    """What TensorFlow gives for [1, 2, 3, 4]: of one zero too many, the end gets it."""
    x = torch.arange(1.0, 5).view(1, 1, 4, 1, 1)
    ones = torch.ones(1, 1, 3, 1, 1)
    padded = i3d._same((3, 1, 1), (2, 1, 1))(x)
    assert F.conv3d(padded, ones, stride=(2, 1, 1)).flatten().tolist() == [6, 7]
    assert i3d._same((7, 7, 7), (2, 2, 2))(torch.zeros(1, 1, 16, 4, 4)).shape[2:] == (21, 9, 9)
    assert i3d._max_pool((3, 3, 3), (2, 2, 2))(x.expand(1, 1, 4, 2, 2)).flatten().tolist() == [3, 4]
    torch.testing.assert_close(i3d._same((2, 2, 2), (2, 2, 2))(x), x)


def test_random_weights_give_features_and_logits(network: i3d.I3D) -> None:
    clips = torch.from_numpy(
        np.random.default_rng(0).integers(0, 256, (1, 16, 224, 224, 3), np.uint8)
    )
    with torch.inference_mode():
        features, logits = network(clips)
    assert features.shape == (1, 1024)
    assert (features >= 0).all()
    torch.testing.assert_close(logits, network.head(features))
    assert not any(parameter.requires_grad for parameter in network.parameters())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({KERNEL: None}, f"lacks {KERNEL}"),
        ({"params/Logits/Conv3d_0c_1x1/Conv_0/bias": None}, "lacks params/Logits"),
        ({KERNEL: np.zeros((3, 3, 3, 320, 160))}, r"is \(3, 3, 3, 320, 160\), not \(3, 3, 3, 160"),
        ({"params/Mixed_9z/scale": np.zeros(3)}, "what is params/Mixed_9z/scale"),
    ],
)
def test_another_file_is_refused(
    weights: dict[str, NDArray[np.float16]],
    tmp_path: Path,
    change: dict[str, NDArray[np.float64] | None],
    message: str,
) -> None:
    changed = {name: array for name, array in (weights | change).items() if array is not None}
    np.savez(tmp_path / "other.npz", **changed)
    with pytest.raises(ValueError, match=message):
        i3d.load(tmp_path / "other.npz")


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"missing: put them at .*i3d_k400\.npz"):
        i3d.teacher(tmp_path)


class _Small(nn.Module):
    """Mean colour and mean of all."""

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        colour = clips.to(torch.float32).mean((1, 2, 3))
        return colour, colour.mean(1, keepdim=True)


def test_a_compiled_teacher_looks_at_each_clip() -> None:
    teacher: Teacher = Compiled("small", _Small(), frames=4, size=8)
    assert (teacher.name, teacher.features, teacher.logits) == ("small", 3, 1)
    clips = np.random.default_rng(0).integers(0, 256, (3, 4, 8, 8, 3), np.uint8)
    features, logits = teacher.look(clips)
    np.testing.assert_allclose(features, clips.mean((1, 2, 3)), rtol=0.01)
    np.testing.assert_allclose(logits[:, 0], clips.mean((1, 2, 3, 4)), rtol=0.01)
    none, _ = teacher.look(clips[:0])
    assert none.shape == (0, 3)
    for wrong in (clips[:, :2], clips.astype(np.float32)):
        with pytest.raises(ValueError, match="looks at uint8"):
            teacher.look(wrong)


def test_it_is_the_published_model() -> None:
    known = DATA / "teacher" / "check.json"
    if not known.exists():
        pytest.skip(f"needs {known}: set TINYACT_DATA")
    expected = json.loads(known.read_text())
    clip = np.random.default_rng(0).integers(0, 256, (16, 224, 224, 3), dtype=np.uint8)[None]
    with torch.inference_mode():
        network = i3d.load(DATA / i3d.WEIGHTS)
        features, logits = (part[0].numpy() for part in network(torch.from_numpy(clip)))
    np.testing.assert_allclose(logits[:5], expected["logits_first5"], atol=1e-4)
    best = np.argsort(-logits)[:5]
    assert best.tolist() == [index for index, _ in expected["top5"]]
    np.testing.assert_allclose(logits[best], [value for _, value in expected["top5"]], atol=1e-4)
    np.testing.assert_allclose(features[:5], expected["feature_first5"], atol=1e-5)
    np.testing.assert_allclose(features.mean(), expected["feature_mean"], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(features), expected["feature_norm"], atol=1e-4)

    (fast,), _ = Compiled("i3d", network, i3d.FRAMES, i3d.SIZE).look(clip)
    assert fast @ features > 0.999 * np.linalg.norm(fast) * np.linalg.norm(features)
