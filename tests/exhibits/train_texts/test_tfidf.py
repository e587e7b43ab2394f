"""TF-IDF with logistic regression, as scikit-learn computes it, and its vocabulary as a file."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exhibits.train_texts.labelled_tables import texts, trained, written
from zoo.core.cards import find_card
from zoo.core.errors import DamagedModelError
from zoo.core.ngrams import NgramTokenizer, ngrams
from zoo.core.runtime import get_runtime
from zoo.core.steps import run_to_completion
from zoo.exhibits.train.splitting import folds
from zoo.exhibits.train.texts import tfidf

TEXTS = st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=40), min_size=3, max_size=12)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_ngrams_are_those_of_scikit_learn(rows: list[str]) -> None:
    from sklearn.feature_extraction.text import CountVectorizer

    analyzers = (CountVectorizer(ngram_range=(1, 2)), CountVectorizer(analyzer="char_wb", ngram_range=(2, 5)))
    for text in rows:
        for block, vectorizer in zip(ngrams(text), analyzers, strict=True):
            assert [ngram for ngram, _ in block] == list(vectorizer.build_analyzer()(text))
            assert all(0 <= word < len(text.split()) for _, word in block)


def test_the_network_computes_what_scikit_learn_does() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    rows, labels = zip(*texts(90), strict=True)
    others = [*(text for text, _ in texts(30, seed=1)), "", "unknown 😀", "saw " * 300, "İstanbul SAW the saw"]
    targets = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    model = run_to_completion(tfidf.fit(rows, targets, folds(list(labels), None, 5, 0), 3))
    vectorizers = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    pipeline = make_pipeline(vectorizers, LogisticRegression(C=model.strength, max_iter=2000))
    pipeline.fit(rows, targets)
    difference = abs(model.vectors.matrix - vectorizers.transform(rows))
    assert difference.shape[1] == len(model.network.idf)
    assert difference.max() < 1e-12
    _, logits = run_to_completion(tfidf.predicted(model, others))
    expected = pipeline.predict_proba(others)
    np.testing.assert_allclose(torch.from_numpy(logits).softmax(1).numpy(), expected, atol=2e-6)


def test_a_saved_vocabulary_is_text_that_is_checked() -> None:
    tokenizer = NgramTokenizer({"words": ["saw"], "characters": [" a", "aw"]})
    again = NgramTokenizer.from_json(tokenizer.to_json().encode())
    assert again.encode("a saw").ids == tokenizer.encode("a saw").ids == [1, 2, 3]
    for wrong in (b"[]", b"{}", b'{"words": ["x"], "characters": [1]}', b"\x80\x04."):
        with pytest.raises(ValueError, match=r"vocabulary|decode"):
            NgramTokenizer.from_json(wrong)


def test_a_model_whose_vocabulary_was_changed_is_refused(data: Path) -> None:
    name = trained(written(data, texts(30))).model
    folder = find_card(name).folder
    assert folder is not None
    (folder / "vocabulary.json").write_text(json.dumps({"words": [], "characters": []}))
    with pytest.raises(DamagedModelError):
        get_runtime().load(name)
