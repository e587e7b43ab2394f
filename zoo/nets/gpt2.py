"""GPT-2 (Radford et al. 2019), named as in the published checkpoints, with keys and values kept from step to step."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.nets import packed

LARGE = 50_000_000  # numbers: what is smaller is not held up by memory
ROOM = 64  # places that a block of keys and values grows by


class Conv1D(nn.Module):
    """A dense layer whose weight stands (inputs, outputs), as the checkpoints have it."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(inputs, outputs)), nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addmm(self.bias, x.flatten(0, -2), self.weight).view(*x.shape[:-1], -1)


class KVCache:
    """Of one layer, (2, B, heads, T, width / heads): more is written behind them in place, where there is room."""

    def __init__(self, seen: Tensor) -> None:
        self.block, self.length = seen, seen.shape[3]

    def add(self, new: Tensor) -> Tensor:
        """All of them, with what is ``new``."""
        start, self.length = self.length, self.length + new.shape[3]
        if self.length > self.block.shape[3]:
            grown = new.new_empty(*new.shape[:3], self.length + ROOM, new.shape[4])
            grown[:, :, :, :start] = self.block[:, :, :, :start]
            self.block = grown
        self.block[:, :, :, start : self.length] = new
        return self.block[:, :, :, : self.length]

    def of_rows(self, rows: Tensor) -> "KVCache":
        """A copy with these rows of the batch."""
        return KVCache(self.block[:, rows, :, : self.length])


class Attention(nn.Module):
    """Each place looks at itself and all before it, those in the ``past`` among them."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, nn.Dropout(dropout)
        self.c_attn, self.c_proj = Conv1D(width, 3 * width), Conv1D(width, width)

    def forward(self, x: Tensor, past: KVCache | None, looks: list[Tensor] | None) -> tuple[Tensor, KVCache]:
        """``looks``: takes up the (B, heads, T, past + T) shares of attention, where they are asked for."""
        parts = self.c_attn(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, (key, value) = parts[0], parts[1:] if past is None else past.add(parts[1:])
        new, seen = query.shape[2], key.shape[2]
        mask = None if new == 1 else torch.ones(new, seen, dtype=torch.bool, device=x.device).tril(seen - new)
        if looks is not None:
            scores = query @ key.transpose(2, 3) / key.shape[3] ** 0.5
            looks.append((scores if mask is None else scores.masked_fill(~mask, -torch.inf)).softmax(3))
        mixed = self.mix(query, key, value, None if past is None else mask, causal=past is None)
        looked: Tensor = self.dropout(self.c_proj(mixed.transpose(1, 2).flatten(2)))
        return looked, past or KVCache(parts[1:])

    def mix(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
        """The mean of the values, by how well their keys go with each query."""
        return F.scaled_dot_product_attention(query, key, value, mask, is_causal=causal)


class Block(nn.Module):
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = Attention(width, heads, dropout)
        self.mlp = nn.ModuleDict({"c_fc": Conv1D(width, 4 * width), "c_proj": Conv1D(4 * width, width)})
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, past: KVCache | None, looks: list[Tensor] | None) -> tuple[Tensor, KVCache]:
        looked, kept = self.attn(self.ln_1(x), past, looks)
        x = x + looked
        inner = F.gelu(self.mlp["c_fc"](self.ln_2(x)), approximate="tanh")
        return x + self.dropout(self.mlp["c_proj"](inner)), kept


class GPT2(nn.Module):
    """Logits of each next sub-word; its table of sub-words is that of the output.

    >>> logits, past = GPT2(vocabulary=9, places=8, width=8, depth=1, heads=2)(torch.tensor([[1, 2, 3]]))
    >>> logits.shape
    torch.Size([1, 3, 9])
    """

    def __init__(self, vocabulary: int, places: int, width: int, depth: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        # Given as they are: drawing normal numbers on the meta device, as nn.Embedding would, imports a compiler.
        self.wte = nn.Embedding(vocabulary, width, _weight=torch.empty(vocabulary, width))
        self.wpe = nn.Embedding(places, width, _weight=torch.empty(places, width))
        self.h = nn.ModuleList(Block(width, heads, dropout) for _ in range(depth))
        self.ln_f, self.dropout = nn.LayerNorm(width), nn.Dropout(dropout)
        self.head: nn.Module | None = None

    def pack(self) -> None:
        """Make a large network faster on a CPU: it answers as before, but for rounding, and learns no more."""
        if not packed.available() or sum(each.numel() for each in self.parameters()) < LARGE:
            return
        for part in [*self.modules()]:
            for name, layer in [*part.named_children()]:
                if isinstance(layer, Conv1D):
                    setattr(part, name, packed.Int8Linear(layer.weight.data.T, layer.bias.data))
        self.head = packed.Int8Linear(self.wte.weight.data)

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """As transformers keeps them, with its prefix or without; a second copy of the table is left out."""
        named = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}
        parts = ("lm_head.weight", ".attn.bias", ".attn.masked_bias")  # old files hold the mask as well
        self.load_state_dict({name: each for name, each in named.items() if not name.endswith(parts)}, assign=True)

    @property
    def places(self) -> int:
        """How many sub-words it can look at."""
        return self.wpe.num_embeddings

    def forward(
        self,
        tokens: Tensor,
        past: list[KVCache] | None = None,
        looks: list[Tensor] | None = None,
        last: bool = False,
    ) -> tuple[Tensor, list[KVCache]]:
        """(B, T) sub-words after those in ``past``, at most ``places`` in all -> (B, T, vocabulary), the new past.

        A ``past`` is used up: it is written on in place, and is itself the new one.

        ``looks``: takes up (B, heads, T, past + T) shares of attention of each layer. ``last``: (B, 1, vocabulary), of
        what follows the last sub-word alone.
        """
        start = past[0].length if past else 0
        at = torch.arange(start, start + tokens.shape[1], device=tokens.device)
        x, kept = self.dropout(self.wte(tokens) + self.wpe(at)), []
        for depth, block in enumerate(self.h):
            x, seen = block(x, past[depth] if past else None, looks)
            kept.append(seen)
        x = self.ln_f(x[:, -1:] if last else x)
        return self.head(x) if self.head else F.linear(x, self.wte.weight), kept
