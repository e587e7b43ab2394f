"""Models of the hub that transformers loads have its logits behind our interfaces."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from tests.hub import SENTENCES, write_gpt2
from tests.hub_server import HubServer, publish
from tests.tiny_models import write_distilbert, write_llama, write_t5, write_vit, write_wav2vec2
from zoo.core.cards import find_card
from zoo.core.errors import InputError
from zoo.core.loading import NormalizedModel, TokenizedModel, load
from zoo.core.preprocessing import Preprocessing
from zoo.nets.gpt2 import GPT2
from zoo.sources.transformers_models import TextTranslator

NAME = "hub/owner/tiny"


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
    hub: HubServer, repository: Path, processor: dict[str, Any]
) -> None:
    import transformers

    reference = write_vit(repository, **processor)
    publish(hub, repository, pipeline_tag="image-classification")
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)).resize((160, 120))
    card, network = find_card(NAME), load(NAME)
    assert isinstance(network, NormalizedModel)
    pixels = Preprocessing.from_config(card.config["preprocessing"]).pixels(image)
    prepare = transformers.AutoImageProcessor.from_pretrained(repository, backend="pil")
    expected = prepare(image, return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        ours = network(torch.from_numpy(pixels)[None])
        theirs = reference(pixel_values=expected).logits
    # Pillow's fixed-point weights, where we crop before resizing, leave two levels of 255.
    torch.testing.assert_close(ours, theirs, atol=0.05, rtol=0.05)
    assert ours.shape == (1, 3)


def test_gradients_reach_the_pixels(hub: HubServer, repository: Path) -> None:
    write_vit(repository)
    publish(hub, repository, pipeline_tag="image-classification")
    pixels = torch.rand(1, 3, 32, 32, requires_grad=True)
    (gradient,) = torch.autograd.grad(load(NAME).requires_grad_(False)(pixels)[0, 0], pixels)
    assert gradient.abs().sum() > 0


@pytest.mark.parametrize("rate", [16_000, 8_000])
def test_sound_classifier_has_the_logits_of_transformers(hub: HubServer, repository: Path, rate: int) -> None:
    import transformers

    reference = write_wav2vec2(repository, rate)
    publish(hub, repository, pipeline_tag="audio-classification")
    time = np.arange(32_000) / 16_000
    samples = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    extractor = transformers.AutoFeatureExtractor.from_pretrained(repository)
    resampled = samples[:: 16_000 // rate]
    with torch.inference_mode():
        ours = load(NAME)(torch.from_numpy(samples)[None].repeat(2, 1))
        theirs = reference(**extractor(resampled, sampling_rate=rate, return_tensors="pt")).logits
    torch.testing.assert_close(ours, theirs.expand(2, -1), atol=1e-4 if rate == 16_000 else 0.05, rtol=0.05)
    assert [known.label for known in find_card(NAME).classes] == ["rain", "siren"]


def test_a_mask_is_refused_by_a_sound_classifier_with_features_of_its_own(hub: HubServer, repository: Path) -> None:
    write_wav2vec2(repository)
    publish(hub, repository, pipeline_tag="audio-classification")
    with pytest.raises(InputError, match="bundled models only"):
        load(NAME)(torch.zeros(1, 16_000), mask=object())


def test_text_classifier_has_the_logits_of_transformers(hub: HubServer, repository: Path) -> None:
    import transformers

    reference = write_distilbert(repository)
    publish(hub, repository, pipeline_tag="text-classification")
    model = load(NAME)
    assert isinstance(model, TokenizedModel)
    batch = transformers.AutoTokenizer.from_pretrained(repository)(SENTENCES, padding=True, return_tensors="pt")
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
    hub: HubServer, repository: Path
) -> None:
    reference = write_llama(repository)
    publish(hub, repository, pipeline_tag="text-generation")
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


def test_translator_translates_as_transformers_with_its_instruction(hub: HubServer, repository: Path) -> None:
    import transformers

    reference = write_t5(repository)
    publish(hub, repository, pipeline_tag="translation")
    model = load(NAME)
    assert isinstance(model, TextTranslator)
    tokenizer = transformers.AutoTokenizer.from_pretrained(repository)
    for num_beams in (1, 3):
        batch = tokenizer(["little zoo I love"], return_tensors="pt")
        ids = reference.generate(**batch, num_beams=num_beams, do_sample=False, max_new_tokens=8)
        expected = tokenizer.batch_decode(ids, skip_special_tokens=True)
        assert model.translate(["I love"], "en-fr", num_beams, 8) == expected


def test_a_gpt2_by_its_name_gets_our_network(hub: HubServer, tmp_path: Path) -> None:
    repository = write_gpt2(tmp_path / "elsewhere")
    publish(hub, repository, pipeline_tag="text-generation")
    model = load(NAME)
    assert isinstance(model, TokenizedModel)
    assert isinstance(model.network, GPT2)
    stored = load_file(repository / "model.safetensors")["transformer.wte.weight"]
    assert torch.equal(model.network.wte.weight, stored)


def test_loading_draws_no_random_number_from_the_global_generator(hub: HubServer, repository: Path) -> None:
    write_vit(repository)
    publish(hub, repository, pipeline_tag="image-classification")
    before = torch.get_rng_state()
    load(NAME)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_architecture_that_transformers_does_not_have_is_a_sentence(hub: HubServer, repository: Path) -> None:
    write_vit(repository)
    config = json.loads((repository / "config.json").read_text())
    (repository / "config.json").write_text(json.dumps(config | {"model_type": "unheard-of"}))
    publish(hub, repository, pipeline_tag="image-classification")
    with pytest.raises(InputError, match=re.escape("transformers cannot load this model")):
        load(NAME)
