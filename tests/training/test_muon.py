"""Muon in single precision: torch's own within what bfloat16 tells apart, and AdamW to the bit of rounding."""

import pytest
import torch
from torch import nn

from training.muon import Muon, orthogonal


def stepped(optimizer: torch.optim.Optimizer, parameter: nn.Parameter, gradients: list[torch.Tensor]) -> torch.Tensor:
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
    return parameter.detach()


def drawn(*shape: int) -> tuple[nn.Parameter, nn.Parameter, list[torch.Tensor]]:
    generator = torch.Generator().manual_seed(3)
    begun = torch.randn(shape, generator=generator)
    return nn.Parameter(begun.clone()), nn.Parameter(begun.clone()), list(torch.randn(4, *shape, generator=generator))


@pytest.mark.parametrize("shape", [(24, 96), (96, 24), (32, 32)])
def test_a_matrix_moves_as_torch_moves_it(shape: tuple[int, int]) -> None:
    ours, theirs, gradients = drawn(*shape)
    begun = ours.detach().clone()
    moved = stepped(Muon([{"params": [ours], "weight_decay": 0.1}], lr=0.1), ours, gradients) - begun
    reference = torch.optim.Muon([theirs], lr=0.1, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    expected = stepped(reference, theirs, gradients) - begun
    assert float((moved - expected).norm() / expected.norm()) < 0.03


def test_query_key_and_value_are_three_matrices() -> None:
    ours, _, gradients = drawn(16, 48)
    whole = stepped(Muon([{"params": [ours]}], lr=0.1), ours, gradients)
    for place in range(3):
        part, _, _ = drawn(16, 48)
        alone = nn.Parameter(part.detach().chunk(3, 1)[place].clone())
        found = stepped(Muon([{"params": [alone]}], lr=0.1), alone, [each.chunk(3, 1)[place] for each in gradients])
        torch.testing.assert_close(found, whole.chunk(3, 1)[place])


def test_filters_keep_their_length_and_turn_by_a_share_of_it() -> None:
    filters, _, gradients = drawn(8, 4, 3, 3)
    optimizer = Muon([{"params": [filters], "unit": True}], lr=0.1)
    filters.grad = gradients[0]
    optimizer.step()
    begun = filters.detach().clone()
    filters.grad = gradients[1]
    optimizer.step()
    assert float(filters.detach().norm()) == pytest.approx(8**0.5)
    assert 0.05 < float((filters.detach() - begun).norm() / begun.norm()) < 0.15


def test_tables_and_vectors_move_by_adamw() -> None:
    ours, theirs, gradients = drawn(7)
    found = stepped(Muon([{"params": [ours], "weight_decay": 0.1, "adam": True}], lr=0.1), ours, gradients)
    reference = torch.optim.AdamW([theirs], lr=0.1, betas=(0.9, 0.95), weight_decay=0.1)
    torch.testing.assert_close(found, stepped(reference, theirs, gradients))


def test_singular_values_come_together() -> None:
    values = torch.linalg.svdvals(orthogonal(torch.randn(40, 20, generator=torch.Generator().manual_seed(0))))
    assert 0.6 < float(values.min()) <= float(values.max()) < 1.3
