"""Turn what each window of a person shows into actions with a start and an end.

A window *votes* for the likeliest label that reaches its threshold; `none` is no vote. A camera's
sensitivity moves the thresholds, and how likely `none` must be against the likeliest. A label is
confirmed when `Rules.agree` of a person's last `Rules.of` windows vote for it, and has ended when
`Rules.absent` windows in a row do not, when another label is confirmed, or when the person is
gone. One person does one thing at a time; people do not influence each other.

A fall must not drown in what surrounds it, so an urgent label comes first, in four ways:

1. A window in which an urgent label reaches its threshold votes for it, even where another label
   is likelier.
2. While one of a person's last `Rules.of` windows votes for an urgent label, no other label is
   confirmed for that person.
3. A single window confirms an urgent label of which it is sure (`Rules.sure`): a fall is short, and
   may be the last that a camera shows of somebody.
4. Who may show an urgent label (`Rules.suspect`) deserves another window before the next is due.

After an action, its label is not confirmed again before it has been away for the cool-down, so
that one fall is one action. A person who appears after another was lost may be that one under a
new number, and so takes over the cool-downs of everybody lost.

Pure logic: no clock, no input or output. Times are seconds on any rising scale.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from .bundle import NONE
from .camera_settings import CameraSettings, odds_at, threshold_at

URGENT = frozenset({"fall"})
# Done for as long as one likes, and often taken up again at once: one pause makes two actions.
LASTING = frozenset({"walk", "run", "fight"})
DEFAULT_THRESHOLD = 0.5

EndReason = Literal["ended", "interrupted"]


@dataclass(frozen=True, slots=True)
class Rules:
    """How many windows it takes. `hop` is the seconds from one window to the next, at most."""

    agree: int = 2
    of: int = 3
    sure: float = 0.5
    suspect: float = 0.15
    absent: int = 4
    cool_down: float = 5.0
    hop: float = 0.5

    def cool_down_of(self, label: str) -> float:
        """Return how many seconds `label` must be away before it is a new action."""
        return 0.0 if label in LASTING else self.cool_down


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a classifier says about one window. Confidence and probabilities are 0..1."""

    label: str
    confidence: float
    probabilities: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Window:
    """One person's window: the times of its first and last frame, and what it shows."""

    person: int
    started_at: float
    at: float
    prediction: Prediction


@dataclass(frozen=True, slots=True)
class Correction:
    """What people said of an action (docs/edge-api.md), which was `recognized` as something."""

    kind: Literal["label", "not", "never_here"]
    recognized: str
    state: Literal["pending", "taught", "refused", "kept"]
    # Why it was refused: in English, and as a code that programs translate.
    detail: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """What a person did (docs/edge-api.md). Times are seconds on the scale of the windows."""

    id: int
    camera: str
    person: int
    label: str
    confidence: float
    started_at: float
    confirmed_at: float
    ended_at: float | None = None
    end_reason: EndReason | None = None
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class _Vote:
    label: str | None
    confidence: float
    started_at: float
    at: float


@dataclass(slots=True)
class _Person:
    """What is remembered of one person."""

    votes: deque[_Vote]
    seen_at: float
    action: Action | None = None
    # The last vote for the open action.
    voted_at: float = 0.0
    # label: when its last action was last voted for.
    quiet_since: dict[str, float] = field(default_factory=dict)


class Recognizer:
    """Recognises the actions of everybody in front of one camera."""

    def __init__(
        self,
        camera: str,
        thresholds: Mapping[str, float],
        ids: Iterator[int],
        rules: Rules | None = None,
    ) -> None:
        """Give actions the next of `ids`; a label without a threshold has 0.5.

        Thresholds and settings may be replaced while it runs.
        """
        self._camera = camera
        self.thresholds = thresholds
        self.settings = CameraSettings()
        self._ids = ids
        self._rules = rules or Rules()
        self._people: dict[int, _Person] = {}

    def add(self, window: Window) -> list[Action]:
        """Take the next window; return the action that it confirms, then those that ended."""
        changes = self.advance(window.at)
        person = self._people.get(window.person) or self._meet(window)
        person.seen_at = window.at
        vote = self._vote(window)
        person.votes.append(vote)
        if person.action and vote.label == person.action.label:
            person.voted_at = vote.at
        else:
            confirmed = self._confirm(window.person, person)
            ended = self._end(person, "ended") if confirmed or self._is_over(person) else []
            if confirmed:
                person.action, person.voted_at = confirmed, confirmed.confirmed_at
                # Before what it ends, so that nobody shows "none" in between.
                changes.append(confirmed)
            changes += ended
        if vote.label and self._cools(vote.label, person):
            person.quiet_since[vote.label] = vote.at
        return changes

    def suspects(self, window: Window) -> bool:
        """Tell whether a window shows an urgent label, perhaps: the next cannot come too soon."""
        found = window.prediction.probabilities
        return any(
            found.get(label, 0.0) >= self._rules.suspect and self._is_wanted(label)
            for label in URGENT
        )

    def advance(self, at: float) -> list[Action]:
        """Note that it is `at` now; return the actions of people who are gone since."""
        changes: list[Action] = []
        for person in self._people.values():
            if self._is_gone(person, at):
                changes += self._end(person, "ended")
                person.votes.clear()
        self._people = {
            number: person
            for number, person in self._people.items()
            if not self._is_gone(person, at) or self._is_cooling(person, at)
        }
        return changes

    def end_all(self, reason: EndReason) -> list[Action]:
        """Return every open action, ended: nobody is watched from here on."""
        changes: list[Action] = []
        for person in self._people.values():
            changes += self._end(person, reason)
            person.votes.clear()
        return changes

    def _meet(self, window: Window) -> _Person:
        """Welcome somebody new, who may be somebody lost."""
        person = _Person(deque(maxlen=self._rules.of), window.at)
        for other in self._people.values():
            if window.at - other.seen_at > 1.5 * self._rules.hop:
                person.quiet_since |= other.quiet_since
                if other.action:
                    person.quiet_since[other.action.label] = other.voted_at
        self._people[window.person] = person
        return person

    def _vote(self, window: Window) -> _Vote:
        """Decide what a window says: an urgent label, else the likeliest, else nothing."""
        prediction = window.prediction
        urgent = [(prediction.probabilities.get(label, 0.0), label) for label in URGENT]
        for confidence, label in (*sorted(urgent, reverse=True), self._likeliest(prediction)):
            if self._is_wanted(label) and confidence >= self._threshold(label):
                return _Vote(label, confidence, window.started_at, window.at)
        return _Vote(None, 0.0, window.started_at, window.at)

    def _likeliest(self, prediction: Prediction) -> tuple[float, str]:
        """Return what a window shows, however likely at this sensitivity `none` must be to win."""
        odds = odds_at(self.settings.sensitivity)
        none = prediction.probabilities.get(NONE, 0.0)
        found = (prediction.confidence, prediction.label)
        if prediction.label == NONE:
            others = [
                (share, name) for name, share in prediction.probabilities.items() if name != NONE
            ]
            best = max(others, default=found)
            return best if best[0] * odds > none else found
        return found if odds >= 1 or found[0] * odds >= none else (none, NONE)

    def _is_wanted(self, label: str) -> bool:
        labels = self.settings.labels
        return label != NONE and (labels is None or label in labels)

    def _threshold(self, label: str) -> float:
        threshold = self.thresholds.get(label, DEFAULT_THRESHOLD)
        return threshold_at(threshold, self.settings.sensitivity)

    def _confirm(self, number: int, person: _Person) -> Action | None:
        """Return the action that the last window confirms, if it does."""
        label = person.votes[-1].label
        votes = [vote for vote in person.votes if vote.label == label]
        if label is None or self._cools(label, person):
            return None
        certain = label in URGENT and votes[-1].confidence >= self._rules.sure
        if len(votes) < self._rules.agree and not certain:
            return None
        if label not in URGENT and any(vote.label in URGENT for vote in person.votes):
            return None
        return Action(
            id=next(self._ids),
            camera=self._camera,
            person=number,
            label=label,
            confidence=sum(vote.confidence for vote in votes) / len(votes),
            started_at=votes[0].started_at,
            confirmed_at=votes[-1].at,
        )

    def _cools(self, label: str, person: _Person) -> bool:
        """Tell whether an action of `label` is too recent for another one."""
        since = person.quiet_since.get(label)
        return since is not None and person.seen_at - since < self._rules.cool_down_of(label)

    def _is_over(self, person: _Person) -> bool:
        return person.seen_at - person.voted_at > (self._rules.absent - 0.5) * self._rules.hop

    def _is_gone(self, person: _Person, at: float) -> bool:
        return at - person.seen_at > (self._rules.absent - 0.5) * self._rules.hop

    def _is_cooling(self, person: _Person, at: float) -> bool:
        """Tell whether a person who is gone must be remembered for the sake of a cool-down."""
        return any(
            at - since < self._rules.cool_down_of(label)
            for label, since in person.quiet_since.items()
        )

    def _end(self, person: _Person, reason: EndReason) -> list[Action]:
        """Close a person's action, if one is open, at the last frame of its last window."""
        action = person.action
        if action is None:
            return []
        person.action = None
        person.quiet_since[action.label] = person.voted_at
        return [replace(action, ended_at=person.voted_at, end_reason=reason)]
