"""GPT-2 and the filters of what is drawn, beside transformers' own."""

import copy
from collections.abc import Callable

import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st
from transformers.generation import logits_process as theirs

from zoo.generate import filters
from zoo.nets import gpt2, packed
from zoo.nets.gpt2 import GPT2

SIZES = {"vocabulary": 40, "places": 24, "width": 16, "depth": 3, "heads": 4}
FBGEMM = "fbgemm" in torch.backends.quantized.supported_engines
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


def as_8_bits(weight: torch.Tensor) -> torch.Tensor:
    """A matrix, each of whose rows is rounded to 127 steps up and down."""
    step = weight.abs().amax(1, keepdim=True) / 127
    return (weight / step).round() * step


# What bfloat16 rounds has eight bits, and the logits here are as large as 1.5.
ROUNDED = [
    pytest.param(packed.In16Bits, torch.Tensor.half, 1e-4, marks=pytest.mark.skipif(not FBGEMM, reason="not here")),
    (packed.In8Bits, as_8_bits, 0.03),
]


@pytest.mark.parametrize(("dense", "rounded", "near"), ROUNDED)
@torch.inference_mode()
def test_packed_network_answers_as_one_with_rounded_weights(
    pair: tuple[GPT2, transformers.GPT2LMHeadModel],
    dense: type[torch.nn.Module],
    rounded: Callable[[torch.Tensor], torch.Tensor],
    near: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small, reference = copy.deepcopy(pair)
    monkeypatch.setattr(packed, "dense_layer", lambda: dense)
    small.pack()
    assert small.head is None
    monkeypatch.setattr(gpt2, "LARGE", 0)
    monkeypatch.setattr(packed, "FEW", 10)
    small.pack()
    assert isinstance(small.head, dense)
    for name, tensor in reference.named_parameters():
        if tensor.ndim == 2 and "wpe" not in name:  # transformers keeps all but the tables the other way round
            tensor.copy_(rounded(tensor) if "wte" in name else rounded(tensor.T).T)
    expected = reference(TOKENS)
    small.wte.weight.copy_(rounded(small.wte.weight))
    torch.testing.assert_close(small(TOKENS)[0], expected.logits, atol=near, rtol=near)
    first, past = small(TOKENS[:, :4], last=True)
    torch.testing.assert_close(first, expected.logits[:, 3:4], atol=near, rtol=near)
    torch.testing.assert_close(small(TOKENS[:, 4:], past)[0], expected.logits[:, 4:], atol=near, rtol=near)


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
