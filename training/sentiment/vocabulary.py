"""The WordPiece vocabulary of TweetLSTM, trained on the tweets: tokens, special tokens and emoji.

WordPiece: Wu et al. 2016, arXiv:1609.08144.
"""

import json
from collections import Counter
from collections.abc import Iterable

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, trainers

from zoo.exhibits.sentiment.tokenization import SPECIAL_TOKENS, clean, normalize_word

VOCAB_SIZE = 16_000  # without special tokens and emoji
ALPHABET_SIZE = 400
MIN_FREQUENCY = 3  # of tokens and emoji
PAD, UNK = "[PAD]", "[UNK]"


def word_piece(vocabulary: list[str]) -> Tokenizer:
    """A tokenizer that takes the longest token from the left, with our special tokens."""
    ids = {token: id for id, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token=UNK, max_input_chars_per_word=60))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in SPECIAL_TOKENS])
    return tokenizer


def train_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """A tokenizer with the vocabulary of these texts."""
    rows = [[part for word in clean(text).split() for part in normalize_word(word).split()] for text in texts]
    tokenizer = word_piece([UNK])
    trainer = trainers.WordPieceTrainer(
        vocab_size=VOCAB_SIZE,
        min_frequency=MIN_FREQUENCY,
        limit_alphabet=ALPHABET_SIZE,
        show_progress=False,
        special_tokens=[UNK],
    )
    tokenizer.train_from_iterator(
        (" ".join(part for part in row if part not in SPECIAL_TOKENS) for row in rows), trainer
    )
    ids = tokenizer.get_vocab()
    symbols = Counter(part for row in rows for part in row if len(part) == 1 and ord(part) > 0x2000)
    emoji = sorted(symbol for symbol, count in symbols.items() if count >= MIN_FREQUENCY)
    return word_piece(list(dict.fromkeys([PAD, UNK, *SPECIAL_TOKENS, *sorted(ids, key=ids.__getitem__), *emoji])))


def to_json(tokenizer: Tokenizer) -> str:
    return json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False) + "\n"
