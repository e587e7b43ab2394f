"""Muon in single precision: torch's own within bfloat16's rounding, and AdamW to the last bit."""

import pytest
import torch
from torch import nn

from training.muon import Muon, orthogonalize


def optimized(optimizer: torch.optim.Optimizer, parameter: nn.Parameter, gradients: list[torch.Tensor]) -> torch.Tensor:
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
    return parameter.detach()


def two_copies(*shape: int) -> tuple[nn.Parameter, nn.Parameter, list[torch.Tensor]]:
    """Two parameters of the same values, and four gradients."""
    generator = torch.Generator().manual_seed(3)
    initial = torch.randn(shape, generator=generator)
    gradients = list(torch.randn(4, *shape, generator=generator))
    return nn.Parameter(initial.clone()), nn.Parameter(initial.clone()), gradients


@pytest.mark.parametrize("shape", [(24, 96), (96, 24), (32, 32)])
def test_a_matrix_is_updated_as_torch_updates_it(shape: tuple[int, int]) -> None:
    ours, theirs, gradients = two_copies(*shape)
    initial = ours.detach().clone()
    update = optimized(Muon([{"params": [ours], "weight_decay": 0.1}], lr=0.1), ours, gradients) - initial
    reference = torch.optim.Muon([theirs], lr=0.1, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    expected = optimized(reference, theirs, gradients) - initial
    assert float((update - expected).norm() / expected.norm()) < 0.03


def test_query_key_and_value_are_three_matrices() -> None:
    ours, _, gradients = two_copies(16, 48)
    fused = optimized(Muon([{"params": [ours]}], lr=0.1), ours, gradients)
    for index in range(3):
        initial, _, _ = two_copies(16, 48)
        single = nn.Parameter(initial.detach().chunk(3, 1)[index].clone())
        parts = [gradient.chunk(3, 1)[index] for gradient in gradients]
        torch.testing.assert_close(
            optimized(Muon([{"params": [single]}], lr=0.1), single, parts), fused.chunk(3, 1)[index]
        )


def test_filters_keep_their_norm_and_updates_are_relative_to_it() -> None:
    filters, _, gradients = two_copies(8, 4, 3, 3)
    optimizer = Muon([{"params": [filters], "unit_norm": True}], lr=0.1)
    filters.grad = gradients[0]
    optimizer.step()
    before = filters.detach().clone()
    filters.grad = gradients[1]
    optimizer.step()
    assert float(filters.detach().norm()) == pytest.approx(8**0.5)
    assert 0.05 < float((filters.detach() - before).norm() / before.norm()) < 0.15


def test_embeddings_and_vectors_are_updated_by_adamw() -> None:
    ours, theirs, gradients = two_copies(7)
    updated = optimized(Muon([{"params": [ours], "weight_decay": 0.1, "adamw": True}], lr=0.1), ours, gradients)
    reference = torch.optim.AdamW([theirs], lr=0.1, betas=(0.9, 0.95), weight_decay=0.1)
    torch.testing.assert_close(updated, optimized(reference, theirs, gradients))


def test_singular_values_become_about_equal() -> None:
    values = torch.linalg.svdvals(orthogonalize(torch.randn(40, 20, generator=torch.Generator().manual_seed(0))))
    assert 0.6 < float(values.min()) <= float(values.max()) < 1.3
