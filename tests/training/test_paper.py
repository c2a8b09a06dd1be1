"""The paper's networks, their losses, and the recipes that name what the paper leaves open."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tinyact_cloud.training.checkpoint import load_checkpoint, save_checkpoint
from tinyact_cloud.training.options import UserError
from tinyact_cloud.training.paper import (
    Encoder3D,
    PaperRecipe,
    Student,
    VideoAutoEncoder3D,
    distillation_loss,
    make_optimizer,
    student_loss,
    target,
)
from tinyact_cloud.training.recipe_files import load_recipe, recipe_names
from tinyact_cloud.training.reproduce import Plan

SMALL = PaperRecipe(size=32, widths=(2, 3, 4, 4), hidden=8)


def _clips(count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    shape = (count, 16, 32, 32, 3)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize("head", ["flatten", "pooled"])
def test_shapes(head: str) -> None:
    recipe = replace(SMALL, latent_head=head, pooled=1)
    latents, rebuilt = VideoAutoEncoder3D(recipe)(_clips(2))
    assert latents.shape == (2, 1024)
    assert rebuilt.shape == target(_clips(2)).shape == (2, 3, 16, 32, 32)
    rebuilt, logits = Student(recipe, 5)(_clips(2))
    assert rebuilt.shape == (2, 3, 16, 32, 32)
    assert logits.shape == (2, 5)


def test_sizes_are_those_that_were_measured() -> None:
    """68.3 million parameters with all cells, 5.4 with 4 x 4: the design's facts, section 3a."""
    counts = {}
    for head in ("flatten", "pooled"):
        with torch.device("meta"):
            encoder = Encoder3D(PaperRecipe(latent_head=head))
        counts[head] = sum(weight.numel() for weight in encoder.parameters()) / 1e6
    assert counts["flatten"] == pytest.approx(68.27, abs=0.02)
    assert counts["pooled"] == pytest.approx(5.36, abs=0.02)


def test_the_teacher_is_what_the_student_is_pulled_to() -> None:
    teacher = torch.tensor([[3.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    student = torch.tensor([[0.0, 1.0, 0.5], [2.0, -1.0, 0.0]])
    hot, cold = (teacher / 2).softmax(1), (student / 2).softmax(1)
    expected = (hot * (hot / cold).log()).sum(1).mean() * 4
    torch.testing.assert_close(distillation_loss(student, teacher, 2.0), expected)
    assert distillation_loss(teacher, teacher, 2.0) == pytest.approx(0, abs=1e-6)


def test_the_students_loss_is_the_weighed_sum() -> None:
    recipe = replace(
        SMALL, cross_entropy=0.5, distillation=2.0, reconstruction=3.0, temperature=3.0
    )
    clips, truth = _clips(2), torch.tensor([0, 2])
    rebuilt, logits, teacher = torch.rand(2, 3, 16, 32, 32), torch.randn(2, 3), torch.randn(2, 3)
    rest = 0.5 * F.cross_entropy(logits, truth) + 3 * F.mse_loss(rebuilt, target(clips))
    kl = 2 * distillation_loss(logits, teacher, 3.0)
    loss = student_loss(recipe, rebuilt, logits, clips, truth, teacher)
    torch.testing.assert_close(loss, rest + kl)
    torch.testing.assert_close(student_loss(recipe, rebuilt, logits, clips, truth, None), rest)


def test_every_recipe_is_sound() -> None:
    names = recipe_names("paper")
    assert {"paper-base", "paper-student", "paper-student-pretrained", "paper-small"} <= set(names)
    recipes = {name: load_recipe(PaperRecipe, name) for name in names}
    bases = [recipe for recipe in recipes.values() if not recipe.is_student]
    for base in bases:
        students = {name: recipes[name] for name in base.students}
        assert [student.pretrained for student in students.values()] == [False, True]
        Plan(base, students).check()
    paper = recipes["paper-base"]
    assert (paper.size, paper.frames) == (256, 16)


def test_what_does_not_fit_is_named() -> None:
    student = replace(SMALL, cross_entropy=1.0, pretrained=True)
    Plan(SMALL, {"x": student}).check()
    with pytest.raises(UserError, match="widths"):
        Plan(replace(SMALL, widths=(2, 2, 2, 2, 2)), {}).check()
    with pytest.raises(UserError, match="epochs"):
        Plan(replace(SMALL, epochs=0), {}).check()
    with pytest.raises(UserError, match="differs in size"):
        Plan(SMALL, {"x": replace(student, size=64)}).check()
    with pytest.raises(UserError, match="x is no student"):
        Plan(SMALL, {"x": SMALL}).check()
    with pytest.raises(UserError, match="--recipe"):
        Plan(student, {}).check()


@pytest.mark.parametrize("kind", ["adam", "adamw", "sgd"])
def test_a_checkpoint_holds_network_and_optimiser(tmp_path: Path, kind: str) -> None:
    recipe = replace(SMALL, optimizer=kind)

    def step(model: VideoAutoEncoder3D, optimizer: torch.optim.Optimizer) -> None:
        _, rebuilt = model(_clips(2))
        optimizer.zero_grad()
        rebuilt.square().mean().backward()
        optimizer.step()

    model = VideoAutoEncoder3D(recipe)
    optimizer = make_optimizer(recipe, model)
    step(model, optimizer)
    save_checkpoint(tmp_path / "x.npz", model, optimizer, 7)
    again = VideoAutoEncoder3D(recipe)
    other = make_optimizer(recipe, again)
    assert load_checkpoint(tmp_path / "x.npz", again, other) == 7
    for trained in ((model, optimizer), (again, other)):
        step(*trained)
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(again.state_dict()[name].numpy(), value.numpy(), name)
