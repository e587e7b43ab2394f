"""The hub's models as cards and as networks, from files where a download would leave them; nothing here is online."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.hub import GPT2, MARIAN, ROBERTA, SENTENCES, keep_gpt2, keep_roberta
from zoo.core.cards import find_card
from zoo.core.errors import NotFoundError, UnavailableError
from zoo.core.loading import load
from zoo.core.runtime import Runtime, set_runtime
from zoo.exhibits.sentiment import SentimentKnobs, SingleModelKnobs, probabilities, sentiment, word_contributions
from zoo.sources import hub as source


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    kept = keep_roberta(tmp_path)
    monkeypatch.setattr(source.constants, "HF_HUB_CACHE", str(tmp_path))
    return kept


@pytest.fixture
def runtime(folder: Path) -> Runtime:
    """One of the test's own: the house's may not keep a stand-in."""
    with Runtime(load) as own:
        set_runtime(own)
        yield own
        set_runtime(None)


def reference(folder: Path, texts: list[str]) -> np.ndarray:
    import transformers

    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    network = transformers.RobertaForSequenceClassification(transformers.RobertaConfig.from_pretrained(folder))
    network.load_state_dict(state)
    cutter = transformers.AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        return network.eval()(**cutter(texts, padding=True, return_tensors="pt")).logits.softmax(1).numpy()


@pytest.mark.parametrize("pin", source.PINS, ids=lambda pin: pin.repository)
def test_pinned_models_have_whole_cards(pin: source.Pin) -> None:
    card = find_card(pin.card.name)
    assert card == pin.card
    assert card.source == "hub"
    assert card.name in source.names(card.exhibit)
    assert re.fullmatch("[0-9a-f]{40}", pin.revision)
    assert re.fullmatch("([0-9a-f]{64})?", pin.sha256)
    assert card.licence
    assert card.citation
    assert 3.9 < card.size_bytes / card.parameters < 4.1


def test_what_is_not_pinned_is_not_offered() -> None:
    with pytest.raises(NotFoundError, match="hub/twitter-roberta"):
        find_card("hub/somebody/something")


@pytest.mark.parametrize(
    ("name", "files"),
    [
        (ROBERTA, ["config.json", "vocab.json", "merges.txt", "pytorch_model.bin"]),
        (GPT2, ["config.json", "vocab.json", "merges.txt", "model.safetensors"]),
        (MARIAN, ["config.json", "vocab.json", "source.spm", "target.spm", "pytorch_model.bin"]),
    ],
)
def test_every_file_comes_from_the_pinned_revision(
    name: str, files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(source, "download", lambda *arguments: iter([arguments]))
    asked = list(source.fetch(find_card(name)))
    pin = source.pin_of(name)
    assert [path.name for _, path, _ in asked] == files
    assert all(f"/{pin.repository}/resolve/{pin.revision}/{path.name}" in url for url, path, _ in asked)
    assert [digest for _, _, digest in asked] == [*[""] * (len(files) - 1), pin.sha256]


def test_without_a_network_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(UnavailableError, match=r"huggingface\.co"):
        source.load(find_card(ROBERTA))


def test_loaded_network_answers_as_transformers_own(folder: Path, runtime: Runtime) -> None:
    texts = [*SENTENCES, "late"]
    ours = probabilities(ROBERTA, texts)
    np.testing.assert_allclose(ours, reference(folder, texts), atol=1e-5)
    two = probabilities(ROBERTA, texts, neutral=False)
    np.testing.assert_allclose(two, ours[:, [0, 2]] / ours[:, [0, 2]].sum(1, keepdims=True), atol=1e-5)


def test_a_writer_of_the_hub_writes_what_transformers_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    folder = keep_gpt2(tmp_path)
    monkeypatch.setattr(source.constants, "HF_HUB_CACHE", str(tmp_path))
    model = load(GPT2)
    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    reference = transformers.GPT2LMHeadModel(transformers.GPT2Config.from_pretrained(folder)).eval()
    reference.load_state_dict(state)
    ids = model.tokenizer.encode(SENTENCES[1]).ids
    cutter = transformers.GPT2TokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"))
    assert cutter(SENTENCES[1])["input_ids"] == ids
    assert model.tokenizer.decode(ids) == SENTENCES[1]
    with torch.inference_mode():
        logits, _ = model.network(torch.tensor([ids]))
        torch.testing.assert_close(logits, reference(torch.tensor([ids])).logits, atol=1e-4, rtol=1e-4)


def test_names_and_links_are_masked_as_it_learnt_them(runtime: Runtime) -> None:
    shown, masked = probabilities(ROBERTA, ["@somebody love https://example.com/a?b=c", "@user love http"])
    np.testing.assert_allclose(shown, masked, atol=1e-6)


@pytest.mark.parametrize("text", ["", " ", "🎉", "a" * 5000, "love " * 2000, "\x00\ud800"])
def test_any_text_has_an_answer(runtime: Runtime, text: str) -> None:
    (row,) = probabilities(ROBERTA, [text])
    assert row.sum() == pytest.approx(1, abs=1e-5)


def test_words_count_by_what_is_lost_without_them(folder: Path, runtime: Runtime) -> None:
    words = word_contributions("this zoo @somebody love", SingleModelKnobs(model=ROBERTA)).words
    assert [each.word for each in words] == ["this", "zoo", "@somebody", "love"]
    # The last word's sub-words begin with a space, so that the text without it is the text cut off there.
    whole, cut = (row[2] - row[0] for row in reference(folder, ["this zoo @user love", "this zoo @user"]))
    assert words[-1].contribution == pytest.approx(whole - cut, abs=1e-5)


def test_it_is_asked_beside_the_bundled_one(runtime: Runtime) -> None:
    answers = sentiment(SENTENCES[0], SentimentKnobs(model=["tweet-lstm", ROBERTA])).answers
    assert [answer.model for answer in answers] == ["tweet-lstm", ROBERTA]
    one, other = ({prediction.label for prediction in answer.predictions} for answer in answers)
    assert one == other


def test_loading_draws_no_random_number_of_anybody_else(folder: Path) -> None:
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    load(ROBERTA)
    assert torch.rand(1) == expected
