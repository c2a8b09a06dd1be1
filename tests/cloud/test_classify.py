"""Answers as bytes: what is written by hand is what the libraries write."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import msgpack

from tinyact_cloud.service.classify import CODECS, encode

NAMES = st.lists(st.text(max_size=40), min_size=1, max_size=40, unique=True)


@settings(deadline=None)
@given(labels=NAMES, count=st.integers(1, 300), seed=st.randoms())
def test_answers_are_what_the_libraries_write(labels: list[str], count: int, seed: Any) -> None:
    rows = [[round(seed.random(), 6) for _ in labels] for _ in range(count)]
    expected = {
        "model": "0" * 64,
        "results": [
            {
                "label": labels[row.index(max(row))],
                "confidence": max(row),
                "probabilities": dict(zip(labels, row, strict=True)),
            }
            for row in rows
        ],
    }
    packed, written = (encode(codec, "0" * 64, rows, tuple(labels)) for codec in CODECS.values())
    assert packed == msgpack.packb(expected)
    assert json.loads(written) == expected
