"""Classifiers of a visitor's texts: TF-IDF with a linear layer, and heads on networks that others trained."""

import torch
from torch import Tensor, nn

from zoo.nets.gpt2 import GPT2
from zoo.nets.tweetlstm import TweetLSTM

PAD = 0  # of TfidfClassifier: the ids of n-grams count from 1


class TfidfClassifier(nn.Module):
    """Multinomial logistic regression on TF-IDF of n-grams, as scikit-learn computes it.

    Blocks of features (n-grams of words, then of characters) are each scaled to length 1; term frequencies are
    sublinear, 1 + log(count). ``blocks``: the number of features of each.

    >>> network = TfidfClassifier(blocks=[3, 2], num_classes=2)
    >>> network(torch.tensor([[1, 1, 5], [2, 0, 0]])).shape
    torch.Size([2, 2])
    """

    def __init__(self, *, blocks: list[int], num_classes: int) -> None:
        super().__init__()
        features = sum(blocks)
        self.blocks = len(blocks)
        self.idf = nn.Parameter(torch.ones(features), requires_grad=False)
        # Features in rows: a text has few of them, whose rows are added up.
        self.weight = nn.Parameter(torch.zeros(features, num_classes), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(num_classes), requires_grad=False)
        self.starts = [sum(blocks[:number]) for number in range(1, len(blocks))]

    def forward(self, input_ids: Tensor) -> Tensor:
        """``input_ids``: (B, T) numbers of n-grams from 1 on, repeated as they occur; 0 pads -> logits (B, K)."""
        batch, size = len(input_ids), len(self.idf) + 1
        places = input_ids + torch.arange(batch, device=input_ids.device)[:, None] * size
        unique, counts = torch.unique(places[input_ids != PAD], return_counts=True)
        rows, features = unique // size, unique % size - 1
        values = (1 + counts.to(self.idf.dtype).log()) * self.idf[features]  # (F,)
        starts = torch.tensor(self.starts, device=features.device, dtype=features.dtype)
        blocks = rows * self.blocks + torch.bucketize(features, starts, right=True)
        squares = values.new_zeros(batch * self.blocks).index_add_(0, blocks, values**2)
        values = values / squares[blocks].sqrt()
        logits = self.bias.repeat(batch, 1)
        return logits.index_add_(0, rows, values[:, None] * self.weight[features])


class TweetClassifier(nn.Module):
    """The features of a TweetLSTM, and a linear layer for any classes."""

    def __init__(
        self, *, vocab_size: int, embedding_dim: int, hidden_size: int, num_classes: int, num_layers: int = 1
    ) -> None:
        super().__init__()
        self.encoder = TweetLSTM(
            vocab_size=vocab_size, embedding_dim=embedding_dim, hidden_size=hidden_size, num_layers=num_layers
        )
        del self.encoder.classifier, self.encoder.binary_classifier
        self.small_steps = self.encoder.small_steps
        self.classifier = nn.Linear(4 * hidden_size, num_classes)

    def forward(self, input_ids: Tensor) -> Tensor:
        """``input_ids``: (B, T) int64, padded with 0 -> logits (B, num_classes)."""
        logits: Tensor = self.classifier(self.features(input_ids))
        return logits

    def features(self, input_ids: Tensor) -> Tensor:
        """(B, T) -> (B, 4 * hidden_size)."""
        return self.encoder.features(input_ids)


class GPT2Classifier(nn.Module):
    """The states of a GPT-2, pooled as in ULMFiT (Howard and Ruder 2018, arXiv:1801.06146), and a linear layer.

    Pooled are the state of the last token, and the largest and the mean one over all tokens.
    """

    def __init__(
        self,
        *,
        vocab_size: int,
        n_positions: int,
        d_model: int,
        n_layers: int,
        n_heads: int,
        num_classes: int,
        pad_id: int = 0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder = GPT2(
            vocab_size=vocab_size,
            n_positions=n_positions,
            d_model=d_model,
            n_layers=n_layers,
            n_heads=n_heads,
            dropout=dropout,
        )
        self.small_steps = self.encoder.small_steps
        self.classifier = nn.Linear(3 * d_model, num_classes)
        self.pad_id = pad_id

    def forward(self, input_ids: Tensor) -> Tensor:
        """``input_ids``: (B, T) int64, padded at the end with ``pad_id`` -> logits (B, num_classes)."""
        logits: Tensor = self.classifier(self.features(input_ids))
        return logits

    def features(self, input_ids: Tensor) -> Tensor:
        """(B, T) -> (B, 3 * d_model). Attention is causal: what pads a row changes no token before it."""
        mask = (input_ids != self.pad_id)[..., None]  # (B, T, 1)
        mask = mask | (mask.cumsum(1).eq(0) & (torch.arange(mask.shape[1], device=mask.device)[:, None] == 0))
        states = self.encoder.states(input_ids)  # (B, T, d_model)
        last = mask.sum(1, keepdim=True) - 1  # (B, 1, 1)
        ends = states.gather(1, last.expand(-1, -1, states.shape[2]))[:, 0]
        largest = states.masked_fill(~mask, float("-inf")).amax(1)
        mean = states.masked_fill(~mask, 0.0).sum(1) / mask.sum(1)
        return torch.cat([ends, largest, mean], 1)
