"""Any model of the hub by its name, from a server in this process: its card, its download, and its answers."""

import json
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from tests.hub import SENTENCES, write_gpt2
from tests.hub_server import HubServer, Repository, hub_server
from tests.tiny_models import write_distilbert, write_llama, write_t5, write_vit, write_wav2vec2
from zoo.core import loading
from zoo.core.cards import find_card
from zoo.core.errors import InputError, NotFoundError, UnavailableError
from zoo.core.loading import NormalizedModel, TokenizedModel, load
from zoo.core.preprocessing import Preprocessing
from zoo.nets.gpt2 import GPT2
from zoo.sources import hub_cards
from zoo.sources.transformers_models import TextTranslator

NAME = "hub/owner/tiny"
REVISION = Repository(Path()).revision


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    hub_cards.find.cache_clear()
    with hub_server(tmp_path / "cache", monkeypatch) as server:
        yield server
    hub_cards.find.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "repository"


def publish(server: HubServer, folder: Path, revision: str = REVISION, **page: Any) -> None:
    server.repositories["owner/tiny"] = Repository(folder, page, revision)


# Cards


def test_card_has_the_facts_of_the_page_and_a_pinned_revision(server: HubServer, folder: Path) -> None:
    network = write_vit(folder)
    facts = {"license": "mit", "datasets": ["imagenet-1k"]}
    publish(server, folder, pipeline_tag="image-classification", cardData=facts)
    card = find_card(NAME)
    assert card.name == f"{NAME}@{REVISION}"
    assert (card.exhibit, card.source, card.licence, card.title) == ("classify", "hub", "mit", "owner/tiny")
    assert card.size_bytes == (folder / "model.safetensors").stat().st_size
    assert card.parameters == pytest.approx(sum(p.numel() for p in network.parameters()), rel=0.2)
    assert [known.label for known in card.classes] == ["cat", "dog", "espresso"]
    assert card.training_data[0].name == "imagenet-1k"
    assert "mit" in card.restriction
    assert not loading.is_cached(card)
    assert not any("model.safetensors" in request for request in server.requests)


def test_a_card_that_was_made_once_opens_without_a_network(server: HubServer, folder: Path) -> None:
    write_vit(folder)
    publish(server, folder, pipeline_tag="image-classification")
    card = find_card(NAME)
    deque(loading.fetch(card), maxlen=0)
    assert loading.is_cached(card)
    requests = len(server.requests)
    hub_cards.find.cache_clear()
    server.repositories.clear()
    assert find_card(card.name) == card
    load(card.name)
    assert len(server.requests) == requests


@pytest.mark.parametrize(
    ("architecture", "exhibit"),
    [
        ("ViTForImageClassification", "classify"),
        ("ASTForAudioClassification", "sound"),
        ("BertForSequenceClassification", "sentiment"),
        ("MarianMTModel", "translate"),
        ("LlamaForCausalLM", "generate"),
    ],
)
def test_without_a_task_on_its_page_the_architecture_tells_it(
    server: HubServer, folder: Path, architecture: str, exhibit: str
) -> None:
    write_vit(folder)
    config = json.loads((folder / "config.json").read_text()) | {"architectures": [architecture]}
    (folder / "config.json").write_text(json.dumps(config))
    if exhibit != "classify":
        (folder / "preprocessor_config.json").unlink()
    publish(server, folder)
    assert find_card(NAME).exhibit == exhibit


def test_unknown_models_are_not_found(server: HubServer, folder: Path) -> None:
    write_vit(folder)
    publish(server, folder, pipeline_tag="image-classification")
    with pytest.raises(NotFoundError, match="no model named 'owner/other'"):
        find_card("hub/owner/other")
    with pytest.raises(NotFoundError, match="no such revision"):
        find_card(f"{NAME}@{'f' * 40}")
    for name in ("hub/owner/tiny/more", "hub/../tiny", "hub/owner/tiny@", "hub/ow ner/tiny"):
        with pytest.raises(NotFoundError):
            find_card(name)


def test_without_a_network_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    with hub_server(tmp_path / "cache", monkeypatch):
        pass  # the server has stopped
    with hub_server(tmp_path / "cache", monkeypatch) as server:
        server.server_close()
        server.shutdown()
        with pytest.raises(UnavailableError, match="check the network"):
            find_card("hub/owner/unreachable")


def test_models_that_cannot_be_used_are_refused(server: HubServer, folder: Path) -> None:
    def refusal(revision: str) -> str:
        publish(server, folder, revision * 40, pipeline_tag="object-detection")
        hub_cards.find.cache_clear()
        with pytest.raises(InputError) as caught:
            find_card(NAME)
        return str(caught.value)

    write_vit(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["DetrForObjectDetection"]}))
    assert "object-detection" in refusal("a")
    (folder / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModel": "modeling.Own"}}))
    assert "code from its repository" in refusal("b")
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "safetensors" in refusal("c")


def test_a_model_larger_than_memory_is_not_downloaded(
    server: HubServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_vit(folder)
    publish(server, folder, pipeline_tag="image-classification")
    monkeypatch.setattr("zoo.sources.hub.memory_limit_bytes", lambda: 1000)
    with pytest.raises(InputError, match="memory: choose a smaller model"):
        deque(loading.fetch(find_card(NAME)), maxlen=0)


def test_python_files_of_a_repository_are_never_fetched(server: HubServer, folder: Path, tmp_path: Path) -> None:
    write_vit(folder)
    (folder / "modeling.py").write_text("raise SystemExit")
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    publish(server, folder, pipeline_tag="image-classification")
    load(NAME)
    assert not list((tmp_path / "cache").rglob("*.py"))
    assert not list((tmp_path / "cache").rglob("*.bin"))


# Networks


PROCESSORS: list[dict[str, Any]] = [
    {},
    {"size": {"height": 40, "width": 40}, "do_center_crop": True, "crop_size": {"height": 32, "width": 32}},
    {
        "image_processor_type": "CLIPImageProcessor",
        "size": {"shortest_edge": 40},
        "do_center_crop": True,
        "crop_size": {"height": 32, "width": 32},
        "resample": 3,
    },
    {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 32}, "crop_pct": 0.8},
    {"do_normalize": False},
]


@pytest.mark.parametrize("processor", PROCESSORS, ids=str)
def test_picture_classifier_has_the_logits_of_transformers(
    server: HubServer, folder: Path, processor: dict[str, Any]
) -> None:
    import transformers

    reference = write_vit(folder, **processor)
    publish(server, folder, pipeline_tag="image-classification")
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)).resize((160, 120))
    card, network = find_card(NAME), load(NAME)
    assert isinstance(network, NormalizedModel)
    pixels = Preprocessing.from_config(card.config["preprocessing"]).pixels(image)
    prepare = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")
    expected = prepare(image, return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        ours = network(torch.from_numpy(pixels)[None])
        theirs = reference(pixel_values=expected).logits
    # Pillow's fixed-point weights, where we crop before resizing, leave two levels of 255.
    torch.testing.assert_close(ours, theirs, atol=0.05, rtol=0.05)
    assert ours.shape == (1, 3)


def test_gradients_reach_the_pixels(server: HubServer, folder: Path) -> None:
    write_vit(folder)
    publish(server, folder, pipeline_tag="image-classification")
    pixels = torch.rand(1, 3, 32, 32, requires_grad=True)
    (gradient,) = torch.autograd.grad(load(NAME).requires_grad_(False)(pixels)[0, 0], pixels)
    assert gradient.abs().sum() > 0


@pytest.mark.parametrize("rate", [16_000, 8_000])
def test_sound_classifier_has_the_logits_of_transformers(server: HubServer, folder: Path, rate: int) -> None:
    import transformers

    reference = write_wav2vec2(folder, rate)
    publish(server, folder, pipeline_tag="audio-classification")
    time = np.arange(32_000) / 16_000
    samples = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    extractor = transformers.AutoFeatureExtractor.from_pretrained(folder)
    resampled = samples[:: 16_000 // rate]
    with torch.inference_mode():
        ours = load(NAME)(torch.from_numpy(samples)[None].repeat(2, 1))
        theirs = reference(**extractor(resampled, sampling_rate=rate, return_tensors="pt")).logits
    torch.testing.assert_close(ours, theirs.expand(2, -1), atol=1e-4 if rate == 16_000 else 0.05, rtol=0.05)
    assert [known.label for known in find_card(NAME).classes] == ["rain", "siren"]


def test_a_mask_is_refused_by_a_sound_classifier_with_features_of_its_own(server: HubServer, folder: Path) -> None:
    write_wav2vec2(folder)
    publish(server, folder, pipeline_tag="audio-classification")
    with pytest.raises(InputError, match="bundled models only"):
        load(NAME)(torch.zeros(1, 16_000), mask=object())


def test_text_classifier_has_the_logits_of_transformers(server: HubServer, folder: Path) -> None:
    import transformers

    reference = write_distilbert(folder)
    publish(server, folder, pipeline_tag="text-classification")
    model = load(NAME)
    assert isinstance(model, TokenizedModel)
    batch = transformers.AutoTokenizer.from_pretrained(folder)(SENTENCES, padding=True, return_tensors="pt")
    assert [encoding.ids for encoding in model.tokenizer.encode_batch(SENTENCES[:1])] == [
        [id for id in batch.input_ids[0].tolist() if id != 0]
    ]
    with torch.inference_mode():
        torch.testing.assert_close(
            model(batch.input_ids),
            reference(input_ids=batch.input_ids, attention_mask=batch.attention_mask).logits,
            atol=1e-5,
            rtol=1e-4,
        )


def test_language_model_has_the_logits_of_transformers_with_its_cache_as_without(
    server: HubServer, folder: Path
) -> None:
    reference = write_llama(folder)
    publish(server, folder, pipeline_tag="text-generation")
    model = load(NAME)
    assert isinstance(model, TokenizedModel)
    assert (model.eos_token_id, model.network.n_positions, model.network.n_layers) == (3, 128, 2)
    ids = torch.tensor([[2, 5, 9, 4, 7], [2, 8, 8, 6, 10]])
    with torch.inference_mode():
        expected = reference(input_ids=ids).logits
        logits, cache = model.network(ids[:, :3])
        torch.testing.assert_close(logits, expected[:, :3], atol=1e-5, rtol=1e-4)
        swapped = [layer.select(torch.tensor([1, 0])) for layer in cache]
        last, _ = model.network(ids[:, 3:], cache, last_only=True)
        torch.testing.assert_close(last, expected[:, -1:], atol=1e-5, rtol=1e-4)
        other, _ = model.network(ids.flip(0)[:, 3:], swapped)
        torch.testing.assert_close(other, expected.flip(0)[:, 3:], atol=1e-5, rtol=1e-4)
        weights: list[torch.Tensor] = []
        model.network(ids, attention_weights=weights)
    assert [tuple(layer.shape) for layer in weights] == [(2, 4, 5, 5)] * 2
    torch.testing.assert_close(weights[0].sum(3), torch.ones(2, 4, 5))


def test_translator_translates_as_transformers_with_its_instruction(server: HubServer, folder: Path) -> None:
    import transformers

    reference = write_t5(folder)
    publish(server, folder, pipeline_tag="translation")
    model = load(NAME)
    assert isinstance(model, TextTranslator)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    for num_beams in (1, 3):
        batch = tokenizer(["little zoo I love"], return_tensors="pt")
        ids = reference.generate(**batch, num_beams=num_beams, do_sample=False, max_new_tokens=8)
        expected = tokenizer.batch_decode(ids, skip_special_tokens=True)
        assert model.translate(["I love"], "en-fr", num_beams, 8) == expected


def test_a_gpt2_by_its_name_gets_our_network(server: HubServer, tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path / "elsewhere")
    publish(server, folder, pipeline_tag="text-generation")
    model = load(NAME)
    assert isinstance(model, TokenizedModel)
    assert isinstance(model.network, GPT2)
    stored = load_file(folder / "model.safetensors")["transformer.wte.weight"]
    assert torch.equal(model.network.wte.weight, stored)


def test_loading_draws_no_random_number_from_the_global_generator(server: HubServer, folder: Path) -> None:
    write_vit(folder)
    publish(server, folder, pipeline_tag="image-classification")
    before = torch.get_rng_state()
    load(NAME)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_architecture_that_transformers_does_not_have_is_a_sentence(server: HubServer, folder: Path) -> None:
    write_vit(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "unheard-of"}))
    publish(server, folder, pipeline_tag="image-classification")
    with pytest.raises(InputError, match=re.escape("transformers cannot load this model")):
        load(NAME)
