"""How Train's results read in a terminal."""

from zoo.cli.exporting import train_export, train_import
from zoo.exhibits.train.results import Training

# What zoo.cli.commands asks for by the names of operations.
__all__ = ["train", "train_export", "train_import", "train_texts"]


def train(result: Training) -> str:
    """The figures of a training, and how its model is used in its exhibit."""
    counts = ", ".join(f"{label} {count}" for label, count in zip(result.classes, result.counts, strict=True))
    doubtful = sum(one.issue for one in result.scored)
    lines = [
        f"{result.model}  {result.title}  [{result.restriction}]",
        f"  {result.accuracy:.1%} right, calibration error {result.ece:.1%}, in {result.seconds:.0f} s",
    ]
    if result.baseline is not None and result.backbone != "tf-idf":
        lines.append(f"  TF-IDF, the baseline: {result.baseline.accuracy:.1%}, error {result.baseline.ece:.1%}")
    lines.append(f"  {counts}")
    if doubtful:
        lines.append(f"  {doubtful} labels are probably wrong: see them on the page Train, or with --json.")
    lines += [f"  Note: {note}" for note in result.notes]
    exhibit = "classify" if result.baseline is None else "sentiment"
    return "\n".join([*lines, f"Use it with: zoo {exhibit} --model {result.model}"])


train_texts = train
