"""An encoder-decoder transformer for translation (Vaswani et al. 2017, arXiv:1706.03762).

One embedding matrix serves both languages and the output (Press and Wolf 2016, arXiv:1608.05859). The bundled models
normalize before each sub-layer (Xiong et al. 2020, arXiv:2002.04745) and use GELU; with ``marian=True`` the network is
that of Marian (Junczys-Dowmunt et al. 2018, arXiv:1804.00344), which normalizes after each sub-layer, as the paper
does, and uses SiLU.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.nets.small_steps import LARGE

PAD_ID, UNK_ID, BOS_ID, EOS_ID = range(4)  # special tokens of the bundled models' vocabulary

KVCache = tuple[Tensor, Tensor]  # keys and values, (B, n_heads, T, d_model / n_heads) each
EncodedSource = tuple[list[KVCache], Tensor]  # each decoder layer's cross-attention keys and values; the source mask


class MultiHeadAttention(nn.Module):
    """Scaled dot-product attention with several heads (section 3.2 of the paper)."""

    def __init__(self, *, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.query, self.out = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.key_value = nn.Linear(d_model, 2 * d_model)

    def split_heads(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.n_heads, -1).transpose(1, 2)  # (B, n_heads, T, d_model / n_heads)

    def keys_and_values(self, x: Tensor) -> KVCache:
        """The keys and values of (B, T, d_model)."""
        keys, values = self.key_value(x).chunk(2, 2)
        return self.split_heads(keys), self.split_heads(values)

    def weights(self, x: Tensor, keys: Tensor) -> Tensor:
        """(B, n_heads, T, S) attention weights of (B, T, d_model) over ``keys``, without a mask; rows sum to 1."""
        queries = self.split_heads(self.query(x))
        weights: Tensor = (queries @ keys.transpose(2, 3) / keys.shape[3] ** 0.5).softmax(3)
        return weights

    def forward(self, x: Tensor, cache: KVCache, mask: Tensor | None = None, is_causal: bool = False) -> Tensor:
        """(B, T, d_model) attends to the keys and values of ``cache`` where ``mask`` is true -> (B, T, d_model)."""
        queries = self.split_heads(self.query(x))
        heads = F.scaled_dot_product_attention(queries, *cache, attn_mask=mask, is_causal=is_causal)
        output: Tensor = self.out(heads.transpose(1, 2).flatten(2))  # (B, T, d_model)
        return output


def feed_forward(*, d_model: int, d_ff: int, dropout: float, marian: bool) -> nn.Sequential:
    """The position-wise network (section 3.3 of the paper)."""
    activation = nn.SiLU() if marian else nn.GELU()
    return nn.Sequential(nn.Linear(d_model, d_ff), activation, nn.Dropout(dropout), nn.Linear(d_ff, d_model))


class EncoderLayer(nn.Module):
    """Self-attention, then a feed-forward network, each with a residual connection and layer normalization."""

    def __init__(self, *, d_model: int, n_heads: int, d_ff: int, dropout: float, marian: bool) -> None:
        super().__init__()
        self.post_norm = marian
        self.self_attention = MultiHeadAttention(d_model=d_model, n_heads=n_heads)
        self.self_attention_norm = nn.LayerNorm(d_model)
        self.feed_forward = feed_forward(d_model=d_model, d_ff=d_ff, dropout=dropout, marian=marian)
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def before(self, x: Tensor, norm: nn.Module) -> Tensor:
        """What a sub-layer is given of ``x``."""
        normalized: Tensor = x if self.post_norm else norm(x)
        return normalized

    def after(self, x: Tensor, output: Tensor, norm: nn.Module) -> Tensor:
        """The residual connection around a sub-layer."""
        x = x + self.dropout(output)
        normalized: Tensor = norm(x) if self.post_norm else x
        return normalized

    def apply_feed_forward(self, x: Tensor) -> Tensor:
        output = self.feed_forward(self.before(x, self.feed_forward_norm))
        return self.after(x, output, self.feed_forward_norm)

    def forward(self, x: Tensor, source_mask: Tensor) -> Tensor:
        """(B, S, d_model) -> (B, S, d_model)."""
        h = self.before(x, self.self_attention_norm)
        output = self.self_attention(h, self.self_attention.keys_and_values(h), source_mask)
        return self.apply_feed_forward(self.after(x, output, self.self_attention_norm))


class DecoderLayer(EncoderLayer):
    """An encoder layer with causal self-attention, and cross-attention to the source after it."""

    def __init__(self, *, d_model: int, n_heads: int, d_ff: int, dropout: float, marian: bool) -> None:
        super().__init__(d_model=d_model, n_heads=n_heads, d_ff=d_ff, dropout=dropout, marian=marian)
        self.cross_attention = MultiHeadAttention(d_model=d_model, n_heads=n_heads)
        self.cross_attention_norm = nn.LayerNorm(d_model)

    def decode(self, x: Tensor, source: KVCache, source_mask: Tensor, cache: KVCache | None) -> tuple[Tensor, KVCache]:
        """(B, T, d_model) and the self-attention cache of earlier tokens; without a cache, ``x`` is a whole prefix."""
        h = self.before(x, self.self_attention_norm)
        keys, values = self.self_attention.keys_and_values(h)
        if cache is not None:
            keys, values = torch.cat((cache[0], keys), 2), torch.cat((cache[1], values), 2)
        output = self.self_attention(h, (keys, values), is_causal=cache is None)
        x = self.after(x, output, self.self_attention_norm)
        output = self.cross_attention(self.before(x, self.cross_attention_norm), source, source_mask)
        x = self.after(x, output, self.cross_attention_norm)
        return self.apply_feed_forward(x), (keys, values)


def sinusoidal_positions(start: int, length: int, d_model: int) -> Tensor:
    """(length, d_model): sines and cosines of the positions from ``start`` on (section 3.5 of the paper).

    All sines come before all cosines, as in Marian; the paper interleaves them.
    """
    positions = torch.arange(start, start + length)[:, None]
    angles = positions * torch.exp(torch.arange(0, d_model, 2) * (-math.log(10_000) / d_model))
    return torch.cat((angles.sin(), angles.cos()), 1)


class Translator(nn.Module):
    """Logits of each next token of a translation. ``marian``: with Marian's normalization and special tokens."""

    def __init__(
        self,
        *,
        vocab_size: int,
        d_model: int,
        n_encoder_layers: int,
        n_decoder_layers: int,
        n_heads: int,
        d_ff: int,
        dropout: float = 0.0,
        marian: bool = False,
    ) -> None:
        super().__init__()
        self.small_steps = d_model < LARGE
        # Marian's padding token is its last one, and decoding starts with it.
        last = vocab_size - 1
        self.pad_id, self.bos_id, self.eos_id = (last, last, 0) if marian else (PAD_ID, BOS_ID, EOS_ID)
        # Given as it is: drawing normal numbers on the meta device, as nn.Embedding would, imports torch's compiler.
        self.embedding = nn.Embedding(vocab_size, d_model, _weight=torch.empty(vocab_size, d_model))

        def layers(kind: type[EncoderLayer], count: int) -> nn.ModuleList:
            made = (
                kind(d_model=d_model, n_heads=n_heads, d_ff=d_ff, dropout=dropout, marian=marian) for _ in range(count)
            )
            return nn.ModuleList(made)

        self.encoder, self.decoder = layers(EncoderLayer, n_encoder_layers), layers(DecoderLayer, n_decoder_layers)
        self.encoder_norm, self.decoder_norm = (nn.Identity() if marian else nn.LayerNorm(d_model) for _ in range(2))
        self.logits_bias = nn.Parameter(torch.empty(vocab_size)) if marian else None
        self.dropout = nn.Dropout(dropout)

    def embed(self, tokens: Tensor, start: int = 0) -> Tensor:
        """(B, T) token ids at the positions from ``start`` on -> (B, T, d_model)."""
        vectors = self.embedding(tokens)  # (B, T, d_model)
        d_model = vectors.shape[2]
        positions = sinusoidal_positions(start, tokens.shape[1], d_model).to(vectors)
        embedded: Tensor = self.dropout(vectors * math.sqrt(d_model) + positions)
        return embedded

    def encode(self, source: Tensor) -> EncodedSource:
        """(B, S) token ids -> keys and values for each decoder layer's cross-attention, and the mask (B, 1, 1, S)."""
        source_mask = (source != self.pad_id)[:, None, None]
        x = self.embed(source)
        for layer in self.encoder:
            x = layer(x, source_mask)
        x = self.encoder_norm(x)
        return [layer.cross_attention.keys_and_values(x) for layer in self.decoder], source_mask  # type: ignore[operator,union-attr]

    def decode(
        self, tokens: Tensor, encoded: EncodedSource, cache: list[KVCache] | None = None
    ) -> tuple[Tensor, list[KVCache]]:
        """(B, T) token ids after those in ``cache`` -> (B, T, vocab_size) logits of the next tokens, and the new cache.

        ``cache`` has one entry a layer.
        """
        x = self.embed(tokens, cache[0][0].shape[2] if cache else 0)
        sources, source_mask = encoded
        new_cache = []
        for index, layer in enumerate(self.decoder):
            x, layer_cache = layer.decode(x, sources[index], source_mask, cache[index] if cache else None)  # type: ignore[operator]
            new_cache.append(layer_cache)
        return F.linear(self.decoder_norm(x), self.embedding.weight, self.logits_bias), new_cache

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """(B, S) and (B, T) token ids, the target from ``bos_id`` on -> (B, T, vocab_size) logits."""
        return self.decode(target, self.encode(source))[0]
