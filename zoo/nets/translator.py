"""A transformer from one language to another (Vaswani et al. 2017, arXiv:1706.03762).

One table of sub-words for both languages and for the output (Press and Wolf 2016, arXiv:1608.05859). Ours normalises
before each sub-layer (Xiong et al. 2020, arXiv:2002.04745), Marian's (Junczys-Dowmunt et al. 2018, arXiv:1804.00344)
after it, as the paper does.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PAD, UNKNOWN, BEGIN, END = range(4)  # the sub-words of our own vocabulary that are no words

KVCache = tuple[Tensor, Tensor]  # (B, heads, T, width / heads) each


class Attention(nn.Module):
    """Scaled dot products of several heads (section 3.2 of the paper)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)

    def split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)

    def keys_and_values(self, x: Tensor) -> KVCache:
        """What (B, T, W) offers to be looked at."""
        keys, values = self.key_value(x).chunk(2, 2)
        return self.split(keys), self.split(values)

    def forward(self, x: Tensor, seen: KVCache, mask: Tensor | None = None, causal: bool = False) -> Tensor:
        """(B, T, W) looks at what is ``seen``, where the mask is true."""
        mixed = F.scaled_dot_product_attention(self.split(self.query(x)), *seen, attn_mask=mask, is_causal=causal)
        looked: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return looked


class Layer(nn.Module):
    """Self-attention, attention to the source where ``cross``, then two dense layers, each added to its input."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float, cross: bool, marian: bool) -> None:
        super().__init__()
        self.marian = marian
        self.own, self.cross = Attention(width, heads), Attention(width, heads) if cross else None
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3 if cross else 2))
        between = nn.SiLU() if marian else nn.GELU()
        self.dense = nn.Sequential(nn.Linear(width, inner), between, nn.Dropout(dropout), nn.Linear(inner, width))
        self.dropout = nn.Dropout(dropout)

    def encode(self, x: Tensor, there: Tensor) -> Tensor:
        x = self._added(x, 0, lambda seen: self.own(seen, self.own.keys_and_values(seen), there))
        return self._added(x, 1, self.dense)

    def decode(self, x: Tensor, source: KVCache, there: Tensor, past: KVCache | None) -> tuple[Tensor, KVCache]:
        """``past``: what earlier sub-words offered, kept from step to step; without it, ``x`` is a whole sentence."""
        assert self.cross is not None
        cross = self.cross
        keys, values = self.own.keys_and_values(x if self.marian else self.norms[0](x))
        if past is not None:
            keys, values = torch.cat((past[0], keys), 2), torch.cat((past[1], values), 2)
        x = self._added(x, 0, lambda seen: self.own(seen, (keys, values), causal=past is None))
        x = self._added(x, 2, lambda seen: cross(seen, source, there))
        return self._added(x, 1, self.dense), (keys, values)

    def _added(self, x: Tensor, norm: int, part: Callable[[Tensor], Tensor]) -> Tensor:
        """What a part of the layer makes of ``x``, added to it."""
        if self.marian:
            normalised: Tensor = self.norms[norm](x + self.dropout(part(x)))
            return normalised
        added: Tensor = x + self.dropout(part(self.norms[norm](x)))
        return added


def waves(start: int, length: int, width: int) -> Tensor:
    """(length, width): sines and cosines of places from ``start`` on (section 3.5 of the paper)."""
    places = torch.arange(start, start + length)[:, None]
    angles = places * torch.exp(torch.arange(0, width, 2) * (-math.log(10_000) / width))
    return torch.cat((angles.sin(), angles.cos()), 1)


class Translator(nn.Module):
    """Logits of each next sub-word of a translation. ``marian``: as Marian has it, down to the marks it begins with."""

    def __init__(
        self,
        vocabulary: int,
        width: int,
        encoder: int,
        decoder: int,
        heads: int,
        inner: int,
        dropout: float = 0.0,
        marian: bool = False,
    ) -> None:
        super().__init__()
        # Marian's filler is its last sub-word, with which it begins too.
        self.pad, self.begin, self.end = (vocabulary - 1, vocabulary - 1, 0) if marian else (PAD, BEGIN, END)
        # Given as it is: drawing normal numbers on the meta device, as nn.Embedding would, imports torch's compiler.
        self.embedding = nn.Embedding(vocabulary, width, _weight=torch.empty(vocabulary, width))
        self.encoder = nn.ModuleList(Layer(width, heads, inner, dropout, False, marian) for _ in range(encoder))
        self.decoder = nn.ModuleList(Layer(width, heads, inner, dropout, True, marian) for _ in range(decoder))
        self.encoder_norm, self.decoder_norm = (nn.Identity() if marian else nn.LayerNorm(width) for _ in range(2))
        self.bias = nn.Parameter(torch.empty(vocabulary)) if marian else None
        self.dropout = nn.Dropout(dropout)

    def embed(self, tokens: Tensor, start: int = 0) -> Tensor:
        """(B, T) sub-words at places from ``start`` on -> (B, T, W)."""
        vectors = self.embedding(tokens)
        width = vectors.shape[2]
        places = waves(start, tokens.shape[1], width).to(vectors)
        embedded: Tensor = self.dropout(vectors * math.sqrt(width) + places)
        return embedded

    def read(self, source: Tensor) -> tuple[list[KVCache], Tensor]:
        """(B, S) sub-words -> what each layer of the decoder looks at, and (B, 1, 1, S) where a sub-word stands."""
        there = (source != self.pad)[:, None, None]
        x = self.embed(source)
        for layer in self.encoder:
            x = layer.encode(x, there)  # type: ignore[operator]
        x = self.encoder_norm(x)
        return [layer.cross.keys_and_values(x) for layer in self.decoder], there  # type: ignore[operator,union-attr]

    def write(
        self,
        tokens: Tensor,
        read: tuple[list[KVCache], Tensor],
        past: list[KVCache] | None = None,
    ) -> tuple[Tensor, list[KVCache]]:
        """(B, T) sub-words after those in ``past`` -> (B, T, vocabulary) logits of the next ones, and the new past."""
        x = self.embed(tokens, past[0][0].shape[2] if past else 0)
        sources, there = read
        kept = []
        for place, layer in enumerate(self.decoder):
            x, seen = layer.decode(x, sources[place], there, past[place] if past else None)  # type: ignore[operator]
            kept.append(seen)
        return F.linear(self.decoder_norm(x), self.embedding.weight, self.bias), kept

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """(B, S) and (B, T), which begins with ``self.begin`` -> (B, T, vocabulary)."""
        return self.write(target, self.read(source))[0]
