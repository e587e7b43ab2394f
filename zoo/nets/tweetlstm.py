"""A bidirectional LSTM with attention over the tokens of a tweet, and two classification heads.

LSTM: Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735. Attention pooling: Yang et al. 2016 (HAN),
doi:10.18653/v1/N16-1174; max pooling over time is concatenated to it.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

PAD = 0  # the id of the padding token


class TweetLSTM(nn.Module):
    """Logits of three classes (negative, neutral, positive) and of two (negative, positive).

    >>> network = TweetLSTM(vocab_size=9, embedding_dim=8, hidden_size=6)
    >>> [tuple(logits.shape) for logits in network(torch.tensor([[3, 7, 2], [4, 0, 0]]))]
    [(2, 3), (2, 2)]
    """

    def __init__(
        self, *, vocab_size: int, embedding_dim: int, hidden_size: int, num_layers: int = 1, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.small_steps = True
        # Left uninitialised: drawing normal numbers on the meta device, as nn.Embedding does, imports torch's compiler.
        self.embedding = nn.Embedding(
            vocab_size, embedding_dim, padding_idx=PAD, _weight=torch.empty(vocab_size, embedding_dim)
        )
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(
            embedding_dim,
            hidden_size,
            num_layers,
            batch_first=True,
            bidirectional=True,
            dropout=dropout if num_layers > 1 else 0.0,
        )
        self.attention = nn.Linear(2 * hidden_size, 1)
        self.classifier = nn.Linear(4 * hidden_size, 3)
        self.binary_classifier = nn.Linear(4 * hidden_size, 2)

    def forward(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        """``input_ids``: (B, T) int64, at least one token in each row -> logits (B, 3) and (B, 2)."""
        features = self.features(input_ids)
        return self.classifier(features), self.binary_classifier(features)

    def features(self, input_ids: Tensor) -> Tensor:
        """(B, T) -> (B, 4 * hidden_size): what both heads take."""
        mask = input_ids != PAD  # (B, T)
        embedded = self.dropout(self.embedding(input_ids))  # (B, T, embedding_dim)
        packed = pack_padded_sequence(embedded, mask.sum(1).cpu(), batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=mask.shape[1])
        weights = self.attention(states).squeeze(2).masked_fill(~mask, float("-inf")).softmax(1)  # (B, T)
        attended = torch.einsum("bt,btf->bf", weights, states)  # (B, 2 * hidden_size)
        largest = states.masked_fill(~mask[:, :, None], float("-inf")).amax(1)  # (B, 2 * hidden_size)
        features: Tensor = self.dropout(torch.cat([attended, largest], 1))
        return features
