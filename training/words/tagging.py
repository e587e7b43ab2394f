"""Train the tagger of Augment: an averaged perceptron (Collins 2002, W02-1001) on the English Web Treebank."""

import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from zoo.exhibits.augment.tagger import (
    CREDIT,
    EDGE,
    TABLE,
    UNTAGGED,
    WORD,
    Perceptron,
    context_of,
    features,
    fixed_tag,
    tokens_of,
)

EPOCHS = 6
LOWER_CASE = 0.3  # of the sentences are read in lower case, as tweets are written
LEAST_COUNT, LEAST_SHARE = 20, 0.98  # of a word that has one tag only
LEAST_WEIGHT = 1.0  # smaller ones are left out of the file
PRECISION = 4  # weights are stored in quarters
# Distinctions that no synonym depends on.
MERGED = {"VBP": "VB", "NNPS": "NNP", "RBR": "RB", "RBS": "RB", "PRP$": "DT", "PDT": "DT", "WP$": "DT", "WDT": "WP"}
NO_WORDS = {"AFX", "LS", "FW", "GW", "ADD", "SYM", "``", "HYPH", "NFP", "XX"}

Sentence = tuple[list[str], list[str]]  # words as they stand between spaces, and the tag of each


def train_tagger(treebank: Path, seed: int = 0) -> float:
    """Write the table of the tagger; its accuracy on the treebank's development part, of words made of letters.

    ``treebank``: a checkout of UniversalDependencies/UD_English-EWT; documents of its development and test parts are
    left out of training.
    """
    held_out = {
        Path(line).name
        for part in ("dev", "test")
        for line in (treebank / "not-to-release/file-lists" / f"files.{part}").read_text().split()
    }
    files = [path for path in sorted(treebank.rglob("sources/**/*.conllu")) if path.name not in held_out]
    sentences = [sentence for path in files for sentence in read_sentences(path)]
    tagger = fit(sentences, EPOCHS, random.Random(seed))
    table = {"tags": tagger.tags, "unambiguous": tagger.unambiguous, "weights": tagger.weights, "credit": CREDIT}
    text = json.dumps(table, separators=(",", ":"), sort_keys=True)
    TABLE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    return accuracy(tagger, list(read_sentences(treebank / "en_ewt-ud-dev.conllu")))


def fit(sentences: Sequence[Sentence], epochs: int, rng: random.Random) -> Perceptron:
    """The averaged perceptron after ``epochs`` passes; small weights left out, the others in quarters."""
    unambiguous = unambiguous_words(sentences)
    tags = tuple(sorted({tag for _, tags in sentences for tag in tags}))
    weights: dict[str, dict[str, float]] = {}
    totals: dict[tuple[str, str], float] = defaultdict(float)
    changed: dict[tuple[str, str], int] = defaultdict(int)
    perceptron = Perceptron(weights, unambiguous, tags)
    step = 0

    def change(feature: str, tag: str, by: float) -> None:
        entry = weights.setdefault(feature, {})
        weight = entry.get(tag, 0.0)
        totals[feature, tag] += (step - changed[feature, tag]) * weight
        changed[feature, tag] = step
        entry[tag] = weight + by

    for _ in range(epochs):
        for words, right in rng.sample(sentences, len(sentences)):
            written = [word.lower() for word in words] if rng.random() < LOWER_CASE else words
            tokens = tokens_of(written)
            texts, lower = context_of(tokens)
            previous = before = EDGE
            for position, token in enumerate(tokens):
                current = fixed_tag(token)
                if token.is_word:
                    current = unambiguous.get(lower[position], "")
                    if not current:
                        active = features(position, texts, lower, previous, before)
                        current, _ = perceptron.predict(active)
                        step += 1
                        if current != right[token.word_index]:
                            for feature in active:
                                change(feature, right[token.word_index], 1.0)
                                change(feature, current, -1.0)
                before, previous = previous, current
    averages: dict[str, dict[str, float]] = {}
    for feature, entry in weights.items():
        for tag, weight in entry.items():
            total = totals[feature, tag] + (step - changed[feature, tag]) * weight
            if abs(total / step) >= LEAST_WEIGHT:
                averages.setdefault(feature, {})[tag] = round(total / step * PRECISION) / PRECISION
    return Perceptron(averages, unambiguous, tags)


def unambiguous_words(sentences: Sequence[Sentence]) -> dict[str, str]:
    """Frequent words that have one tag, almost always."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for words, tags in sentences:
        for token in tokens_of(words):
            if token.is_word:
                counts[token.text.lower()][tags[token.word_index]] += 1
    best = {word: (count.most_common(1)[0], count.total()) for word, count in counts.items()}
    return {word: tag for word, ((tag, n), total) in best.items() if total >= LEAST_COUNT and n / total >= LEAST_SHARE}


def accuracy(tagger: Perceptron, sentences: Sequence[Sentence]) -> float:
    from zoo.exhibits.augment.tagger import tag

    pairs = [
        (right, given)
        for words, tags in sentences
        for word, right, given in zip(words, tags, tag(words, tagger), strict=True)
        if WORD.match(word)
    ]
    return sum(right == given for right, given in pairs) / len(pairs)


def read_sentences(path: Path) -> Iterator[Sentence]:
    """Words as they stand between spaces, with the tag of the part that is made of letters; ``X`` where none is."""
    words: list[str] = []
    tags: list[str] = []
    parts: list[tuple[str, str]] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        cells = line.split("\t")
        if len(cells) == 10 and cells[0].isdigit():
            parts.append((cells[1], cells[4]))
        ends = not line or (parts and len(cells) == 10 and "SpaceAfter=No" not in cells[9])
        if ends and parts:
            words.append("".join(text for text, _ in parts))
            match = WORD.match(words[-1])
            of_word = [tag for text, tag in parts if match is not None and text == match[2]]
            tags.append(merged(of_word[0]) if of_word else UNTAGGED)
            parts = []
        if not line and words:
            yield words, tags
            words, tags = [], []


def merged(tag: str) -> str:
    return UNTAGGED if tag in NO_WORDS else MERGED.get(tag, tag)
