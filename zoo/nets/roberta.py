"""RoBERTa as a classifier of texts (Liu et al. 2019, arXiv:1907.11692), named as in the published checkpoints."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PAD = 1  # the sub-word that fills short texts up


class Residual(nn.Module):
    """A projection added to what came before, then normalised: (B, T, ``inputs``) and (B, T, W) -> (B, T, W)."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, width)
        self.LayerNorm = nn.LayerNorm(width)

    def forward(self, x: Tensor, skipped: Tensor) -> Tensor:
        normalised: Tensor = self.LayerNorm(self.dense(x) + skipped)
        return normalised


class Attention(nn.Module):
    """Every sub-word looks at all that are ``there``, (B, 1, 1, T): (B, T, W) -> (B, T, W)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.self = nn.ModuleDict({name: nn.Linear(width, width) for name in ("query", "key", "value")})
        self.output = Residual(width, width)

    def forward(self, x: Tensor, there: Tensor) -> Tensor:
        query, key, value = (part(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for part in self.self.values())
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=there)
        mixed: Tensor = self.output(seen.transpose(1, 2).flatten(2), x)
        return mixed


class Layer(nn.Module):
    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, inner)})
        self.output = Residual(inner, width)

    def forward(self, x: Tensor, there: Tensor) -> Tensor:
        x = self.attention(x, there)
        out: Tensor = self.output(F.gelu(self.intermediate["dense"](x)), x)
        return out


class Embeddings(nn.Module):
    """(B, T) sub-words -> (B, T, W). Places count from ``PAD + 1``, as in the checkpoints."""

    def __init__(self, vocabulary: int, places: int, width: int) -> None:
        super().__init__()
        # Given as they are, nothing is drawn: the weights are always loaded.
        self.word_embeddings = nn.Embedding(vocabulary, width, _weight=torch.empty(vocabulary, width))
        self.position_embeddings = nn.Embedding(places, width, _weight=torch.empty(places, width))
        self.token_type_embeddings = nn.Embedding(1, width, _weight=torch.empty(1, width))
        self.LayerNorm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor) -> Tensor:
        there = (tokens != PAD).long()
        places = there.cumsum(1) * there + PAD
        summed = self.word_embeddings(tokens) + self.position_embeddings(places) + self.token_type_embeddings.weight
        normalised: Tensor = self.LayerNorm(summed)
        return normalised


class Encoder(nn.Module):
    def __init__(self, width: int, depth: int, heads: int, inner: int) -> None:
        super().__init__()
        self.layer = nn.ModuleList(Layer(width, heads, inner) for _ in range(depth))

    def forward(self, x: Tensor, there: Tensor) -> Tensor:
        for layer in self.layer:
            x = layer(x, there)
        return x


class Roberta(nn.Module):
    """Logits of ``num_classes`` from the first sub-word, the mark of a beginning.

    >>> tokens = torch.tensor([[0, 7, 2]])
    >>> Roberta(3, vocabulary=9, places=8, width=8, depth=1, heads=2, inner=16)(tokens).shape
    torch.Size([1, 3])
    """

    def __init__(
        self, num_classes: int, vocabulary: int, places: int, width: int, depth: int, heads: int, inner: int
    ) -> None:
        super().__init__()
        embeddings, encoder = Embeddings(vocabulary, places, width), Encoder(width, depth, heads, inner)
        self.roberta = nn.ModuleDict({"embeddings": embeddings, "encoder": encoder})
        self.classifier = nn.ModuleDict({"dense": nn.Linear(width, width), "out_proj": nn.Linear(width, num_classes)})

    def forward(self, tokens: Tensor) -> Tensor:
        """``tokens``: (B, T) with T at most ``places - 2``, filled up by ``PAD`` -> logits (B, num_classes)."""
        there = (tokens != PAD)[:, None, None]
        x = self.roberta["encoder"](self.roberta["embeddings"](tokens), there)
        logits: Tensor = self.classifier["out_proj"](self.classifier["dense"](x[:, 0]).tanh())
        return logits
