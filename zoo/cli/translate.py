"""How Translate's results read in a terminal."""

from zoo.cli.classify import note_lines
from zoo.exhibits.translate.results import AlignedSentence, Alignment, Translation


def translate(result: Translation) -> str:
    facts = f"{result.model}  {result.milliseconds:.0f} ms  [{result.restriction}]"
    copied = [span for pair in result.sentences for span in pair.copied]
    note = f"  copied: {' · '.join(copied)}" if copied else ""
    return "\n".join([*note_lines(result), f"{facts}{note}", result.translation])


def translate_alignment(result: Alignment) -> str:
    return "\n".join([result.translation, *map(_sentence, result.sentences)])


def _sentence(sentence: AlignedSentence) -> str:
    """Each target word with the source word of the greatest weight."""
    lines = [f"  {'target word':<20}{'source word':<20}weight"]
    for word, row in zip(sentence.target, sentence.weights, strict=True):
        best = int(row.argmax())
        lines.append(f"  {word:<20}{sentence.source[best]:<20}{row[best]:.0%}")
    return "\n".join(lines)
