"""What Augment's operations return. Nothing here imports torch."""

from dataclasses import dataclass
from typing import Literal

from zoo.core.results import Hidden
from zoo.core.tables import TableFormat, table_notes


@dataclass(frozen=True)
class DiffSpan:
    """Adjacent words of a word-level diff between the original and a new sentence."""

    kind: Literal["same", "added", "removed"]
    text: str


@dataclass(frozen=True)
class AugmentedSentence:
    """A new sentence, the operation that made it (replace, insert, swap or delete), and its diff to the original."""

    text: str
    operation: str
    diff: tuple[DiffSpan, ...]


@dataclass(frozen=True)
class Augmentation:
    """``outputs``: new sentences, all different and none the text itself.

    ``notes``: that there are fewer than asked for, where there are.
    """

    text: str
    outputs: tuple[AugmentedSentence, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BackTranslation:
    """``text``: the back-translation; ``pivot``: the translation into ``language`` that it was made from.

    ``diff``: of the original and ``text``. ``milliseconds``: both translations, without loading of the models.
    """

    text: str
    pivot: str
    language: str
    engine: str
    restriction: str
    diff: tuple[DiffSpan, ...]
    milliseconds: float


@dataclass(frozen=True)
class AugmentedTable:
    """``path``: the table. ``rows``: read of the original; ``written``: in all.

    ``skipped``: rows that were left out because their text was there already. ``restriction``: of the models' weights,
    empty where none were used. ``read_as``: how the table was read. ``apostrophes``: cells that got one in this run,
    because a spreadsheet would have taken them for formulas. ``empty``: rows without a text in this run, which were
    written as they are and got no new ones.
    """

    path: Hidden
    rows: int
    written: int
    skipped: int
    restriction: str
    read_as: TableFormat
    apostrophes: int
    empty: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """How the table was read, and what was odd in it, in sentences."""
        notes = table_notes(self.read_as, self.apostrophes)
        return (*notes, f"Rows without a text, which got no new ones: {self.empty:,}.") if self.empty else notes


@dataclass(frozen=True)
class LearningCurvePoint:
    """Held-out accuracy in [0, 1] of classifiers trained on ``rows`` rows, with or without their augmented versions.

    ``accuracy`` is the mean and ``deviation`` the standard deviation over five random draws of the rows.
    """

    rows: int
    augmented: bool
    accuracy: float
    deviation: float


@dataclass(frozen=True)
class LearningCurve:
    """Two points, without and with augmentation, for each number of rows. ``held_out``: rows measured on.

    ``read_as``: how the table was read.
    """

    held_out: int
    points: tuple[LearningCurvePoint, ...]
    read_as: TableFormat

    @property
    def notes(self) -> tuple[str, ...]:
        """How the table was read, and what was odd in it, in sentences."""
        return table_notes(self.read_as)
