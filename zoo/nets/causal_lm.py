"""What decoding asks of a causal language model: logits of the next token, and a cache of the tokens before it."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from torch import Tensor

C = TypeVar("C", bound="LayerCache")


class LayerCache(Protocol):
    """Keys and values of one layer."""

    def select(self: C, rows: Tensor) -> C:
        """A copy with these rows of the batch; a row may be taken more than once."""


class CausalLM(Protocol):
    """``n_positions``: the most tokens in its context."""

    @property
    def n_positions(self) -> int: ...

    @property
    def n_layers(self) -> int: ...

    @property
    def n_heads(self) -> int: ...

    def __call__(
        self,
        input_ids: Tensor,
        cache: Sequence[LayerCache] | None = None,
        *,
        attention_weights: list[Tensor] | None = None,
        last_only: bool = False,
    ) -> tuple[Tensor, Sequence[LayerCache]]:
        """(B, T) ids after those in ``cache`` -> logits (B, T, vocab_size), or (B, 1, vocab_size) if ``last_only``.

        Also the cache of each layer; the one that is passed may be extended in place. Each layer appends its weights,
        (B, n_heads, T, cached + T), to ``attention_weights`` where that is a list.
        """
