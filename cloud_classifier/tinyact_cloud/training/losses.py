"""The parts of the training objective."""

import torch
from torch import Tensor
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from .autoencoder import coarse

# Most of a clip is black: the square error is small by nature, so it is scaled up.
_REBUILD_SCALE = 10.0


def allowed_loss(logits: Tensor, allowed: Tensor, smoothing: float = 0.05) -> Tensor:
    """Return the mean of -log of the probability that the allowed labels share.

    `logits` float32 [N, L], `allowed` bool [N, L]. With one allowed label this is cross-entropy.
    `smoothing` pulls all probabilities a little towards even, against overconfidence.
    """
    log_p = logits.log_softmax(1)
    shared = torch.logsumexp(log_p.masked_fill(~allowed, -torch.inf), 1)
    return -((1 - smoothing) * shared + smoothing * log_p.mean(1)).mean()


def rebuild_loss(rebuilt: Tensor, clips: Tensor, *, motion: bool) -> Tensor:
    """Return the scaled mean square error of `rebuilt`, float32 [N, 3, 8, 16, 16].

    `clips` is uint8 [N, 16, H, W, 3]. With `motion` the target is the clip less its mean over time,
    in which a room, or whoever stands still, is nothing.
    """
    target = coarse(clips)
    if motion:
        target = target - target.mean(2, keepdim=True)
    return _REBUILD_SCALE * (rebuilt - target).square().mean()


def action_loss(own: Tensor, row: Tensor, rivals: Tensor) -> Tensor:
    """Return the mean cross-entropy of actions `row` int64 [N] among those of their own sets.

    `own` float32 [N, A]; `rivals` bool [A, A], see actions.Actions.
    """
    return F.cross_entropy(own.masked_fill(~rivals[row], -torch.inf), row)


def figure_loss(own: Tensor, figures: Tensor) -> Tensor:
    """Return how far standardised figures float32 [N, F] are missed; outliers count less."""
    return F.smooth_l1_loss(own, figures)


def feature_loss(own: Tensor, teachers: Tensor) -> Tensor:
    """Return the mean of 1 - cosine between features float32 [N, F]."""
    return (1 - F.cosine_similarity(own, teachers, dim=1)).mean()


def logit_loss(own: Tensor, teachers: Tensor, temperature: float) -> Tensor:
    """Return T² KL(teacher ‖ student) of logits float32 [N, K] at `temperature` T.

    Source: Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015; the
    square keeps the gradient's size whatever T.
    """
    return temperature**2 * F.kl_div(
        (own / temperature).log_softmax(1),
        (teachers / temperature).log_softmax(1),
        reduction="batchmean",
        log_target=True,
    )
