"""Derive assets/tables/ from the given word lists: ``python -m training.words --data DATA``."""

import gzip
import json
import zipfile

import typer

from training import options
from zoo.exhibits.augment.words import TABLE

SYNONYMS = 5  # kept of each part of speech: those of the usual senses come first
LEFT_OUT = {"homo"}  # a genus to WordNet, and no name for anybody in a sentence


def usable(word: str) -> bool:
    """One lower-case word of three letters or more: no phrase, name, number or abbreviation."""
    return len(word) > 2 and word.isascii() and word.isalpha() and word.islower()


def derive(data: options.Data) -> None:
    """Synonyms by part of speech from Open English WordNet, and NLTK's English stop words."""
    with gzip.open(data / "words" / "oewn_synonyms.json.gz", "rt") as file:
        given: dict[str, dict[str, list[str]]] = json.load(file)
    with zipfile.ZipFile(data / "words" / "stopwords.zip") as archive:
        stop_words = archive.read("stopwords/english").decode().split()
    table = {}
    for lemma, parts in sorted(given.items()):
        kept = {
            part: [word for word in words if usable(word) and word not in LEFT_OUT][:SYNONYMS]
            for part, words in parts.items()
        }
        kept = {part: words for part, words in kept.items() if words}
        if usable(lemma) and lemma not in stop_words and kept:
            table[lemma] = kept
    TABLE.parent.mkdir(exist_ok=True)
    text = json.dumps({"stop_words": stop_words, "synonyms": table}, separators=(",", ":"), sort_keys=True)
    TABLE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    typer.echo(f"{TABLE}: {len(table):,} lemmas, {TABLE.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    typer.run(derive)
