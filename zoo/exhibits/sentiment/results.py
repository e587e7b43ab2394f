"""What Sentiment's operations return. Nothing here imports torch.

Polarity is the probability of positive minus the probability of negative, in [-1, 1]; None by a user model whose
classes are no sentiments.
"""

from dataclasses import dataclass, field

from zoo.core.answers import Answer
from zoo.core.results import Hidden
from zoo.core.tables import TableFormat, table_notes


@dataclass(frozen=True)
class Sentiment:
    """An answer per model, in the order of ``model``, with all classes.

    ``polarities``: one per answer. ``windows``: for each answer, in how many windows of at most 128 tokens the model
    read the text. With more than one, the probabilities are the mean over the windows, weighted by their tokens.
    ``notes``: a sentence where the text is surely in another language than English.
    """

    text: str
    answers: tuple[Answer, ...]
    polarities: tuple[float | None, ...]
    windows: tuple[int, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class WordContribution:
    """``contribution``: the polarity of the text minus its polarity without the word, in [-2, 2].

    Above 0 the word is evidence for positive, below 0 for negative.
    """

    word: str
    contribution: float


@dataclass(frozen=True)
class WordContributions:
    """The contributions of all words of a text, in their order.

    ``polarity``: of the whole text. ``windows``: in how many windows of at most 128 tokens the model read it. By a
    model whose classes are no sentiments, contributions are to the probability of ``label``, the most probable class.
    """

    model: str
    restriction: str
    polarity: float | None
    words: tuple[WordContribution, ...]
    windows: int
    label: str = ""


@dataclass(frozen=True)
class Rewrite:
    """One version of a text: its most probable class, the probability of that class, and the polarity.

    ``windows``: in how many windows of at most 128 tokens the model read it.
    """

    name: str
    text: str
    label: str
    probability: float
    polarity: float | None
    windows: int


@dataclass(frozen=True)
class Rewrites:
    """The versions of a text, first the original."""

    model: str
    restriction: str
    rewrites: tuple[Rewrite, ...]


@dataclass(frozen=True)
class AnnotatedRow:
    """One row of a table, ``cells`` by column, with its most probable class, that class's probability and polarity."""

    cells: dict[str, str]
    label: str
    probability: float
    polarity: float | None


@dataclass(frozen=True)
class AnnotatedTable:
    """A table with three more columns, at ``path``, and statistics over its rows.

    ``counts``: rows by predicted label. ``histogram``: rows by polarity, in 20 equal bins over [-1, 1]; all 0 where
    there is none.
    ``uncertain``: up to 100 rows whose best class has the lowest probability, ascending. With a label column,
    ``confusion`` counts rows by true, then by predicted label, and ``mistakes`` are up to 100 wrong rows, the most
    confident first. ``read_as``: how the table was read. ``apostrophes``: cells that got one, because a spreadsheet
    would have taken them for formulas. ``in_windows``: rows whose text the model read in several windows. ``empty``:
    rows without a text, whose added columns are empty and which no statistic counts. ``unknown_labels``: rows by the
    label that stands for no class, as written; ``unlabelled``: rows with a text and an empty label. Neither are in
    ``confusion`` and ``mistakes``.
    """

    path: Hidden
    model: str
    restriction: str
    rows: int
    counts: dict[str, int]
    histogram: tuple[int, ...]
    uncertain: tuple[AnnotatedRow, ...]
    confusion: dict[str, dict[str, int]]
    mistakes: tuple[AnnotatedRow, ...]
    read_as: TableFormat
    apostrophes: int
    in_windows: int
    empty: int = 0
    unknown_labels: dict[str, int] = field(default_factory=dict)
    unlabelled: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """How the table was read, what was odd in it, and which rows were left out, in sentences."""
        return (*table_notes(self.read_as, self.apostrophes), *self.left_out)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Which rows have no result or are not compared with their label, in sentences."""
        notes = [f"Rows without a text, whose result is empty: {self.empty:,}."] if self.empty else []
        if self.unlabelled:
            notes.append(f"Rows without a label, which are not compared: {self.unlabelled:,}.")
        if self.unknown_labels:
            values = ", ".join(f"{label!r} ({rows:,})" for label, rows in list(self.unknown_labels.items())[:8])
            more = ", …" if len(self.unknown_labels) > 8 else ""
            notes.append(
                f"Rows with a label that is no class, which are not compared: {sum(self.unknown_labels.values()):,}. "
                f"Their labels are {values}{more}. Say what they mean with label_map, as in happy=positive."
            )
        return tuple(notes)
