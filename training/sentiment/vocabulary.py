"""Our own sub-word vocabulary, of the tweets alone: what they are best cut into, our marks, and the emoji they use."""

import json
from collections import Counter
from collections.abc import Iterable

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, trainers

from zoo.exhibits.sentiment.text import MARKS, clean, marked

SIZE = 16_000
LETTERS = 400  # symbols that words may be made of
RARE = 3  # sub-words and emoji seen less often are left out
UNKNOWN = "[UNK]"
SPECIAL = ["[PAD]", UNKNOWN, *MARKS]


def word_piece(vocabulary: list[str]) -> Tokenizer:
    """A tokenizer that takes the longest sub-words from the left (WordPiece, arXiv:1609.08144)."""
    numbers = {piece: number for number, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token=UNKNOWN, max_input_chars_per_word=60))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_tokens([AddedToken(mark, normalized=False) for mark in MARKS])
    return tokenizer


def build(texts: Iterable[str]) -> Tokenizer:
    """The tokenizer that cuts these tweets into the fewest sub-words."""
    lines = [[part for word in clean(text).split() for part in marked(word).split()] for text in texts]
    learner = word_piece([UNKNOWN])
    trainer = trainers.WordPieceTrainer(
        vocab_size=SIZE, min_frequency=RARE, limit_alphabet=LETTERS, show_progress=False, special_tokens=[UNKNOWN]
    )
    learner.train_from_iterator((" ".join(part for part in line if part not in MARKS) for line in lines), trainer)
    numbers = learner.get_vocab()
    symbols = Counter(part for line in lines for part in line if len(part) == 1 and ord(part) > 0x2000)
    emoji = sorted(symbol for symbol, count in symbols.items() if count >= RARE)
    return word_piece(list(dict.fromkeys([*SPECIAL, *sorted(numbers, key=numbers.__getitem__), *emoji])))


def as_json(tokenizer: Tokenizer) -> str:
    return json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False) + "\n"
