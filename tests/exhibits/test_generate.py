"""Generate with a network of random weights: parity with transformers, seeds, streaming, filters, inspection."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from tests.core.runtimes import until
from tests.steps import walked
from training.generate.vocabulary import train_tokenizer
from zoo.core import cards
from zoo.core.errors import CancelledJob, InputError, TooLargeError
from zoo.core.loading import load
from zoo.core.runtime import Runtime, get_runtime, set_runtime
from zoo.core.steps import run_to_completion
from zoo.exhibits.generate.decoding import generate
from zoo.exhibits.generate.evaluation import evaluate
from zoo.exhibits.generate.inspection import attention, attention_size, perplexity, windows
from zoo.exhibits.generate.knobs import MAX_CHARACTERS, AttentionKnobs, GenerateKnobs, PerplexityKnobs
from zoo.exhibits.generate.results import Generation
from zoo.nets.gpt2 import GPT2

TEXT = "Right ho, Jeeves, said I. And that, as they say, was that. Café? Rather! "
NAME = "random-gpt2"
SIZES = {"vocab_size": 320, "n_positions": 512, "d_model": 16, "n_layers": 2, "n_heads": 2}


@pytest.fixture(scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with one network of random weights, large enough for distributions of low entropy."""
    import transformers

    bundled = tmp_path_factory.mktemp("models")
    folder = bundled / NAME
    shutil.copytree(cards.MODELS / "tweet-lstm", folder)
    train_tokenizer([TEXT * 20], 320).save(str(folder / "tokenizer.json"))
    config = {"exhibit": "generate", "title": "Random GPT-2", "architecture": {"kind": "gpt2", **SIZES}}
    (folder / "config.json").write_text(json.dumps(config))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        shape = transformers.GPT2Config(vocab_size=320, n_positions=512, n_embd=16, n_layer=2, n_head=2)
        network = transformers.GPT2LMHeadModel(shape)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.4)
    tensors = {name: each.clone() for name, each in network.state_dict().items() if "lm_head" not in name}
    save_file(tensors, folder / "model.safetensors")
    return bundled


@pytest.fixture(autouse=True)
def random_model(_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A runtime of its own that has that model alone."""
    monkeypatch.setattr(cards, "MODELS", _folder)
    cards.bundled_cards.cache_clear()
    with Runtime(load) as runtime:
        set_runtime(runtime)
        yield
        set_runtime(None)
    cards.bundled_cards.cache_clear()


def knobs(**changed: object) -> GenerateKnobs:
    return GenerateKnobs(model=NAME, **{"length": 20, **changed})  # type: ignore[arg-type]


def reference_ids(length: int, **options: object) -> list[list[int]]:
    """The ids that transformers generates after ``TEXT``, with the same weights."""
    import transformers

    folder = cards.MODELS / NAME
    shape = transformers.GPT2Config(vocab_size=320, n_positions=512, n_embd=16, n_layer=2, n_head=2)
    reference = transformers.GPT2LMHeadModel(shape).eval()
    reference.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    reference.tie_weights()
    ids = torch.tensor([Tokenizer.from_file(str(folder / "tokenizer.json")).encode(TEXT).ids])
    options = {"do_sample": False, "eos_token_id": 0, "pad_token_id": 0, **options}
    rows = reference.generate(ids, max_new_tokens=length, **options)
    return [[id for id in row[ids.shape[1] :].tolist() if id] for row in rows]


def output_ids(result: Generation) -> list[list[int]]:
    return [[token.id for token in sample.tokens] for sample in result.samples]


@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_greedy_equals_transformers(penalty: float) -> None:
    result = run_to_completion(generate(TEXT, knobs(method="greedy", repetition_penalty=penalty)))
    assert output_ids(result) == reference_ids(20, repetition_penalty=penalty)


@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_beam_search_equals_transformers(penalty: float) -> None:
    expected = reference_ids(12, repetition_penalty=penalty, num_beams=4, num_return_sequences=2, early_stopping=True)
    chosen = knobs(method="beam", length=12, samples=2, repetition_penalty=penalty)
    assert output_ids(run_to_completion(generate(TEXT, chosen))) == expected


def test_the_same_seed_gives_the_same_text_and_samples_differ() -> None:
    one, other = (run_to_completion(generate(TEXT, knobs(samples=3, seed=4))) for _ in range(2))
    assert one == other
    assert len({sample.text for sample in one.samples}) == 3
    assert run_to_completion(generate(TEXT, knobs(seed=5))).samples[0].text == one.samples[1].text
    assert one.texts[0] == TEXT + one.samples[0].text


def test_a_streamed_text_only_grows() -> None:
    records, result = walked(generate(TEXT, knobs(temperature=1.8, top_p=1.0, length=60)))
    previews = [record.preview.samples[0] for record in records]  # type: ignore[union-attr]
    for before, after in pairwise(previews):
        assert after.text.startswith(before.text)
    assert previews[-1] == result.samples[0]
    assert "".join(token.text for token in result.samples[0].tokens) == result.samples[0].text
    assert [record.step for record in records] == list(range(1, len(records) + 1))


def test_tokens_are_sampled_by_their_probabilities() -> None:
    """Chi-square over the first token of many samples; 1 in 1,000 seeds would fail, and this one does not."""
    count, drawn = 600, Counter[int]()
    probabilities: dict[int, float] = {}
    for seed in range(0, count, 4):
        result = run_to_completion(generate(TEXT, knobs(length=1, samples=4, seed=seed, temperature=0.7, top_k=6)))
        for sample in result.samples:
            token = sample.tokens[0]
            drawn[token.id] += 1
            probabilities = {c.id: c.filtered_probability for c in token.candidates if c.filtered_probability > 0}
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-4)
    statistic = sum((drawn[id] - count * p) ** 2 / (count * p) for id, p in probabilities.items())
    assert statistic < 24  # six tokens, five degrees of freedom: 20.5 at one in a thousand


def test_candidates_have_probabilities_before_and_after_the_filters() -> None:
    (sample,) = run_to_completion(generate(TEXT, knobs(top_k=3, temperature=0.5))).samples
    for token in sample.tokens:
        assert len(token.candidates) == 10
        before = [candidate.probability for candidate in token.candidates]
        assert before == sorted(before, reverse=True)
        assert sum(candidate.filtered_probability > 0 for candidate in token.candidates) <= 3
        assert 0 <= token.probability <= 1
        assert 0 <= token.entropy <= np.log2(320) + 1e-3


@pytest.mark.parametrize("changed", [{"method": "greedy"}, {"temperature": 0.0}, {"top_p": 0.0}, {"top_k": 1}], ids=str)
def test_settings_without_effect_are_reported(changed: dict[str, object]) -> None:
    result = run_to_completion(generate(TEXT, knobs(**changed, samples=2)))
    one, other = result.samples
    assert one == other
    assert "seed" in result.remarks[0]
    assert knobs().remarks() == ()


@pytest.mark.parametrize("prompt", ["", " ", "🎉🎉", "\x00\x07", "<script>alert(1)</script>", "\ud800", "a" * 9000])
def test_any_prompt_is_continued(prompt: str) -> None:
    result = run_to_completion(generate(prompt, knobs(length=5)))
    assert result.samples[0].tokens or result.samples[0].ended
    assert (result.truncated_characters > 0) == (len(prompt) > 5000)


def test_a_long_prompt_loses_its_beginning() -> None:
    end = "b" * 200 + TEXT * 3
    result = run_to_completion(generate("a" * 6000 + end, knobs(length=400)))
    assert 0 < result.truncated_characters < 6000 + len(end)
    with pytest.raises(TooLargeError, match="20,000"):
        next(generate("a" * (MAX_CHARACTERS + 1), knobs()))
    with pytest.raises(InputError, match="not of generate"):
        next(generate("a", GenerateKnobs(model="torchvision/resnet50")))


def test_a_length_beyond_the_context_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GPT2, "n_positions", 20)
    with pytest.raises(InputError, match="context of 20 tokens"):
        next(generate(TEXT, knobs(length=20)))
    assert run_to_completion(generate(TEXT, knobs(length=19))).truncated_characters > 0
    assert len(perplexity(TEXT, PerplexityKnobs(model=NAME)).bits) > 20


def test_stopping_keeps_the_text_and_frees_the_worker() -> None:
    job = get_runtime().submit(lambda: generate(TEXT, knobs(length=400, temperature=2.0, top_p=1.0)))
    next(job.updates())
    job.cancel()
    with pytest.raises(CancelledJob):
        job.result(timeout=20)
    assert job.latest is not None
    assert job.latest.preview.samples[0].tokens  # type: ignore[union-attr]
    assert run_to_completion(generate(TEXT, knobs(length=1)))


def test_four_jobs_take_turns() -> None:
    jobs = [get_runtime().submit(lambda seed=seed: generate(TEXT, knobs(length=40, seed=seed))) for seed in range(4)]
    until(lambda: any(job.ended for job in jobs))
    assert all(job.latest is not None and job.latest.step >= 30 for job in jobs)
    alone = [run_to_completion(generate(TEXT, knobs(length=40, seed=seed))) for seed in range(4)]
    assert [job.result(60) for job in jobs] == alone


# Inspection


def test_bits_equal_those_of_the_whole_text_at_once() -> None:
    result = perplexity(TEXT * 2, PerplexityKnobs(model=NAME))
    assert "".join(result.tokens) == TEXT * 2

    def reference(model: torch.nn.Module) -> list[float]:
        ids = [0, *model.tokenizer.encode(TEXT * 2).ids]  # type: ignore[union-attr,operator]
        with torch.inference_mode():
            logits, _ = model.network(torch.tensor([ids[:-1]]))  # type: ignore[operator]
        log_probs = logits[0].log_softmax(1).gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
        return (-log_probs / np.log(2)).tolist()

    expected = get_runtime().run(reference, NAME)
    assert len(expected) < 256  # so that one window holds it
    assert result.bits == pytest.approx(expected, abs=1e-3)
    assert result.perplexity == pytest.approx(2 ** np.mean(expected), rel=1e-3)
    assert result.bits_per_character == pytest.approx(sum(expected) / len(TEXT * 2), rel=1e-3)


def test_windows_measure_each_token_once_after_half_a_context() -> None:
    ids = list(range(1000))
    first, *others = windows(ids, 64)
    assert [id for window in (first, *others) for id in window.ids] == ids
    assert all(len(window.context) == 31 for window in others)
    assert all(window.context[-1] + 1 == window.ids[0] for window in others)


def test_attention_weights_are_causal_and_add_up_to_one() -> None:
    assert attention_size(NAME) == (2, 2)
    heads = [attention(TEXT, AttentionKnobs(model=NAME, layer=2, head=head)) for head in (1, 2)]
    for result in heads:
        count = len(result.tokens)
        assert "".join(result.tokens) == TEXT
        assert result.weights.shape == (count, count)
        np.testing.assert_allclose(result.weights.sum(1), 1, atol=1e-5)
        assert np.triu(result.weights, 1).max() == 0
    default = attention(TEXT, AttentionKnobs(model=NAME))
    assert (default.layer, default.head) == (2, 0)
    np.testing.assert_allclose(default.weights, (heads[0].weights + heads[1].weights) / 2, atol=1e-6)
    assert not np.allclose(attention(TEXT, AttentionKnobs(model=NAME, layer=1)).weights, default.weights)


@pytest.mark.parametrize(("changed", "message"), [({"layer": 3}, "2 layers"), ({"head": 3}, "2 heads")], ids=str)
def test_a_layer_or_head_that_is_missing_is_an_input_error(changed: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        attention(TEXT, AttentionKnobs(model=NAME, **changed))
    with pytest.raises(InputError, match="empty"):
        attention("", AttentionKnobs(model=NAME))


def test_evaluation_adds_up_over_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Right ho,\nJeeves.\r\n\r\n\r\nYes.", encoding="utf-8")
    (tmp_path / "b.txt").write_text(TEXT * 30, encoding="utf-8")
    whole, one, other = (evaluate(path, NAME) for path in (tmp_path, tmp_path / "a.txt", tmp_path / "b.txt"))
    assert one.characters == len("Right ho, Jeeves.\n\nYes.")
    assert whole.characters == one.characters + other.characters
    bits = sum(each.bits_per_character * each.characters for each in (one, other))
    assert whole.bits_per_character == pytest.approx(bits / whole.characters)
    (tmp_path / "c.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        evaluate(tmp_path, NAME)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no text"):
        evaluate(tmp_path / "empty", NAME)
    with pytest.raises(InputError):
        evaluate(tmp_path / "nowhere", NAME)
