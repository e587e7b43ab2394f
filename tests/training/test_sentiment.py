"""What the recipe of the tweets makes of them before it trains: a vocabulary, and vectors to begin from."""

import numpy as np
import torch

from training.sentiment.vectors import WINDOW, neighbours, vectors
from training.sentiment.vocabulary import build
from zoo.exhibits.sentiment.text import tokenise

TWEETS = [f"@me the sunny {day} was GREAT!!! :) \U0001f600 #{day}" for day in ("monday", "friday") for _ in range(5)]


def test_every_sub_word_of_the_tweets_is_known_and_emoji_and_marks_are_whole() -> None:
    tokenizer = build(TWEETS)
    for tweet, tokens in zip(TWEETS, tokenise(TWEETS, tokenizer), strict=True):
        pieces = [tokenizer.id_to_token(number) for number in tokens.ids]
        assert "[UNK]" not in pieces
        assert {"<user>", "<caps>", "<repeat>", "<smile>", "<hashtag>", "\U0001f600", "sunny"} <= set(pieces), tweet
    assert tokenizer.token_to_id("[PAD]") == 0


def test_neighbours_are_counted_both_ways_and_never_across_texts() -> None:
    counts = neighbours([[2, 3, 4], [5, 1, 2]], 6).toarray()
    assert np.array_equal(counts, counts.T)
    assert counts[2, 3] == counts[3, 4] == 1
    assert counts[2, 4] == counts[5, 2] == 0.5
    assert not counts[1].any()  # the unknown keeps no company
    assert not counts[4, 5]
    assert neighbours([[2, *[3] * WINDOW, 4]], 5)[2, 4] == 0


def test_words_in_the_same_company_lie_close() -> None:
    rng = np.random.default_rng(0)
    # 2 and 3 stand among 10 to 19, 4 and 5 among 20 to 29.
    rows = [
        [int(rng.choice((2, 3) if low == 10 else (4, 5))), *rng.integers(low, low + 10, 4).tolist()]
        for low in rng.choice((10, 20), 600).tolist()
    ]
    found = vectors(rows, 30, 8)
    near = torch.nn.functional.cosine_similarity(found[2:6, None], found[None, 2:6], dim=2)
    assert near[0, 1] > 0.9
    assert near[2, 3] > 0.9
    assert near[:2, 2:].max() < 0.5
    assert found[:2].abs().max() < 1e-6
