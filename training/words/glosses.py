"""Definitions of the classes that are WordNet synsets: assets/tables/class_glosses.json, by WordNet id."""

import csv
import json
import re
from pathlib import Path

from training.words.wordnet import FOLDER, read_synsets
from zoo.core.cards import exhibit_cards
from zoo.core.glosses import TABLE

WORDNET_ID = re.compile(r"n\d{8}")


def class_ids() -> set[str]:
    """The WordNet ids of the bundled classifiers' classes, and of ImageNet's."""
    with (Path(__file__).parents[1] / "imagenet_classes.csv").open() as file:
        cells = {cell for row in csv.reader(file) for cell in row}
    cells |= {name.id for card in exhibit_cards("classify") for name in card.classes}
    return {cell for cell in cells if WORDNET_ID.fullmatch(cell)}


def write_glosses(folder: Path = FOLDER) -> int:
    """Write the definition of each class, without examples of use; their number. An id is an offset in WordNet 3.0."""
    wanted = class_ids()
    glosses = {
        f"n{synset.id[1]}": synset.gloss.split('; "')[0]
        for synset in read_synsets(folder, "n")
        if f"n{synset.id[1]}" in wanted
    }
    text = json.dumps(glosses, indent=0, sort_keys=True, ensure_ascii=False)
    TABLE.write_text(f"{text}\n")
    return len(glosses)
