"""Generate: texts that stream, draw by their odds and come again by their seed, with a stand-in of random weights."""

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
from training.generate.vocabulary import build
from zoo.core import cards
from zoo.core.errors import CancelledJob, InputError, TooLargeError
from zoo.core.jobs import run_to_completion
from zoo.core.loading import load
from zoo.core.runtime import Runtime, get_runtime, set_runtime
from zoo.exhibits.generate.decoding import MAX_CHARACTERS, Generated, generate, texts
from zoo.exhibits.generate.evaluation import evaluate
from zoo.exhibits.generate.inspection import attention, surprise, windows
from zoo.exhibits.generate.knobs import GenerateKnobs

TEXT = "Right ho, Jeeves, said I. And that, as they say, was that. Café? Rather! "
NAME = "stand-in"
SIZES = {"vocabulary": 320, "places": 512, "width": 16, "depth": 2, "heads": 2}


@pytest.fixture(scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model's folder: a network of random weights, sure enough of itself."""
    import transformers

    bundled = tmp_path_factory.mktemp("models")
    folder = bundled / NAME
    shutil.copytree(cards.MODELS / "tweet-lstm", folder)
    build([TEXT * 20], 320).save(str(folder / "tokenizer.json"))
    config = {"exhibit": "generate", "title": "Stand-in", "architecture": {"kind": "gpt2", **SIZES}}
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
def house(_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A house of its own, in which the stand-in lives."""
    monkeypatch.setattr(cards, "MODELS", _folder)
    cards.bundled_cards.cache_clear()
    with Runtime(load) as own:
        set_runtime(own)
        yield
        set_runtime(None)
    cards.bundled_cards.cache_clear()


def knobs(**changed: object) -> GenerateKnobs:
    return GenerateKnobs(model=NAME, **{"length": 20, **changed})  # type: ignore[arg-type]


def said_by_transformers(length: int, **options: object) -> list[list[int]]:
    """What transformers' own classes go on with after ``TEXT``, by the same weights."""
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


def ours(found: Generated) -> list[list[int]]:
    return [[piece.id for piece in sample.pieces] for sample in found.samples]


@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_greedy_is_transformers_own(penalty: float) -> None:
    found = run_to_completion(generate(TEXT, knobs(method="greedy", repetition_penalty=penalty)))
    assert ours(found) == said_by_transformers(20, repetition_penalty=penalty)


@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_beams_are_transformers_own(penalty: float) -> None:
    expected = said_by_transformers(
        12, repetition_penalty=penalty, num_beams=4, num_return_sequences=2, early_stopping=True
    )
    chosen = knobs(method="beam", length=12, samples=2, repetition_penalty=penalty)
    assert ours(run_to_completion(generate(TEXT, chosen))) == expected


def test_the_same_seed_writes_the_same_and_samples_differ() -> None:
    one, other = (run_to_completion(generate(TEXT, knobs(samples=3, seed=4))) for _ in range(2))
    assert one == other
    assert len({sample.text for sample in one.samples}) == 3
    assert run_to_completion(generate(TEXT, knobs(seed=5))).samples[0].text == one.samples[1].text
    assert texts(one)[0] == TEXT + one.samples[0].text


def test_stream_only_grows_into_the_whole() -> None:
    records, result = walked(generate(TEXT, knobs(temperature=1.8, top_p=1.0, length=60)))
    seen = [record.preview.samples[0] for record in records]  # type: ignore[union-attr]
    for before, after in pairwise(seen):
        assert after.text.startswith(before.text)
    assert seen[-1] == result.samples[0]
    assert "".join(piece.text for piece in result.samples[0].pieces) == result.samples[0].text
    assert [record.step for record in records] == list(range(1, len(records) + 1))


def test_sub_words_are_drawn_by_their_odds() -> None:
    """Chi-square over the first sub-word of many samples; 1 in 1,000 seeds would fail, and this one does not."""
    count, drawn = 600, Counter[int]()
    odds: dict[int, float] = {}
    for seed in range(0, count, 4):
        found = run_to_completion(generate(TEXT, knobs(length=1, samples=4, seed=seed, temperature=0.7, top_k=6)))
        for sample in found.samples:
            piece = sample.pieces[0]
            drawn[piece.id] += 1
            odds = {each.id: each.after for each in piece.candidates if each.after > 0}
    assert sum(odds.values()) == pytest.approx(1, abs=1e-4)
    statistic = sum((drawn[id] - count * p) ** 2 / (count * p) for id, p in odds.items())
    assert statistic < 24  # six places, five degrees of freedom: 20.5 at one in a thousand


def test_candidates_tell_before_and_after() -> None:
    (sample,) = run_to_completion(generate(TEXT, knobs(top_k=3, temperature=0.5))).samples
    for piece in sample.pieces:
        assert len(piece.candidates) == 10
        assert [each.before for each in piece.candidates] == sorted((e.before for e in piece.candidates), reverse=True)
        assert sum(each.after > 0 for each in piece.candidates) <= 3
        assert 0 <= piece.probability <= 1
        assert 0 <= piece.entropy <= np.log2(320) + 1e-3


@pytest.mark.parametrize("changed", [{"method": "greedy"}, {"temperature": 0.0}, {"top_p": 0.0}, {"top_k": 1}], ids=str)
def test_settings_without_effect_are_told(changed: dict[str, object]) -> None:
    chosen = knobs(**changed, samples=2)
    one, other = run_to_completion(generate(TEXT, chosen)).samples
    assert one == other
    assert "seed" in chosen.remarks()[0]
    assert knobs().remarks() == []


@pytest.mark.parametrize("prompt", ["", " ", "🎉🎉", "\x00\x07", "<script>alert(1)</script>", "\ud800", "a" * 9000])
def test_any_prompt_is_gone_on_with(prompt: str) -> None:
    found = run_to_completion(generate(prompt, knobs(length=5)))
    assert found.samples[0].pieces or found.samples[0].ended
    assert (found.left_out > 0) == (len(prompt) > 5000)


def test_a_long_prompt_is_kept_from_its_end() -> None:
    kept = "b" * 200 + TEXT * 3
    one = run_to_completion(generate("a" * 6000 + kept, knobs(length=400)))
    assert 0 < one.left_out < 6000 + len(kept)
    with pytest.raises(TooLargeError, match="20,000"):
        next(generate("a" * (MAX_CHARACTERS + 1), knobs()))
    with pytest.raises(InputError, match="not of generate"):
        next(generate("a", GenerateKnobs(model="torchvision/resnet50")))


def test_stopping_keeps_the_text_and_frees_the_worker() -> None:
    job = get_runtime().submit(lambda: generate(TEXT, knobs(length=400, temperature=2.0, top_p=1.0)))
    next(job.updates())
    job.cancel()
    with pytest.raises(CancelledJob):
        job.result(timeout=20)
    assert job.latest is not None
    assert job.latest.preview.samples[0].pieces  # type: ignore[union-attr]
    assert run_to_completion(generate(TEXT, knobs(length=1)))


def test_four_visitors_get_their_words_in_turns() -> None:
    jobs = [get_runtime().submit(lambda seed=seed: generate(TEXT, knobs(length=40, seed=seed))) for seed in range(4)]
    until(lambda: any(job.ended for job in jobs))
    assert all(job.latest is not None and job.latest.step >= 30 for job in jobs)
    alone = [run_to_completion(generate(TEXT, knobs(length=40, seed=seed))) for seed in range(4)]
    assert [job.result(60) for job in jobs] == alone


# Inside


def test_bits_are_those_of_the_whole_text_at_once() -> None:
    found = surprise(TEXT * 2, NAME)
    assert "".join(found.pieces) == TEXT * 2

    def reference(model: torch.nn.Module) -> list[float]:
        ids = [0, *model.tokenizer.encode(TEXT * 2).ids]  # type: ignore[union-attr,operator]
        with torch.inference_mode():
            logits, _ = model.network(torch.tensor([ids[:-1]]))  # type: ignore[operator]
        logs = logits[0].log_softmax(1).gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
        return (-logs / np.log(2)).tolist()

    expected = get_runtime().run(reference, NAME)
    assert len(expected) < 256  # so that one window holds it
    assert found.bits == pytest.approx(expected, abs=1e-3)
    assert found.perplexity == pytest.approx(2 ** np.mean(expected), rel=1e-3)


def test_windows_measure_each_once_with_half_a_context_before() -> None:
    ids = list(range(1000))
    found = list(windows(ids, 64))
    assert [id for window in found for id in window.ids] == ids
    assert all(len(window.known) == 31 for window in found[1:])
    assert all(window.known[-1] + 1 == window.ids[0] for window in found[1:])


def test_looks_are_shares_of_what_stands_before() -> None:
    pieces, looks = attention(TEXT, NAME)
    count = len(pieces)
    assert "".join(pieces) == TEXT
    assert looks.shape == (2, 2, count, count)
    np.testing.assert_allclose(looks.sum(3), 1, atol=1e-5)
    assert np.triu(looks, 1).max() == 0


def test_evaluation_adds_books_up(tmp_path: Path) -> None:
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
