"""How Sentiment's results read in a terminal."""

from zoo.cli.classify import answer_lines, note_lines
from zoo.exhibits.sentiment.knobs import MAX_TOKENS
from zoo.exhibits.sentiment.results import AnnotatedTable, Rewrites, Sentiment, WordContributions


def sentiment(result: Sentiment) -> str:
    answers = zip(result.answers, result.polarities, result.windows, strict=True)
    lines = [
        answer_lines(answer) + ("" if polarity is None else f"\n  {polarity:+7.2f}  polarity") + _in_windows(windows)
        for answer, polarity, windows in answers
    ]
    return "\n".join([*note_lines(result), *lines])


def _in_windows(windows: int) -> str:
    return f"  (mean of {windows} windows of at most {MAX_TOKENS} tokens)" if windows > 1 else ""


def sentiment_words(result: WordContributions) -> str:
    of = f"probability of {result.label}" if result.polarity is None else f"polarity {result.polarity:+.2f}"
    lines = [f"{result.model}  {of}{_in_windows(result.windows)}  [{result.restriction}]"]
    return "\n".join([*lines, *(f"  {word.contribution:+.3f}  {word.word}" for word in result.words)])


def sentiment_rewrites(result: Rewrites) -> str:
    lines = [f"{result.model}  polarity of each version  [{result.restriction}]"]
    for version in result.rewrites:
        value = f"{version.probability:5.0%}" if version.polarity is None else f"{version.polarity:+.2f}"
        lines.append(f"  {value}  {version.label:8}  {version.name}: {version.text}")
    return "\n".join(lines)


def sentiment_table(result: AnnotatedTable) -> str:
    counts = ", ".join(f"{rows:,} {label}" for label, rows in result.counts.items())
    lines = [f"{result.model}  {result.rows:,} rows: {counts}  [{result.restriction}]"]
    if result.in_windows:
        lines.append(f"  {result.in_windows:,} rows of more than {MAX_TOKENS} tokens: read in windows")
    for truth, predicted in result.confusion.items():
        cells = ", ".join(f"{rows:,} as {label}" for label, rows in predicted.items())
        lines.append(f"  labelled {truth or '(empty)'}: {cells}")
    return "\n".join([*lines, *result.notes])
