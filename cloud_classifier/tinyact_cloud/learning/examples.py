"""What a household taught, and what of it can be learnt from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
import unicodedata

import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.bundle import LATENT_SIZE, NONE

from .remarks import Remark, TeachingError

MIN_EXAMPLES = 3  # of a new label
MAX_EXAMPLES = 1000
MAX_NAME = 40
# What the edge says where no label convinces.
UNKNOWN = "unknown"
# Of one example: int8 codes of some latents, one after another, and the scale of them all.
Variants = tuple[bytes, float]


@dataclass(frozen=True, slots=True)
class Examples:
    """What a household taught.

    `latents` float32 [M, 1024]; `labels` M names; `wrong` bool [M]: this was *not* that label;
    `groups` M names of what must not be on both sides of a split: a recording, or a camera and
    minute. Oldest first. `variants` are M, or empty: each example as a mirror and other detectors
    would have shown it.
    """

    latents: NDArray[np.float32]
    labels: tuple[str, ...]
    wrong: NDArray[np.bool_]
    groups: tuple[str, ...]
    variants: tuple[Variants, ...] = ()

    def __len__(self) -> int:
        """Return the count of examples."""
        return len(self.labels)

    def of(self, chosen: Sequence[int]) -> "Examples":
        """Return the examples with these numbers."""
        return Examples(
            self.latents[list(chosen)],
            tuple(self.labels[i] for i in chosen),
            self.wrong[list(chosen)],
            tuple(self.groups[i] for i in chosen),
            tuple(self.variants[i] for i in chosen) if self.variants else (),
        )

    def decoded_variants(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the variants of all examples, float32 [V, 1024], and whose they are, int64 [V]."""
        latents = [
            np.frombuffer(codes, np.int8).reshape(-1, LATENT_SIZE) * np.float32(scale)
            for codes, scale in self.variants
        ]
        owners = np.repeat(np.arange(len(latents)), [len(some) for some in latents])
        return np.concatenate([self.latents[:0], *latents]), owners

    def shown(self) -> set[str]:
        """Return the labels that some example shows."""
        return {label for label, wrong in zip(self.labels, self.wrong, strict=True) if not wrong}

    def occasions(self, label: str) -> set[str]:
        """Return the groups that show `label`."""
        rows = zip(self.labels, self.wrong, self.groups, strict=True)
        return {group for name, wrong, group in rows if name == label and not wrong}

    def count(self, label: str) -> int:
        """Return how many show `label`."""
        return sum(
            name == label and not wrong
            for name, wrong in zip(self.labels, self.wrong.tolist(), strict=True)
        )


def admitted(taught: Examples, known: Sequence[str]) -> tuple[Examples, tuple[Remark, ...]]:
    """Return what can be learnt from, and remarks on what was left out.

    `known` are the labels of the base. An example that was sent twice counts once; of more than
    MAX_EXAMPLES the newest of each label are kept. Raises TeachingError.
    """
    _check_form(taught)
    for name in sorted(set(taught.labels)):
        _check_name(name, known)
    taught = taught.of(_without_repeats(taught))
    for name in sorted({*taught.labels} - {*known}):
        if taught.count(name) < MIN_EXAMPLES:
            raise TeachingError(
                f"Give at least {MIN_EXAMPLES} different examples of '{name}', better 5 or more "
                f"from different occasions; so far it has {taught.count(name)}.",
                "too_few",
                label=name,
                count=taught.count(name),
                least=MIN_EXAMPLES,
            )
    if len(taught) <= MAX_EXAMPLES:
        return taught, ()
    kept = taught.of(_newest(taught))
    return kept, (_what_was_left_out(taught, kept),)


def _check_form(taught: Examples) -> None:
    """Raise TeachingError unless sizes and values are right."""
    m, form = len(taught), taught.latents
    if not m:
        raise TeachingError(
            "There is nothing to learn from: teach some examples first.", "nothing_taught"
        )
    if form.dtype != np.float32 or form.shape != (m, LATENT_SIZE):
        raise TeachingError(
            f"Latents must be float32 [{m}, {LATENT_SIZE}], one row an example; these are "
            f"{form.dtype} {list(form.shape)}."
        )
    if taught.wrong.shape != (m,) or len(taught.groups) != m:
        raise TeachingError(f"Each of the {m} examples needs one 'wrong' and one group.")
    bad = np.flatnonzero(~np.isfinite(form).all(1))
    if len(bad):
        raise TeachingError(
            f"{len(bad)} examples hold NaN or infinity (the first is number {bad[0]}, a "
            f"'{taught.labels[bad[0]]}'). Leave them out."
        )


def _check_name(name: str, known: Sequence[str]) -> None:
    """Raise TeachingError for what cannot name a label."""
    if name.casefold().strip() in {NONE, UNKNOWN}:
        raise TeachingError(
            f"'{name}' is no label: it is what remains. Say of those examples what they are not.",
            "no_label",
            label=name,
        )
    if not name.strip() or name != name.strip():
        raise TeachingError(
            f"{name!r} is no name for a label: give it one without outer spaces.",
            "bad_name",
            label=name,
        )
    if len(name) > MAX_NAME:
        raise TeachingError(
            f"'{name[:MAX_NAME]}…' is too long for a label: use at most {MAX_NAME} characters.",
            "bad_name",
            label=f"{name[:MAX_NAME]}…",
        )
    if any(unicodedata.category(character)[0] == "C" for character in name):
        raise TeachingError(
            f"{name!r} holds characters that cannot be shown: leave them out.",
            "bad_name",
            label=name,
        )
    for label in known:
        if name != label and name.casefold() == label.casefold():
            raise TeachingError(
                f"'{name}' and '{label}' are too alike: write it '{label}'.", "bad_name", label=name
            )


def _without_repeats(taught: Examples) -> list[int]:
    """Return the number of one example of each latent and label, the newest, in order.

    Raises TeachingError where one latent was called two things.
    """
    last: dict[tuple[bytes, str, bool], int] = {}
    shown: dict[bytes, str] = {}
    rows = [row.tobytes() for row in taught.latents]
    for i, (row, label, wrong) in enumerate(
        zip(rows, taught.labels, taught.wrong.tolist(), strict=True)
    ):
        last[row, label, wrong] = i
        if not wrong and shown.setdefault(row, label) != label:
            raise TeachingError(
                f"The same example was called '{shown[row]}' and '{label}'. Delete one of the two.",
                "two_names",
                label=shown[row],
                other=label,
            )
    for row, label, wrong in last:
        if wrong and shown.get(row) == label:
            raise TeachingError(
                f"The same example was called '{label}' and not '{label}'. Delete one of the two.",
                "said_both",
                label=label,
            )
    # What an example is says more than what it is not.
    return sorted(i for (row, _, wrong), i in last.items() if not (wrong and row in shown))


def _newest(taught: Examples) -> list[int]:
    """Return the numbers of MAX_EXAMPLES examples: the newest, as many of each label as of others.

    What a label is not counts as one of its own.
    """
    seen: Counter[tuple[str, bool]] = Counter()
    ranks = []
    for i in reversed(range(len(taught))):
        kind = taught.labels[i], bool(taught.wrong[i])
        seen[kind] += 1
        ranks.append((seen[kind], -i))
    return sorted(-i for _, i in sorted(ranks)[:MAX_EXAMPLES])


def _what_was_left_out(taught: Examples, kept: Examples) -> Remark:
    names = sorted(set(taught.labels))
    counts = [(name, taught.labels.count(name), kept.labels.count(name)) for name in names]
    shares = ", ".join(f"{few} of {all_} for '{name}'" for name, all_, few in counts if few < all_)
    return Remark(
        f"{len(taught)} examples are more than a fit takes: it used the newest, {shares}. Delete "
        "old ones if others should count.",
        "left_out",
        {"total": len(taught), "used": len(kept)},
    )
