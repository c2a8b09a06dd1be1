"""The ILA teacher: every block against plain arithmetic, and the strictness of its files."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
import math
import os
from pathlib import Path
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pytest
from safetensors.torch import load_file
import torch
from torch import Tensor, nn
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tinyact_cloud.training import __main__ as tools
from tinyact_cloud.training import convert_ila
from tinyact_cloud.training.convert_ila import convert
from tinyact_cloud.training.options import UserError
from tinyact_cloud.training.teachers.ila import WEIGHTS, Ila, IlaTeacher, teacher
from tinyact_cloud.training.teachers.ila_alignment import Alignment, per_frame, soft_squares
from tinyact_cloud.training.teachers.ila_blocks import FrameIntegration, ResidualAttention, Sizes
from tinyact_cloud.training.teachers.ila_prompts import PromptGenerator
from tinyact_cloud.training.teachers.ila_text import TextTower
from tinyact_cloud.training.teachers.ila_visual import AlignedAttention, VisualTower

if TYPE_CHECKING:
    from tinyact_cloud.training.teachers import Teacher

SMALL = Sizes(
    frames=8,
    size=64,
    width=128,
    layers=2,
    pair=16,
    embed=64,
    classes=5,
    vocabulary=50,
    context=12,
    text_width=64,
    text_layers=2,
)
START, END = 48, 49  # of SMALL's vocabulary
State = dict[str, Tensor]
Filled = TypeVar("Filled", bound=nn.Module)


def _filled(module: Filled, seed: int = 0) -> Filled:
    """Fill everything at random: what training starts at zero must count, too."""
    torch.manual_seed(seed)
    for key, value in module.state_dict().items():
        if key.endswith("num_batches_tracked"):
            value.fill_(3)
        elif key.endswith("running_var"):
            value.uniform_(0.5, 1.5)
        elif value.ndim < 2:
            value.normal_(0.2, 0.5)
        else:
            value.normal_(0, value[0].numel() ** -0.5)
    return module.eval().requires_grad_(requires_grad=False)


def _close(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


# Blocks


def _gelu(x: Tensor) -> Tensor:
    return x / (1 + torch.exp(-1.702 * x))


def _torch_block(block: ResidualAttention) -> nn.TransformerEncoderLayer:
    """Return torch's own pre-norm block with the same weights."""
    width = block.ln_1.normalized_shape[0]
    other = nn.TransformerEncoderLayer(
        width, width // 64, 4 * width, activation=_gelu, batch_first=True, norm_first=True
    )
    names = {"attn": "self_attn", "ln_1": "norm1", "ln_2": "norm2"}
    names |= {"mlp.c_fc": "linear1", "mlp.c_proj": "linear2"}
    for ours, theirs in names.items():
        other.get_submodule(theirs).load_state_dict(block.get_submodule(ours).state_dict())
    return other.eval()


@pytest.mark.parametrize("masked", [False, True])
def test_a_block_is_torchs_own_with_clips_activation(masked: bool) -> None:  # noqa: FBT001
    block = _filled(ResidualAttention(128))
    x = torch.randn(3, 7, 128)
    mask = torch.full((7, 7), -torch.inf).triu(1) if masked else None
    _close(block(x, mask), _torch_block(block)(x, mask))


def test_attention_has_heads_of_64_numbers() -> None:
    attention = _filled(ResidualAttention(128)).attn
    x = torch.randn(5, 128)
    parts = F.linear(x, attention.in_proj_weight, attention.in_proj_bias).split(128, 1)
    heads = []
    for at in (0, 64):
        query, key, value = (part[:, at : at + 64] for part in parts)
        heads.append(((query @ key.T) / 8).softmax(1) @ value)
    expected = attention.out_proj(torch.cat(heads, 1))
    _close(attention(x[None], x[None], x[None])[0][0], expected)


def _plain_square(x: float, y: float, side: int) -> Tensor:
    def weight(at: int, centre: float) -> float:
        distance = abs(-1 + 2 * at / (side - 1) - centre)
        return 1.0 if distance <= 0.25 else max(0.0, 1 - 1.5 * (distance - 0.25))

    return torch.tensor(
        [[weight(row, y) * weight(column, x) for column in range(side)] for row in range(side)]
    )


def test_weights_are_full_around_a_point_and_fade_from_there() -> None:
    points = torch.tensor([[[0.0, 0.0], [0.75, -0.75]], [[-0.3, 0.6], [0.1, 0.74]]])
    masks = soft_squares(points, 14)
    assert masks.shape == (2, 2, 14, 14)
    for index in np.ndindex(2, 2):
        x, y = points[index].tolist()
        _close(masks[index], _plain_square(x, y, 14))
    top_right = masks[0, 1]
    assert top_right[1, 12] == 1
    assert top_right[12].max() == 0
    assert top_right[:, 0].max() == 0


def test_a_frame_gets_the_mean_of_its_two_pairs() -> None:
    earlier, later = torch.tensor([[1.0, 2, 3]]), torch.tensor([[10.0, 20, 30]])
    assert per_frame(earlier, later).tolist() == [[1, (2 + 10) / 2, (3 + 20) / 2, 30]]
    assert per_frame(earlier[:, :1], later[:, :1]).tolist() == [[1, 10]]


def _plain_alignment(state: State, frames: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Align the tokens of one video, [T, 1 + S², width], pair by pair and frame by frame."""

    def norm(key: str, x: Tensor) -> Tensor:
        mean, variance, weight, bias = (
            state[f"{key}.{part}"][:, None, None]
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / torch.sqrt(variance + 1e-5) * weight + bias

    def conv(key: str, x: Tensor, padding: int = 1, groups: int = 1) -> Tensor:
        weight, bias = state[f"{key}.weight"], state[f"{key}.bias"]
        return F.conv2d(x[None], weight, bias, padding=padding, groups=groups)[0]

    def pooled(x: Tensor) -> Tensor:
        x = x[:, : x.shape[1] // 2 * 2, : x.shape[2] // 2 * 2]
        return torch.stack([x[:, a::2, b::2] for a in (0, 1) for b in (0, 1)]).amax(0).relu()

    def grouped(key: str, x: Tensor) -> Tensor:
        weight, bias = state[f"{key}.weight"][..., 0], state[f"{key}.bias"]
        rows = len(weight) // 2
        low, high = x.chunk(2)
        return torch.cat((weight[:rows] @ low, weight[rows:] @ high)) + bias

    count, width = len(frames), frames.shape[2]
    pictures = frames[:, 1:].transpose(1, 2).reshape(count, width, side, side)
    commons, masks = [], []
    for first, second in pairwise(pictures):
        x, key = torch.cat((first, second)), "interactive_block.0.depthwise_conv"
        x = norm(f"{key}.1", conv(f"{key}.0", x, groups=2 * width)).relu()
        key = "interactive_block.0.pointwise_conv"
        x = norm(f"{key}.1", conv(f"{key}.0", x, padding=0)).relu()
        common = norm("interactive_block.2", conv("interactive_block.1", x)).relu()
        x = pooled(norm("prediction_block.1", conv("prediction_block.0", common)))
        x = pooled(norm("prediction_block.5", conv("prediction_block.4", x))).amax((1, 2))
        x = grouped("prediction_block.12", grouped("prediction_block.10", x).relu())
        points = (0.75 * x.tanh()).tolist()
        commons.append(common)
        masks.append([_plain_square(*points[at : at + 2], side) for at in (0, 2)])
    half = len(commons[0]) // 2
    aligned, shared = [], []
    for at in range(count):
        mine = [(masks[at][0], commons[at][:half])] if at < count - 1 else []
        mine += [(masks[at - 1][1], commons[at - 1][half:])] if at else []
        mask, common = (sum(parts) / len(mine) for parts in zip(*mine, strict=True))
        aligned.append((pictures[at] * mask).flatten(1).T)
        shared.append(common)
    mutual = []
    kernel = state["conv.weight"][..., 0, 0]
    for at in range(count):
        near = [(at + step, step + 1) for step in (-1, 0, 1) if 0 <= at + step < count]
        x = sum(torch.einsum("oi,ihw->ohw", kernel[..., tap], shared[t]) for t, tap in near)
        x = (x + state["conv.bias"][:, None, None]).flatten(1).T
        mutual.append(x @ state["fc.weight"].T + state["fc.bias"])
    return tuple(torch.cat((frames[:, :1], torch.stack(x)), 1) for x in (aligned, mutual))


@pytest.mark.parametrize(("frames", "side"), [(2, 4), (4, 7)])
def test_alignment_is_what_loops_over_pairs_and_frames_give(frames: int, side: int) -> None:
    block = _filled(Alignment(SMALL))
    tokens = torch.randn(2, frames, 1 + side**2, SMALL.width)
    aligned, mutual = block(tokens)
    for at in range(2):
        expected = _plain_alignment(block.state_dict(), tokens[at], side)
        _close(aligned[at], expected[0])
        _close(mutual[at], expected[1])
    # The test would prove little if all points lay in the middle.
    assert not torch.allclose(
        aligned[:, :, 1:], tokens[:, :, 1:] * _plain_square(0, 0, side).view(-1, 1)
    )


def test_an_aligned_block_adds_alignment_before_attention() -> None:
    block = _filled(AlignedAttention(SMALL))
    x = torch.randn(2, 3, 17, SMALL.width)
    message = F.layer_norm(
        block.message_fc(x), (SMALL.width,), block.message_ln.weight, block.message_ln.bias
    )
    aligned, mutual = block.message_attn(message)
    found = x + block.temporal_skip_align_fc(aligned) + block.temporal_skip_fc(mutual)
    plain = _torch_block(block)
    for at in range(2):
        _close(block(x)[at], plain(found[at]))


def test_pictures_are_cut_to_patches_row_by_row() -> None:
    tower = _filled(VisualTower(replace(SMALL, layers=0)))
    frames = torch.randn(2, 3, 3, 64, 64)
    embedded, patches = tower(frames)
    assert (embedded.shape, patches.shape) == ((2, 3, 64), (2, 3, 16, SMALL.width))
    picture, position = frames[1, 2], tower.positional_embedding
    for row, column in np.ndindex(4, 4):
        part = picture[:, 16 * row : 16 * row + 16, 16 * column : 16 * column + 16]
        token = torch.einsum("wcyx,cyx->w", tower.conv1.weight, part)
        number = 4 * row + column
        _close(patches[1, 2, number], tower.ln_pre(token + position[1 + number]))
    first = tower.ln_post(tower.ln_pre(tower.class_embedding + position[0])) @ tower.proj
    _close(embedded, first.expand(2, 3, -1))


def test_blocks_follow_one_another() -> None:
    tower = _filled(VisualTower(SMALL))
    frames = torch.randn(1, 2, 3, 64, 64)
    bare = VisualTower(replace(SMALL, layers=0)).eval()
    bare.load_state_dict({k: v for k, v in tower.state_dict().items() if k in bare.state_dict()})
    bare.ln_post, bare.proj = nn.Identity(), nn.Parameter(torch.eye(SMALL.width))
    x = torch.cat([part.view(1, 2, -1, SMALL.width) for part in bare(frames)], 2)
    for block in tower.transformer.resblocks:
        x = block(x)
    embedded, patches = tower(frames)
    _close(patches, x[:, :, 1:])
    _close(embedded, tower.ln_post(x[:, :, 0]) @ tower.proj)


def test_a_video_is_the_mean_of_its_frames_and_of_what_they_make_of_each_other() -> None:
    block = _filled(FrameIntegration(SMALL))
    x = torch.randn(3, SMALL.frames, SMALL.embed)
    seen = _torch_block(block.resblocks[0])(x + block.positional_embedding)
    expected = sum(x[:, t] + seen[:, t] for t in range(SMALL.frames)) / SMALL.frames
    _close(block(x), expected)


def test_prompts_are_cross_attention_of_texts_to_patches() -> None:
    generator = _filled(PromptGenerator(128))
    text, visual = torch.randn(2, 5, 128), torch.randn(2, 9, 128)
    expected = text
    for layer in generator.decoder:
        attention = nn.MultiheadAttention(128, 2, batch_first=True).eval()
        ours = layer.cross_attn
        projections = (ours.q_proj.weight, ours.k_proj.weight, ours.v_proj.weight)
        attention.load_state_dict(
            {
                "in_proj_weight": torch.cat(projections),
                "in_proj_bias": torch.zeros(3 * 128),
                "out_proj.weight": ours.proj.weight,
                "out_proj.bias": ours.proj.bias,
            }
        )
        shown = generator.norm(visual)
        expected = expected + attention(layer.norm1(expected), shown, shown)[0]
        inner = _gelu(layer.mlp[0](layer.norm3(expected)))
        expected = expected + layer.mlp[3](inner)
    _close(generator(text, visual), expected * generator.alpha)


def _tokens() -> np.ndarray:
    """Return five texts of SMALL's vocabulary, int64 [5, 12]."""
    rng = np.random.default_rng(0)
    tokens = np.zeros((SMALL.classes, SMALL.context), np.int64)
    for length, row in enumerate(tokens, 1):
        row[: length + 2] = (START, *rng.integers(1, START, length), END)
    return tokens


def test_the_text_tower_is_a_causal_transformer_read_at_the_end_of_the_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tinyact_cloud.training.teachers.ila_text._ROWS", 2)
    tower, tokens = _filled(TextTower(SMALL)), torch.from_numpy(_tokens())
    x = tower.token_embedding.weight[tokens] + tower.positional_embedding
    mask = nn.Transformer.generate_square_subsequent_mask(SMALL.context)
    for block in tower.transformer.resblocks:
        x = _torch_block(block)(x, mask)
    for row, out in enumerate(tower(tokens)):
        end = tokens[row].tolist().index(END)
        _close(out, tower.ln_final(x[row, end]) @ tower.text_projection)


# The whole


@pytest.mark.parametrize("frames", [8, 16])
def test_logits_are_scaled_cosines_with_text_and_prompt(frames: int) -> None:
    model = _filled(Ila(replace(SMALL, frames=frames)))
    clips = torch.randint(0, 256, (2, frames, 64, 64, 3), dtype=torch.uint8)
    video, logits = model(clips)
    assert (video.shape, logits.shape) == ((2, SMALL.embed), (2, SMALL.classes))
    mean, deviation = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
    colours = [(clips[..., at].float() - mean[at]) / deviation[at] for at in range(3)]
    embedded, patches = model.visual(torch.stack(colours, 2))
    _close(video, model.mit(embedded))
    shown = (model.prompts_visual_ln(patches) @ model.prompts_visual_proj).mean(1)
    for at in range(2):
        text = model.text + model.prompts_generator(model.text[None], shown[at : at + 1])[0]
        for name, logit in zip(text, logits[at], strict=True):
            cosine = (name @ video[at]) / (name.norm() * video[at].norm())
            _close(logit, math.exp(model.logit_scale) * cosine)


def _block_layout(prefix: str, width: int) -> dict[str, tuple[int, ...]]:
    shapes = {
        "attn.in_proj_weight": (3 * width, width),
        "attn.in_proj_bias": (3 * width,),
        "attn.out_proj.weight": (width, width),
        "attn.out_proj.bias": (width,),
        "mlp.c_fc.weight": (4 * width, width),
        "mlp.c_fc.bias": (4 * width,),
        "mlp.c_proj.weight": (width, 4 * width),
        "mlp.c_proj.bias": (width,),
    }
    norms = {f"{name}.{part}": (width,) for name in ("ln_1", "ln_2") for part in ("weight", "bias")}
    return {f"{prefix}.{key}": shape for key, shape in (shapes | norms).items()}


def _alignment_layout(prefix: str) -> dict[str, tuple[int, ...]]:
    weights = {
        "message_fc": (768, 768),
        "temporal_skip_fc": (768, 768),
        "temporal_skip_align_fc": (768, 768),
        "message_attn.fc": (768, 128),
        "message_attn.conv": (128, 128, 3, 1, 1),
        "message_attn.interactive_block.0.depthwise_conv.0": (1536, 1, 3, 3),
        "message_attn.interactive_block.0.pointwise_conv.0": (256, 1536, 1, 1),
        "message_attn.interactive_block.1": (256, 256, 3, 3),
        "message_attn.prediction_block.0": (128, 256, 3, 3),
        "message_attn.prediction_block.4": (128, 128, 3, 3),
        "message_attn.prediction_block.10": (64, 64, 1),
        "message_attn.prediction_block.12": (4, 32, 1),
        "message_ln": (768,),
    }
    batch_norms = {
        "interactive_block.0.depthwise_conv.1": 1536,
        "interactive_block.0.pointwise_conv.1": 256,
        "interactive_block.2": 256,
        "prediction_block.1": 128,
        "prediction_block.5": 128,
    }
    shapes: dict[str, tuple[int, ...]] = {}
    for key, shape in weights.items():
        shapes |= {f"{prefix}.{key}.weight": shape, f"{prefix}.{key}.bias": shape[:1]}
    for name, width in batch_norms.items():
        key = f"{prefix}.message_attn.{name}"
        parts = ("weight", "bias", "running_mean", "running_var")
        shapes |= {f"{key}.{part}": (width,) for part in parts}
        shapes[f"{key}.num_batches_tracked"] = ()
    return shapes


def _full_layout(frames: int) -> dict[str, tuple[int, ...]]:
    """Return key and shape of every tensor in the authors' checkpoint."""
    shapes: dict[str, tuple[int, ...]] = {
        "visual.conv1.weight": (768, 3, 16, 16),
        "visual.class_embedding": (768,),
        "visual.positional_embedding": (197, 768),
        "visual.proj": (768, 512),
        "mit.positional_embedding": (1, frames, 512),
        "prompts_visual_proj": (768, 512),
        "prompts_generator.alpha": (512,),
        "logit_scale": (),
        "token_embedding.weight": (49408, 512),
        "positional_embedding": (77, 512),
        "text_projection": (512, 512),
    }
    norms = {"visual.ln_pre": 768, "visual.ln_post": 768, "prompts_visual_ln": 768}
    norms |= {"prompts_generator.norm": 512, "ln_final": 512}
    for layer in range(12):
        shapes |= _block_layout(f"visual.transformer.resblocks.{layer}", 768)
        shapes |= _alignment_layout(f"visual.transformer.resblocks.{layer}")
        shapes |= _block_layout(f"transformer.resblocks.{layer}", 512)
    shapes |= _block_layout("mit.resblocks.0", 512)
    for layer in range(2):
        key = f"prompts_generator.decoder.{layer}"
        norms |= {f"{key}.norm1": 512, f"{key}.norm3": 512}
        for part in ("q_proj", "k_proj", "v_proj", "proj"):
            shapes[f"{key}.cross_attn.{part}.weight"] = (512, 512)
        shapes |= {f"{key}.cross_attn.proj.bias": (512,), f"{key}.mlp.0.bias": (2048,)}
        shapes |= {f"{key}.mlp.0.weight": (2048, 512), f"{key}.mlp.3.weight": (512, 2048)}
        shapes[f"{key}.mlp.3.bias"] = (512,)
    for key, width in norms.items():
        shapes |= {f"{key}.weight": (width,), f"{key}.bias": (width,)}
    return shapes


@pytest.mark.parametrize("frames", [8, 16])
def test_the_full_model_has_the_keys_and_shapes_of_the_checkpoint(frames: int) -> None:
    sizes = Sizes(frames=frames)
    with torch.device("meta"):
        state = Ila(sizes).state_dict() | TextTower(sizes).state_dict()
    assert state.pop("text").shape == (400, 512)
    assert {key: tuple(value.shape) for key, value in state.items()} == _full_layout(frames)
    assert len(state) == 959


# Files


def _checkpoint(frames: int = SMALL.frames) -> dict[str, Any]:
    """Return a checkpoint like the authors', small, with all that it holds besides the weights."""
    sizes = replace(SMALL, frames=frames)
    model = _filled(Ila(sizes), 1).state_dict() | _filled(TextTower(sizes), 2).state_dict()
    del model["text"]
    model["logit_scale"].fill_(math.log(100))  # as CLIP's is
    moments = {0: {"step": torch.tensor(3.0), "exp_avg": torch.zeros(2)}}
    return {
        "model": model,
        "optimizer": {"state": moments, "param_groups": [{"lr": 1e-5, "params": [0]}]},
        "lr_scheduler": {"base_values": [1e-5]},
        "max_accuracy": 85.7,
        "epoch": 29,
    }


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a folder with a checkpoint and the tokens that belong to it."""
    torch.save(_checkpoint(), tmp_path / "ila.pth")
    np.save(tmp_path / "tokens.npy", _tokens())
    return tmp_path


def _convert(folder: Path, **text: Path) -> IlaTeacher:
    text = text or {"tokens": folder / "tokens.npy"}
    convert(folder / "ila.pth", folder / "ila.safetensors", sizes=SMALL, **text)
    assert not list(folder.glob("*.part"))
    return IlaTeacher(folder / "ila.safetensors", SMALL)


def _clips(count: int, frames: int = SMALL.frames) -> np.ndarray:
    """Return noise that brightens from frame to frame."""
    noise = np.random.default_rng(0).random((count, frames, 64, 64, 3))
    return (noise * np.linspace(60, 255, frames)[:, None, None, None]).astype(np.uint8)


@pytest.mark.parametrize("frames", [8, 16])
def test_a_converted_checkpoint_is_the_model_that_was_saved(files: Path, frames: int) -> None:
    saved = _checkpoint(frames)
    torch.save(saved, files / "ila.pth")
    model, tower = Ila(replace(SMALL, frames=frames)).eval(), TextTower(SMALL).eval()
    tower.load_state_dict({key: saved["model"].pop(key) for key in tower.state_dict()})
    with torch.inference_mode():
        text = tower(torch.from_numpy(_tokens()))
        model.load_state_dict(saved["model"] | {"text": text})
        expected = model(torch.from_numpy(_clips(2, frames)))
    converted: Teacher = _convert(files)
    assert (converted.name, converted.frames, converted.size) == ("ila-vit-b16", frames, 64)
    assert (converted.features, converted.logits) == (64, 5)
    found = converted.look(_clips(2, frames))
    for ours, wanted in zip(found, expected, strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, wanted.numpy(), rtol=1e-5, atol=1e-6)
    kept = load_file(files / "ila.safetensors")
    assert set(kept) == set(model.state_dict())


def test_texts_may_come_encoded(files: Path) -> None:
    expected = _convert(files).look(_clips(1))
    text = load_file(files / "ila.safetensors")["text"].numpy()
    np.savez(files / "text.npz", text=text)
    found = _convert(files, matrix=files / "text.npz").look(_clips(1))
    np.testing.assert_array_equal(found[1], expected[1])


def test_looking_is_repeatable_and_depends_on_the_order_of_frames(files: Path) -> None:
    converted, clips = _convert(files), _clips(2)
    features, logits = converted.look(clips)
    again = converted.look(clips.copy())
    np.testing.assert_array_equal(features, again[0])
    np.testing.assert_array_equal(logits, again[1])
    single = converted.look(clips[1:])
    np.testing.assert_allclose(single[1][0], logits[1], rtol=1e-4, atol=1e-4)
    backwards = converted.look(np.ascontiguousarray(clips[:, ::-1]))
    assert np.abs(backwards[1] - logits).max() > 0.01
    with pytest.raises(ValueError, match="8 frames of 64 x 64"):
        converted.look(_clips(1, 16))


def test_half_precision_becomes_single(files: Path) -> None:
    saved = _checkpoint()
    saved["model"] = {
        k: v.half() if v.is_floating_point() else v for k, v in saved["model"].items()
    }
    torch.save(saved, files / "ila.pth", _use_new_zipfile_serialization=False)
    _convert(files)
    kinds = {value.dtype for value in load_file(files / "ila.safetensors").values()}
    assert kinds == {torch.float32, torch.int64}


def test_the_authors_configuration_is_read_without_its_class(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A class as yacs has it: a dict that keeps something of its own beside.
    def construct(self: dict[str, Any], content: dict[str, Any]) -> None:
        dict.__init__(self, content)
        self.__dict__["__immutable__"] = True

    module = ModuleType("yacs.config")
    node = type("CfgNode", (dict,), {"__init__": construct, "__module__": "yacs.config"})
    vars(module)["CfgNode"] = node
    config = node({"DATA": node({"NUM_FRAMES": 8}), "BASE": [""]})
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "yacs", ModuleType("yacs"))
        patch.setitem(sys.modules, "yacs.config", module)
        torch.save(_checkpoint() | {"config": config}, files / "ila.pth")
    monkeypatch.setattr(node, "__init__", None)
    _convert(files)
    assert "yacs.config" not in sys.modules


class _Hostile:
    """What runs a command when it is unpickled."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (self._command,)


@pytest.mark.parametrize("place", ["model", "config", "weight"])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_hostile_pickle_is_refused_and_not_run(files: Path, place: str, *, zipped: bool) -> None:
    saved, mark = _checkpoint(), files / "ran"
    hostile = _Hostile(f"touch {mark}")
    if place == "weight":
        saved["model"]["visual.proj"] = hostile
    else:
        saved[place] = hostile
    torch.save(saved, files / "ila.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(UserError, match="refused"):
        _convert(files)
    assert not mark.exists()
    assert not (files / "ila.safetensors").exists()


def _spoilt(key: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda saved: saved["model"].update({key: value})


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda saved: saved["model"].pop("visual.proj"), "lacks visual.proj"),
        (lambda saved: saved["model"].pop("mit.positional_embedding"), "lacks mit.positional_emb"),
        (lambda saved: saved["model"].pop("ln_final.bias"), "lacks ln_final.bias"),
        (_spoilt("mit.classify_head.0.weight", torch.ones(3)), "does not know: mit.classify_head"),
        (_spoilt("text", torch.ones(5, 64)), "does not know: text"),
        (
            _spoilt("visual.conv1.weight", torch.ones(128, 3, 32, 32)),
            r"visual.conv1.weight is float \[128, 3, 32, 32\] instead of float \[128, 3, 16, 16\]",
        ),
        (_spoilt("logit_scale", torch.tensor(4)), r"logit_scale is int64 \[\] instead of float"),
        (_spoilt("logit_scale", 4.6), "'logit_scale' of its 'model' is no plain tensor"),
        (_spoilt("logit_scale", torch.tensor(math.nan)), "not every number is finite in logit_sc"),
        (_spoilt("visual.proj", torch.eye(128).to_sparse()), "is no plain tensor"),
        (lambda saved: saved.pop("model"), "no 'model' part"),
        (lambda saved: saved["model"].clear(), r"lacks .* and \d+ more"),
    ],
)
def test_a_checkpoint_must_fit_exactly(
    files: Path, spoil: Callable[[dict[str, Any]], object], message: str
) -> None:
    saved = _checkpoint()
    spoil(saved)
    torch.save(saved, files / "ila.pth")
    with pytest.raises(UserError, match=message):
        _convert(files)
    assert not (files / "ila.safetensors").exists()


@pytest.mark.parametrize("kept", [0, 100, 100_000])
def test_a_damaged_checkpoint_is_said_to_be_damaged(files: Path, kept: int) -> None:
    file = files / "ila.pth"
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(UserError, match="again"):
        _convert(files)


def _changed(row: int, column: int, token: int) -> np.ndarray:
    tokens = _tokens()
    tokens[row, column] = token
    return tokens


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (_tokens()[:4], r"integers \[5, 12\]"),
        (_tokens().astype(np.float32), r"integers \[5, 12\]"),
        (np.array([["a"]], object), "plain numbers"),
        (_changed(2, 0, 1), "begins with 48"),
        (_changed(0, 2, 3), "49 at its end"),
        (_changed(1, 5, 50), "no CLIP tokens"),
        (_changed(1, 5, -1), "no CLIP tokens"),
    ],
)
def test_tokens_must_be_clips(files: Path, tokens: np.ndarray, message: str) -> None:
    np.save(files / "tokens.npy", tokens, allow_pickle=True)
    with pytest.raises(UserError, match=message):
        _convert(files)


def test_an_encoded_text_must_fit(files: Path) -> None:
    file = files / "text.npy"
    for text, message in (
        (np.ones((5, 63), np.float32), r"floats \[5, 64\]"),
        (np.full((5, 64), np.inf, np.float32), "finite"),
    ):
        np.save(file, text)
        with pytest.raises(UserError, match=message):
            _convert(files, matrix=file)


def test_the_teacher_refuses_what_is_not_its_file(files: Path) -> None:
    with pytest.raises(UserError, match=r"There is no .*convert-ila"):
        teacher(files)
    _convert(files)
    (files / WEIGHTS).parent.mkdir()
    (files / "ila.safetensors").rename(files / WEIGHTS)
    with pytest.raises(UserError, match="does not fit ILA-ViT-B/16"):
        teacher(files)
    (files / WEIGHTS).write_bytes(b"no tensors")
    with pytest.raises(UserError, match="no safetensors file"):
        teacher(files)


def test_the_command(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(convert_ila, "Sizes", lambda: SMALL)
    command = ["convert-ila", str(files / "ila.pth"), str(files / "new" / "out.safetensors")]
    tokens = ["--tokens", str(files / "tokens.npy")]
    assert tools.main([*command, *tokens]) == 0
    assert "clips of 8 frames. The text tower" in capsys.readouterr().out
    assert (files / "new" / "out.safetensors").exists()
    (files / "ila.pth").write_text("not a checkpoint")
    assert tools.main([*command, *tokens]) == 2
    error = capsys.readouterr().err
    assert error.startswith("tinyact-train: ")
    assert error.count("\n") == 1
    for wrong in ([], [*tokens, "--text-matrix", "x.npy"]):
        with pytest.raises(SystemExit):
            tools.main([*command, *wrong])
