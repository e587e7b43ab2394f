"""RoBERTa for sequence classification, with the parameter names of the published checkpoints.

Liu et al. 2019, arXiv:1907.11692. The pooler, which a classifier does not use, is left out.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PAD = 1  # the id of the padding token


class ResidualProjection(nn.Module):
    """A linear layer, a residual connection and layer normalisation: (B, T, in_features) -> (B, T, d_model)."""

    def __init__(self, in_features: int, d_model: int) -> None:
        super().__init__()
        self.dense = nn.Linear(in_features, d_model)
        self.LayerNorm = nn.LayerNorm(d_model)

    def forward(self, x: Tensor, residual: Tensor) -> Tensor:
        """``residual``: (B, T, d_model)."""
        normalized: Tensor = self.LayerNorm(self.dense(x) + residual)
        return normalized


class Attention(nn.Module):
    """Multi-head self-attention: (B, T, d_model) -> (B, T, d_model)."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.self = nn.ModuleDict({name: nn.Linear(d_model, d_model) for name in ("query", "key", "value")})
        self.output = ResidualProjection(d_model, d_model)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """``mask``: (B, 1, 1, T), true at the tokens that are attended to."""
        query, key, value = (
            layer(x).unflatten(2, (self.n_heads, -1)).transpose(1, 2) for layer in self.self.values()
        )  # (B, n_heads, T, d_model / n_heads)
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        out: Tensor = self.output(attended.transpose(1, 2).flatten(2), x)
        return out


class Layer(nn.Module):
    """Self-attention and a feed-forward network: (B, T, d_model) -> (B, T, d_model)."""

    def __init__(self, d_model: int, n_heads: int, d_ff: int) -> None:
        super().__init__()
        self.attention = Attention(d_model, n_heads)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(d_model, d_ff)})
        self.output = ResidualProjection(d_ff, d_model)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.attention(x, mask)
        out: Tensor = self.output(F.gelu(self.intermediate["dense"](x)), x)
        return out


class Embeddings(nn.Module):
    """(B, T) token ids -> (B, T, d_model). Positions count from ``PAD + 1``, as in the checkpoints."""

    def __init__(self, vocab_size: int, n_positions: int, d_model: int) -> None:
        super().__init__()
        # Left uninitialised, no random number is drawn: the weights are always loaded.
        self.word_embeddings = nn.Embedding(vocab_size, d_model, _weight=torch.empty(vocab_size, d_model))
        self.position_embeddings = nn.Embedding(n_positions, d_model, _weight=torch.empty(n_positions, d_model))
        self.token_type_embeddings = nn.Embedding(1, d_model, _weight=torch.empty(1, d_model))
        self.LayerNorm = nn.LayerNorm(d_model)

    def forward(self, input_ids: Tensor) -> Tensor:
        mask = (input_ids != PAD).long()
        position_ids = mask.cumsum(1) * mask + PAD  # (B, T)
        embedded = self.word_embeddings(input_ids) + self.position_embeddings(position_ids)
        normalized: Tensor = self.LayerNorm(embedded + self.token_type_embeddings.weight)
        return normalized


class Encoder(nn.Module):
    """``n_layers`` transformer layers."""

    def __init__(self, d_model: int, n_layers: int, n_heads: int, d_ff: int) -> None:
        super().__init__()
        self.layer = nn.ModuleList(Layer(d_model, n_heads, d_ff) for _ in range(n_layers))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        for layer in self.layer:
            x = layer(x, mask)
        return x


class Roberta(nn.Module):
    """Logits of ``num_classes`` from the first token, ``<s>``.

    >>> network = Roberta(num_classes=3, vocab_size=9, n_positions=8, d_model=8, n_layers=1, n_heads=2, d_ff=16)
    >>> network(torch.tensor([[0, 7, 2]])).shape
    torch.Size([1, 3])
    """

    def __init__(
        self,
        *,
        num_classes: int,
        vocab_size: int,
        n_positions: int,
        d_model: int,
        n_layers: int,
        n_heads: int,
        d_ff: int,
    ) -> None:
        super().__init__()
        embeddings = Embeddings(vocab_size, n_positions, d_model)
        encoder = Encoder(d_model, n_layers, n_heads, d_ff)
        self.roberta = nn.ModuleDict({"embeddings": embeddings, "encoder": encoder})
        self.classifier = nn.ModuleDict(
            {"dense": nn.Linear(d_model, d_model), "out_proj": nn.Linear(d_model, num_classes)}
        )

    def forward(self, input_ids: Tensor) -> Tensor:
        """``input_ids``: (B, T), T at most ``n_positions - 2``, padded with ``PAD`` -> logits (B, num_classes)."""
        mask = (input_ids != PAD)[:, None, None]  # (B, 1, 1, T)
        x = self.roberta["encoder"](self.roberta["embeddings"](input_ids), mask)  # (B, T, d_model)
        logits: Tensor = self.classifier["out_proj"](self.classifier["dense"](x[:, 0]).tanh())
        return logits
