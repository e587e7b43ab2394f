"""GPT-2 (Radford et al. 2019, Language Models are Unsupervised Multitask Learners) with a key-value cache.

Parameter names are those of the published checkpoints. It departs from transformers' implementation in two ways: a
large network on a CPU computes its linear layers in 8-bit integers, and the cache is extended in place.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.nets import packed
from zoo.nets.small_steps import LARGE

PACK_FROM = 50_000_000  # parameters: a smaller network is not bound by the memory bandwidth
CACHE_GROWTH = 64  # positions that a full cache grows by


class Conv1D(nn.Module):
    """A linear layer whose weight is (inputs, outputs), as the checkpoints store it."""

    def __init__(self, *, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(inputs, outputs)), nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addmm(self.bias, x.flatten(0, -2), self.weight).view(*x.shape[:-1], -1)


class KVCache:
    """Keys and values of one layer: (2, B, n_heads, T, d_head). New ones are written in place while there is room."""

    def __init__(self, keys_values: Tensor) -> None:
        self.buffer, self.length = keys_values, keys_values.shape[3]

    def append(self, new: Tensor) -> Tensor:
        """Add (2, B, n_heads, T_new, d_head); returns all of them, (2, B, n_heads, length, d_head)."""
        start, self.length = self.length, self.length + new.shape[3]
        if self.length > self.buffer.shape[3]:
            grown = new.new_empty(*new.shape[:3], self.length + CACHE_GROWTH, new.shape[4])
            grown[:, :, :, :start] = self.buffer[:, :, :, :start]
            self.buffer = grown
        self.buffer[:, :, :, start : self.length] = new
        return self.buffer[:, :, :, : self.length]

    def select(self, rows: Tensor) -> "KVCache":
        """A copy with these rows of the batch; a row may be taken more than once."""
        return KVCache(self.buffer[:, rows, :, : self.length])


class Attention(nn.Module):
    """Causal self-attention; the positions in ``cache`` come before those of ``x``."""

    def __init__(self, *, d_model: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads, self.dropout = n_heads, nn.Dropout(dropout)
        self.c_attn = Conv1D(inputs=d_model, outputs=3 * d_model)
        self.c_proj = Conv1D(inputs=d_model, outputs=d_model)

    def forward(
        self, x: Tensor, cache: KVCache | None, attention_weights: list[Tensor] | None
    ) -> tuple[Tensor, KVCache]:
        """(B, T, d_model) -> the same shape. Appends (B, n_heads, T, cached + T) to ``attention_weights`` if given."""
        heads = self.c_attn(x).unflatten(2, (3, self.n_heads, -1)).permute(2, 0, 3, 1, 4)  # (3, B, n_heads, T, d_head)
        query, (key, value) = heads[0], heads[1:] if cache is None else cache.append(heads[1:])
        new, total = query.shape[2], key.shape[2]
        mask = None if new == 1 else torch.ones(new, total, dtype=torch.bool, device=x.device).tril(total - new)
        if attention_weights is not None:
            scores = query @ key.transpose(2, 3) / key.shape[3] ** 0.5
            attention_weights.append((scores if mask is None else scores.masked_fill(~mask, -torch.inf)).softmax(3))
        mixed = self.attend(query, key, value, None if cache is None else mask, causal=cache is None)
        output: Tensor = self.dropout(self.c_proj(mixed.transpose(1, 2).flatten(2)))  # (B, T, d_model)
        return output, cache or KVCache(heads[1:])

    def attend(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
        """Scaled dot-product attention: (B, n_heads, T, d_head)."""
        return F.scaled_dot_product_attention(query, key, value, mask, is_causal=causal)


class Block(nn.Module):
    """Attention and a feed-forward layer of 4 d_model units, each behind a layer norm and added to its input."""

    def __init__(self, *, d_model: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.attn = Attention(d_model=d_model, n_heads=n_heads, dropout=dropout)
        self.mlp = nn.ModuleDict(
            {
                "c_fc": Conv1D(inputs=d_model, outputs=4 * d_model),
                "c_proj": Conv1D(inputs=4 * d_model, outputs=d_model),
            }
        )
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, cache: KVCache | None, attention_weights: list[Tensor] | None
    ) -> tuple[Tensor, KVCache]:
        """(B, T, d_model) -> the same shape, and the cache of this layer."""
        attended, cache = self.attn(self.ln_1(x), cache, attention_weights)
        x = x + attended
        hidden = F.gelu(self.mlp["c_fc"](self.ln_2(x)), approximate="tanh")  # (B, T, 4 * d_model)
        return x + self.dropout(self.mlp["c_proj"](hidden)), cache


class GPT2(nn.Module):
    """Logits of each next token. Input and output embeddings are one table.

    >>> network = GPT2(vocab_size=9, n_positions=8, d_model=8, n_layers=1, n_heads=2)
    >>> logits, cache = network(torch.tensor([[1, 2, 3]]))
    >>> logits.shape
    torch.Size([1, 3, 9])
    """

    def __init__(
        self, *, vocab_size: int, n_positions: int, d_model: int, n_layers: int, n_heads: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.small_steps = d_model < LARGE
        # Explicit weights: nn.Embedding's own initialisation on the meta device imports torch's compiler.
        self.wte = nn.Embedding(vocab_size, d_model, _weight=torch.empty(vocab_size, d_model))
        self.wpe = nn.Embedding(n_positions, d_model, _weight=torch.empty(n_positions, d_model))
        self.h = nn.ModuleList(Block(d_model=d_model, n_heads=n_heads, dropout=dropout) for _ in range(n_layers))
        self.ln_f, self.dropout = nn.LayerNorm(d_model), nn.Dropout(dropout)
        self.n_heads = n_heads
        self.lm_head: nn.Module | None = None  # the packed output layer; without it, that is ``wte``

    def pack(self) -> None:
        """Replace the linear layers of a large network by 8-bit ones, for a CPU. It cannot be trained afterwards."""
        if not packed.available() or sum(parameter.numel() for parameter in self.parameters()) < PACK_FROM:
            return
        for module in [*self.modules()]:
            for name, layer in [*module.named_children()]:
                if isinstance(layer, Conv1D):
                    setattr(module, name, packed.Int8Linear(layer.weight.data.T, layer.bias.data))
        self.lm_head = packed.Int8Linear(self.wte.weight.data)

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Load a state dict of transformers, with its prefix or without; its copy of the table is left out."""
        named = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}
        unused = ("lm_head.weight", ".attn.bias", ".attn.masked_bias")  # old files hold the causal mask as well
        self.load_state_dict({name: each for name, each in named.items() if not name.endswith(unused)}, assign=True)

    @property
    def n_positions(self) -> int:
        """The most tokens in its context."""
        return self.wpe.num_embeddings

    @property
    def n_layers(self) -> int:
        return len(self.h)

    def forward(
        self,
        input_ids: Tensor,
        cache: list[KVCache] | None = None,
        *,
        attention_weights: list[Tensor] | None = None,
        last_only: bool = False,
    ) -> tuple[Tensor, list[KVCache]]:
        """(B, T) ids -> logits (B, T, vocab_size), and the cache of each layer.

        ``input_ids`` follow those in ``cache``, at most ``n_positions`` in all; ``cache`` is extended in place.
        ``attention_weights``: a list to which each layer appends (B, n_heads, T, cached + T). ``last_only``: compute
        the logits of the last position alone, (B, 1, vocab_size).
        """
        x, new_cache = self._blocks(input_ids, cache, attention_weights)
        x = self.ln_f(x[:, -1:] if last_only else x)
        return self.lm_head(x) if self.lm_head else F.linear(x, self.wte.weight), new_cache

    def states(self, input_ids: Tensor) -> Tensor:
        """(B, T) ids -> (B, T, d_model): what the output layer takes."""
        states: Tensor = self.ln_f(self._blocks(input_ids, None, None)[0])
        return states

    def _blocks(
        self, input_ids: Tensor, cache: list[KVCache] | None, attention_weights: list[Tensor] | None
    ) -> tuple[Tensor, list[KVCache]]:
        start = cache[0].length if cache else 0
        positions = torch.arange(start, start + input_ids.shape[1], device=input_ids.device)
        x, new_cache = self.dropout(self.wte(input_ids) + self.wpe(positions)), []  # (B, T, d_model)
        for index, block in enumerate(self.h):
            x, layer_cache = block(x, cache[index] if cache else None, attention_weights)
            new_cache.append(layer_cache)
        return x, new_cache
