"""One vocabulary of sub-words for both languages, after SentencePiece (Kudo and Richardson 2018, arXiv:1808.06226)."""

import json
from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders
from tokenizers.models import BPE
from tokenizers.normalizers import NFC
from tokenizers.pre_tokenizers import Metaspace, Sequence, Split
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer

from zoo.nets.translator import BEGIN, END

SPECIAL = ["<pad>", "<unk>", "<s>", "</s>"]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def build(texts: Iterable[str], size: int) -> Tokenizer:
    """Byte-pair encoding (Sennrich et al. 2015, arXiv:1508.07909); a letter that it lacks falls apart into bytes."""
    tokenizer = Tokenizer(BPE(unk_token="<unk>", byte_fallback=True))
    tokenizer.normalizer = NFC()
    # Marks stand alone, so that a word is the same word before each of them; apostrophe and hyphen belong to it.
    tokenizer.pre_tokenizer = Sequence([Metaspace(), Split(Regex(r"[^\w\s▁'-]"), "with_rng_state")])
    trainer = BpeTrainer(vocab_size=size, special_tokens=[*SPECIAL, *BYTES], limit_alphabet=150, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    # Bytes were special so that each has its place; were they to stay so, decoding would leave them out.
    parts = json.loads(tokenizer.to_str())
    parts["added_tokens"] = [token for token in parts["added_tokens"] if token["content"] in SPECIAL]
    tokenizer = Tokenizer.from_str(json.dumps(parts))
    ends = [("<s>", BEGIN), ("</s>", END)]
    tokenizer.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    return tokenizer
