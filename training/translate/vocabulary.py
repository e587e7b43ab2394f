"""One byte-pair encoding for both languages, with SentencePiece's mark of a space (Kudo and Richardson 2018,
arXiv:1808.06226)."""

import json
from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders
from tokenizers.models import BPE
from tokenizers.normalizers import NFC
from tokenizers.pre_tokenizers import Metaspace, Sequence, Split
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer

from zoo.nets.translator import BOS_ID, EOS_ID

SPECIAL_TOKENS = ["<pad>", "<unk>", "<s>", "</s>"]
BYTE_TOKENS = [f"<0x{byte:02X}>" for byte in range(256)]


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """Byte-pair encoding (Sennrich et al. 2015, arXiv:1508.07909); a letter beyond its alphabet becomes bytes."""
    tokenizer = Tokenizer(BPE(unk_token="<unk>", byte_fallback=True))
    tokenizer.normalizer = NFC()
    # Punctuation is a token of its own, so that a word is the same before any of it; apostrophes and hyphens belong
    # to the word.
    tokenizer.pre_tokenizer = Sequence([Metaspace(), Split(Regex(r"[^\w\s▁'-]"), "isolated")])
    trainer = BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[*SPECIAL_TOKENS, *BYTE_TOKENS],
        limit_alphabet=150,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    # The bytes were special so that each has an id; if they stayed special, decoding would drop them.
    parts = json.loads(tokenizer.to_str())
    parts["added_tokens"] = [token for token in parts["added_tokens"] if token["content"] in SPECIAL_TOKENS]
    tokenizer = Tokenizer.from_str(json.dumps(parts))
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", BOS_ID), ("</s>", EOS_ID)]
    )
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    return tokenizer
