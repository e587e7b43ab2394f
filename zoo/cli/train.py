"""How Train's results read in a terminal."""

from zoo.exhibits.train.results import Training


def train(result: Training) -> str:
    doubtful = sum(picture.issue for picture in result.scored)
    pictures = ", ".join(f"{label} {count}" for label, count in zip(result.classes, result.counts, strict=True))
    lines = [
        f"{result.model}  {result.title}  [{result.restriction}]",
        f"  {result.accuracy:.1%} right, calibration error {result.ece:.1%}, in {result.seconds:.0f} s",
        f"  {pictures}",
    ]
    if doubtful:
        lines.append(f"  {doubtful} labels are probably wrong: see them on the page Train, or with --json.")
    lines += [f"  Note: {note}" for note in result.notes]
    return "\n".join([*lines, f"Use it with: zoo classify --model {result.model}"])
