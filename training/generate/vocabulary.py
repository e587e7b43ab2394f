"""A vocabulary of sub-words of bytes, after GPT-2's (Radford et al. 2019; Sennrich et al. 2015, arXiv:1508.07909)."""

from collections.abc import Iterable

from tokenizers import Tokenizer, decoders
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

from zoo.exhibits.generate.decoding import END


def build(texts: Iterable[str], size: int) -> Tokenizer:
    """Every byte has a sub-word, so that any text can be cut and put together again; ``END`` is the first."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=size, special_tokens=[END], initial_alphabet=ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
