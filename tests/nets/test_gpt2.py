"""GPT-2 and the logits processors: parity with transformers."""

import copy

import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st
from transformers.generation import logits_process as reference_processors

from zoo.exhibits.generate import filters
from zoo.nets import gpt2, packed
from zoo.nets.gpt2 import GPT2

SIZES = {"vocab_size": 40, "n_positions": 24, "d_model": 16, "n_layers": 3, "n_heads": 4}
IDS = torch.tensor([[5, 9, 3, 3, 17, 20, 1], [1, 2, 3, 4, 5, 6, 7]])


@pytest.fixture(scope="module")
def pair() -> tuple[GPT2, transformers.GPT2LMHeadModel]:
    """The same random weights in our network and in that of transformers."""
    config = transformers.GPT2Config(vocab_size=40, n_positions=24, n_embd=16, n_layer=3, n_head=4)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        reference = transformers.GPT2LMHeadModel(config).eval()
        for parameter in reference.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    network = GPT2(**SIZES).eval()
    network.load_tensors(reference.state_dict())
    return network, reference


@torch.inference_mode()
def test_logits_are_equal(pair: tuple[GPT2, transformers.GPT2LMHeadModel]) -> None:
    network, reference = pair
    torch.testing.assert_close(network(IDS)[0], reference(IDS).logits, atol=1e-4, rtol=1e-4)


PACKED = pytest.mark.skipif(not packed.available(), reason="torch has no 8-bit operators for this processor")


@PACKED
@pytest.mark.parametrize("reduce_range", [False, True])
@given(st.integers(0, 99), st.integers(1, 5), st.floats(-3, 3))
@torch.inference_mode()
def test_packed_layer_is_off_by_at_most_one_level_of_its_input(
    reduce_range: bool, seed: int, rows: int, mean: float
) -> None:
    generator = torch.Generator().manual_seed(seed)
    weight, bias = torch.randn(6, 32, generator=generator), torch.randn(6, generator=generator)
    x = torch.randn(rows, 32, generator=generator) * torch.logspace(0, 2, rows)[:, None] + mean
    layer = packed.Int8Linear(weight, bias)
    layer.reduce_range |= reduce_range
    step = weight.abs().amax(1, keepdim=True) / 127
    rounded = (weight / step).round() * step
    spread = torch.maximum(x.amax(1), torch.zeros(())) - torch.minimum(x.amin(1), torch.zeros(()))
    bound = 1.01 * (spread / (127 if layer.reduce_range else 255))[:, None] * rounded.abs().sum(1)
    assert ((layer(x) - (x @ rounded.T + bias)).abs() <= bound + 1e-3).all()


@PACKED
@torch.inference_mode()
def test_row_of_a_packed_layer_does_not_depend_on_the_other_rows() -> None:
    layer = packed.Int8Linear(torch.randn(6, 32, generator=torch.Generator().manual_seed(0)))
    x = torch.randn(3, 32, generator=torch.Generator().manual_seed(1))
    scaled = x * torch.tensor([1.0, 100.0, 1.0])[:, None]
    assert torch.equal(layer(x)[[0, 2]], layer(scaled)[[0, 2]])


@PACKED
@torch.inference_mode()
def test_packed_network_has_almost_the_same_logits(
    pair: tuple[GPT2, transformers.GPT2LMHeadModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = copy.deepcopy(pair[0])
    small.pack()
    assert small.lm_head is None
    monkeypatch.setattr(gpt2, "PACK_FROM", 0)
    small.pack()
    assert isinstance(small.lm_head, packed.Int8Linear)
    expected = pair[1](IDS).logits
    first, cache = small(IDS[:, :4], last_only=True)
    rest, _ = small(IDS[:, 4:], cache)
    alone = small(IDS[:1])[0][:, -1:]
    for logits, reference in ((small(IDS)[0], expected), (first, expected[:, 3:4]), (rest, expected[:, 4:])):
        assert (logits - reference).norm() < 0.05 * reference.norm()
    assert (alone - expected[:1, -1:]).norm() < 0.05 * expected[:1, -1:].norm()


@torch.inference_mode()
def test_attention_weights_are_equal(pair: tuple[GPT2, transformers.GPT2LMHeadModel]) -> None:
    network, reference = pair
    weights: list[torch.Tensor] = []
    network(IDS, attention_weights=weights)
    reference.set_attn_implementation("eager")
    for layer, expected in zip(weights, reference(IDS, output_attentions=True).attentions, strict=True):
        torch.testing.assert_close(layer, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("parts", [[1] * 7, [3, 1, 3], [4, 3]])
@torch.inference_mode()
def test_logits_with_a_cache_equal_those_without(
    pair: tuple[GPT2, transformers.GPT2LMHeadModel], parts: list[int]
) -> None:
    network, _ = pair
    cache, outputs = None, []
    for part in IDS.split(parts, 1):
        logits, cache = network(part, cache)
        outputs.append(logits)
    torch.testing.assert_close(torch.cat(outputs, 1), network(IDS)[0], atol=1e-5, rtol=1e-5)


LOGITS = st.lists(st.floats(-8, 8, width=32), min_size=6, max_size=30).map(lambda row: torch.tensor([row, row[::-1]]))


@given(LOGITS, st.floats(0.1, 2), st.integers(1, 40), st.floats(0.05, 1), st.floats(0.0, 1), st.floats(0.5, 2))
def test_filters_equal_those_of_transformers(
    logits: torch.Tensor, temperature: float, k: int, p: float, min_p: float, penalty: float
) -> None:
    ids = torch.tensor([[0, 2, 2], [1, 5, 0]])
    for filtered, processor in (
        (
            filters.apply_repetition_penalty(logits, ids, penalty),
            reference_processors.RepetitionPenaltyLogitsProcessor(penalty),
        ),
        (filters.apply_temperature(logits, temperature), reference_processors.TemperatureLogitsWarper(temperature)),
        (filters.filter_top_k(logits, k), reference_processors.TopKLogitsWarper(k)),
        (filters.filter_top_p(logits, p), reference_processors.TopPLogitsWarper(p)),
        (filters.filter_min_p(logits, min_p), reference_processors.MinPLogitsWarper(min_p)),
    ):
        torch.testing.assert_close(filtered, processor(ids, logits.clone()))
        assert torch.isfinite(filtered).any(1).all()  # a token remains
