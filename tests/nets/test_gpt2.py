"""GPT-2 and the filters of what is drawn, beside transformers' own."""

import copy

import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st
from transformers.generation import logits_process as theirs

from zoo.exhibits.generate import filters
from zoo.nets import gpt2, packed
from zoo.nets.gpt2 import GPT2

SIZES = {"vocabulary": 40, "places": 24, "width": 16, "depth": 3, "heads": 4}
TOKENS = torch.tensor([[5, 9, 3, 3, 17, 20, 1], [1, 2, 3, 4, 5, 6, 7]])


@pytest.fixture(scope="module")
def pair() -> tuple[GPT2, transformers.GPT2LMHeadModel]:
    """The same random weights in ours and in theirs."""
    config = transformers.GPT2Config(vocab_size=40, n_positions=24, n_embd=16, n_layer=3, n_head=4)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        reference = transformers.GPT2LMHeadModel(config).eval()
        for parameter in reference.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    ours = GPT2(**SIZES).eval()
    ours.load_tensors(reference.state_dict())
    return ours, reference


@torch.inference_mode()
def test_logits_are_equal(pair: tuple[GPT2, transformers.GPT2LMHeadModel]) -> None:
    ours, reference = pair
    torch.testing.assert_close(ours(TOKENS)[0], reference(TOKENS).logits, atol=1e-4, rtol=1e-4)


PACKED = pytest.mark.skipif(not packed.available(), reason="torch has no product of 8 bits for this processor")


@PACKED
@pytest.mark.parametrize("in_seven", [False, True])
@given(st.integers(0, 99), st.integers(1, 5), st.floats(-3, 3))
@torch.inference_mode()
def test_packed_layer_is_off_by_a_step_of_its_input_at_most(in_seven: bool, seed: int, rows: int, about: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    weight, bias = torch.randn(6, 32, generator=generator), torch.randn(6, generator=generator)
    x = torch.randn(rows, 32, generator=generator) * torch.logspace(0, 2, rows)[:, None] + about
    layer = packed.Int8Linear(weight, bias)
    layer.in_seven |= in_seven
    step = weight.abs().amax(1, keepdim=True) / 127
    rounded = (weight / step).round() * step
    reach = torch.maximum(x.amax(1), torch.zeros(())) - torch.minimum(x.amin(1), torch.zeros(()))
    bound = 1.01 * (reach / (127 if layer.in_seven else 255))[:, None] * rounded.abs().sum(1)
    assert ((layer(x) - (x @ rounded.T + bias)).abs() <= bound + 1e-3).all()


@PACKED
@torch.inference_mode()
def test_row_of_a_packed_layer_does_not_depend_on_its_neighbours() -> None:
    layer = packed.Int8Linear(torch.randn(6, 32, generator=torch.Generator().manual_seed(0)))
    x = torch.randn(3, 32, generator=torch.Generator().manual_seed(1))
    louder = x * torch.tensor([1.0, 100.0, 1.0])[:, None]
    assert torch.equal(layer(x)[[0, 2]], layer(louder)[[0, 2]])


@PACKED
@torch.inference_mode()
def test_packed_network_answers_almost_as_before(
    pair: tuple[GPT2, transformers.GPT2LMHeadModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = copy.deepcopy(pair[0])
    small.pack()
    assert small.head is None
    monkeypatch.setattr(gpt2, "LARGE", 0)
    small.pack()
    assert isinstance(small.head, packed.Int8Linear)
    expected = pair[1](TOKENS).logits
    first, past = small(TOKENS[:, :4], last=True)
    then, past = small(TOKENS[:, 4:], past)
    alone = small(TOKENS[:1])[0][:, -1:]
    for found, wanted in ((small(TOKENS)[0], expected), (first, expected[:, 3:4]), (then, expected[:, 4:])):
        assert (found - wanted).norm() < 0.05 * wanted.norm()
    assert (alone - expected[:1, -1:]).norm() < 0.05 * expected[:1, -1:].norm()


@torch.inference_mode()
def test_attention_is_equal(pair: tuple[GPT2, transformers.GPT2LMHeadModel]) -> None:
    ours, reference = pair
    looks: list[torch.Tensor] = []
    ours(TOKENS, looks=looks)
    reference.set_attn_implementation("eager")
    for own, other in zip(looks, reference(TOKENS, output_attentions=True).attentions, strict=True):
        torch.testing.assert_close(own, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("parts", [[1] * 7, [3, 1, 3], [4, 3]])
@torch.inference_mode()
def test_step_by_step_is_all_at_once(pair: tuple[GPT2, transformers.GPT2LMHeadModel], parts: list[int]) -> None:
    ours, _ = pair
    past, found = None, []
    for part in TOKENS.split(parts, 1):
        logits, past = ours(part, past)
        found.append(logits)
    torch.testing.assert_close(torch.cat(found, 1), ours(TOKENS)[0], atol=1e-5, rtol=1e-5)


LOGITS = st.lists(st.floats(-8, 8, width=32), min_size=6, max_size=30).map(lambda row: torch.tensor([row, row[::-1]]))


@given(LOGITS, st.floats(0.1, 2), st.integers(1, 40), st.floats(0.05, 1), st.floats(0.0, 1), st.floats(0.5, 2))
def test_filters_are_those_of_transformers(
    logits: torch.Tensor, temperature: float, k: int, p: float, least: float, penalty: float
) -> None:
    said = torch.tensor([[0, 2, 2], [1, 5, 0]])
    for ours, processor in (
        (filters.penalised(logits, said, penalty), theirs.RepetitionPenaltyLogitsProcessor(penalty)),
        (filters.heated(logits, temperature), theirs.TemperatureLogitsWarper(temperature)),
        (filters.top_k(logits, k), theirs.TopKLogitsWarper(k)),
        (filters.top_p(logits, p), theirs.TopPLogitsWarper(p)),
        (filters.min_p(logits, least), theirs.MinPLogitsWarper(least)),
    ):
        torch.testing.assert_close(ours, processor(said, logits.clone()))
        assert torch.isfinite(ours).any(1).all()  # something is left to say
