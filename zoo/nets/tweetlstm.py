"""A bidirectional LSTM with attention over a tweet's sub-words, and one head for each set of answers.

Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735; attention pooling as in Yang et al. 2016 (HAN),
doi:10.18653/v1/N16-1174, beside the largest value of each feature over time.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

PAD = 0  # the sub-word that fills short tweets up


class TweetLSTM(nn.Module):
    """Logits of three classes (negative, neutral, positive) and of two (negative, positive)."""

    def __init__(self, vocabulary: int, width: int, hidden: int, layers: int, dropout: float = 0.0) -> None:
        super().__init__()
        # Left as they are: drawing normal numbers on the meta device, as nn.Embedding would, imports torch's compiler.
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=PAD, _weight=torch.empty(vocabulary, width))
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(
            width, hidden, layers, batch_first=True, bidirectional=True, dropout=dropout if layers > 1 else 0.0
        )
        self.attention = nn.Linear(2 * hidden, 1)
        self.three = nn.Linear(4 * hidden, 3)
        self.two = nn.Linear(4 * hidden, 2)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """``tokens``: (B, T) int64, each row with at least one sub-word -> logits (B, 3) and (B, 2)."""
        return self.read(self.embedding(tokens), tokens != PAD)

    def read(self, vectors: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The same from embedded sub-words (B, T, width) and a mask (B, T) that is true where one stands."""
        lengths = mask.sum(1).cpu()
        packed = pack_padded_sequence(self.dropout(vectors), lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=mask.shape[1])
        weights = self.attention(states).squeeze(2).masked_fill(~mask, float("-inf")).softmax(1)  # (B, T)
        attended = torch.einsum("bt,btf->bf", weights, states)
        largest = states.masked_fill(~mask[:, :, None], float("-inf")).amax(1)
        features = self.dropout(torch.cat([attended, largest], 1))  # (B, 4 * hidden)
        return self.three(features), self.two(features)
