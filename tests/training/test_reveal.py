"""The picture of what a latent gives back."""

import numpy as np
import torch

from tinyact_cloud.training.autoencoder import Autoencoder
from tinyact_cloud.training.reveal import picture
from tinyact_cloud.training.sets import LABELS


def test_each_window_has_a_row_as_seen_and_one_as_given_back() -> None:
    torch.manual_seed(0)
    model = Autoencoder(len(LABELS))
    clips = np.zeros((2, 16, 64, 64, 3), np.uint8)
    clips[0, 8:, 16:48, 16:48] = 255
    drawn = picture(model, clips, 60)
    assert (drawn.shape, drawn.dtype) == ((4 * 98, 8 * 98), np.uint8)
    seen, given = drawn[:98], drawn[98:196]
    # What moves is in the middle, and dark; where nothing moves a row is white.
    assert seen[49, 49] < 10 < seen[10, 10] == 255
    assert given.min() < 10
    # Figures are no part of it: without all numbers nothing is given back but the decoder's own.
    blank = [picture(model, one, 1024)[98:] for one in (clips[:1], clips[1:])]
    np.testing.assert_array_equal(*blank)
