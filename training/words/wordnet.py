"""WordNet 3.0 as Debian's packages ``wordnet-base`` and ``wordnet-sense-index`` install it (WordNet's own licence).

Synsets with their words, glosses and relations, and how often each sense of a word was tagged in SemCor. Format:
wndb(5WN) and senseidx(5WN).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("/usr/share/wordnet")
FILES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
PARTS = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}  # of a sense key; 5: an adjective in a cluster
ANTONYM, HYPERNYM, HYPONYM, SIMILAR, SEE_ALSO, USAGE = "!", "@", "~", "&", "^", ";u"
PRIOR = 0.3  # of a count, given to the first sense; 1 / n of it to the n-th: the order tells where no count does

SynsetId = tuple[str, str]  # the part of speech and the offset in its file


@dataclass(frozen=True)
class Synset:
    """``relations``: symbol and synset. ``words``: as in the file, with spaces and capitals."""

    id: SynsetId
    words: tuple[str, ...]
    relations: tuple[tuple[str, SynsetId], ...]
    gloss: str

    def related(self, *symbols: str) -> list[SynsetId]:
        return [synset for symbol, synset in self.relations if symbol in symbols]


@dataclass(frozen=True)
class WordNet:
    """``senses``: by word in lower case and part of speech, the synsets and their probabilities, likeliest first."""

    synsets: Mapping[SynsetId, Synset]
    senses: Mapping[tuple[str, str], Mapping[SynsetId, float]]

    def below(self, root: SynsetId) -> Iterator[Synset]:
        """A synset and all its hyponyms."""
        waiting, met = [root], set()
        while waiting:
            current = waiting.pop()
            if current not in met:
                met.add(current)
                yield self.synsets[current]
                waiting += self.synsets[current].related(HYPONYM)

    def first(self, word: str, part: str) -> SynsetId:
        return next(iter(self.senses[word, part]))


def read_wordnet(folder: Path = FOLDER) -> WordNet:
    """Raises FileNotFoundError where the packages are not installed."""
    synsets = {synset.id: synset for part in FILES for synset in read_synsets(folder, part)}
    entries: dict[tuple[str, str], list[tuple[int, SynsetId, int]]] = defaultdict(list)
    for line in (folder / "index.sense").read_text().splitlines():
        key, offset, number, count = line.split()
        word, _, rest = key.partition("%")
        part = PARTS[rest[0]]
        entries[word.replace("_", " "), part].append((int(number), (part, offset), int(count)))
    senses = {}
    for entry, tagged in entries.items():
        weights = {synset: count + PRIOR / number for number, synset, count in sorted(tagged)}
        total = sum(weights.values())
        senses[entry] = {synset: weight / total for synset, weight in weights.items()}
    return WordNet(synsets, senses)


def read_synsets(folder: Path, part: str) -> Iterator[Synset]:
    for line in (folder / f"data.{FILES[part]}").read_text().splitlines():
        if line.startswith("  "):  # the licence
            continue
        data, _, gloss = line.partition("|")
        cells = data.split()
        count = int(cells[3], 16)
        words = [re.sub(r"\((a|p|ip)\)$", "", cells[4 + 2 * index]) for index in range(count)]
        start = 5 + 2 * count
        pointers = [cells[start + 4 * index : start + 4 * index + 4] for index in range(int(cells[start - 1]))]
        relations = [(symbol, ("a" if of == "s" else of, offset)) for symbol, offset, of, _ in pointers]
        yield Synset((part, cells[0]), tuple(word.replace("_", " ") for word in words), tuple(relations), gloss.strip())
