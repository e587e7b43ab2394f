"""Models that transformers loads, behind the interfaces that the bundled models have.

Weights are read from safetensors only, and no code of a repository is run. Importing this module imports transformers.
"""

import copy
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Any, Self

import torch
import transformers
from torch import Tensor, nn

from zoo.core.errors import InputError
from zoo.core.loading import TokenizedModel
from zoo.core.rng_state import SeparateGenerator
from zoo.core.sounds import from_samples
from zoo.core.sources import Task
from zoo.nets.causal_lm import LayerCache

RATE = 16_000  # samples a second of the sounds that this project decodes
CODES = {  # a language in the vocabularies of M2M-100, mBART and NLLB
    "en": ("__en__", "en_XX", "eng_Latn"),
    "fr": ("__fr__", "fr_XX", "fra_Latn"),
    "es": ("__es__", "es_XX", "spa_Latn"),
    "de": ("__de__", "de_DE", "deu_Latn"),
}


class ImageClassifier(nn.Module):
    """Normalized pixels (B, 3, H, W) -> logits (B, num_classes)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        logits: Tensor = self.network(pixel_values=pixels).logits
        return logits


class AudioClassifier(nn.Module):
    """(B, N) samples at 16 kHz -> logits (B, num_classes), after the model's own feature extractor."""

    def __init__(self, network: nn.Module, feature_extractor: Any) -> None:
        super().__init__()
        self.network, self.feature_extractor = network, feature_extractor

    def forward(self, samples: Tensor, mask: object = None) -> Tensor:
        """Raises InputError for a mask, which applies to the bundled models' spectrograms alone."""
        if mask is not None:
            raise InputError("A SpecAugment mask applies to the bundled models only: remove it, or choose one of them.")
        rate = int(self.feature_extractor.sampling_rate)
        rows = [from_samples(row, RATE, rate).samples for row in samples.detach().cpu().numpy()]
        features = self.feature_extractor(rows, sampling_rate=rate, return_tensors="pt")
        inputs = {name: tensor.to(samples.device) for name, tensor in features.items()}
        if samples.requires_grad and torch.is_grad_enabled():  # for explanations: the extractor has no gradient
            inputs = {name: x.requires_grad_() if x.is_floating_point() else x for name, x in inputs.items()}
        logits: Tensor = self.network(**inputs).logits
        return logits


class TextClassifier(nn.Module):
    """(B, T) token ids, padded with ``pad_id`` -> logits (B, num_classes)."""

    def __init__(self, network: nn.Module, pad_id: int) -> None:
        super().__init__()
        self.network, self.pad_id = network, pad_id

    def forward(self, input_ids: Tensor) -> Tensor:
        # A padding token that is a token of the text as well (of GPT-like models) is not masked at the beginning.
        mask = (input_ids != self.pad_id).long().flip(1).cummax(1).values.flip(1)
        logits: Tensor = self.network(input_ids=input_ids, attention_mask=mask).logits
        return logits


class TransformersCache:
    """The key-value cache of all layers."""

    def __init__(self, cache: transformers.DynamicCache) -> None:
        self.cache = cache

    def select(self, rows: Tensor) -> Self:
        """A copy with these rows of the batch; a row may be taken more than once."""
        selected = copy.copy(self.cache)
        selected.layers = [copy.copy(layer) for layer in self.cache.layers]
        selected.reorder_cache(rows)  # type: ignore[arg-type]  # a LongTensor, by its annotation
        return type(self)(selected)


class CausalLM(nn.Module):
    """A causal language model with its key-value cache; see ``zoo.nets.causal_lm``."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        # transformers renames it from 5.24 on, one model at a time.
        self.cache_argument = "cache" if "cache" in signature(network.forward).parameters else "past_key_values"
        config = network.config.get_text_config()
        self.n_positions = int(getattr(config, "max_position_embeddings", None) or 2048)
        self.n_layers, self.n_heads = int(config.num_hidden_layers), int(config.num_attention_heads)

    def forward(
        self,
        input_ids: Tensor,
        cache: Sequence[TransformersCache] | None = None,
        *,
        attention_weights: list[Tensor] | None = None,
        last_only: bool = False,
    ) -> tuple[Tensor, Sequence[LayerCache]]:
        """(B, T) ids after those in ``cache`` -> logits (B, T or 1, vocab_size), and the cache as a single entry."""
        past = cache[0].cache if cache else transformers.DynamicCache(config=self.network.config)
        options: dict[str, Any] = {self.cache_argument: past, "use_cache": True}
        if last_only:
            options["logits_to_keep"] = 1
        if attention_weights is None:
            output = self.network(input_ids=input_ids, **options)
        else:
            output = self._with_attention(input_ids, options)
            attention_weights += output.attentions
        return output.logits, [TransformersCache(past)]

    def _with_attention(self, input_ids: Tensor, options: dict[str, Any]) -> Any:
        """Fused attention gives no weights: the plain implementation computes this one call."""
        usual = self.network.config._attn_implementation
        self.network.set_attn_implementation("eager")
        try:
            return self.network(input_ids=input_ids, output_attentions=True, **options)
        finally:
            self.network.set_attn_implementation(usual)


class TextTranslator(TokenizedModel):
    """A sequence-to-sequence model that translates by transformers' own search."""

    def translate(self, texts: Sequence[str], direction: str, num_beams: int, max_new_tokens: int) -> list[str]:
        """The translations of sentences in a direction such as en-fr. For the worker alone.

        Raises InputError for a direction that a multilingual model does not have. A bilingual model has only one.
        """
        source, target = direction.split("-")
        options: dict[str, Any] = {}
        prefix = self._prefix(source, target)
        if hasattr(self.tokenizer, "src_lang"):
            self.tokenizer.src_lang, options["forced_bos_token_id"] = self._languages(source, target)
        batch = self.tokenizer([prefix + text for text in texts], return_tensors="pt", padding=True, truncation=True)
        device = next(self.network.parameters()).device
        with torch.inference_mode():
            output_ids = self.network.generate(  # type: ignore[operator]
                **{name: tensor.to(device) for name, tensor in batch.items()},
                num_beams=num_beams,
                do_sample=False,
                max_new_tokens=max_new_tokens,
                **options,
            )
        decoded: list[str] = self.tokenizer.batch_decode(output_ids, skip_special_tokens=True)
        return decoded

    def _prefix(self, source: str, target: str) -> str:
        """T5's instruction, where the configuration states one for the direction."""
        tasks = getattr(self.network.config, "task_specific_params", None) or {}
        return str(tasks.get(f"translation_{source}_to_{target}", {}).get("prefix", ""))

    def _languages(self, source: str, target: str) -> tuple[str, int]:
        """The name of the source language and the id of the target language in the model's vocabulary."""
        unknown = self.tokenizer.unk_token_id
        for source_code, target_code in zip(CODES.get(source, ()), CODES.get(target, ()), strict=True):
            ids = self.tokenizer.convert_tokens_to_ids([source_code, target_code])
            if unknown not in ids and None not in ids:
                return source_code.strip("_"), int(ids[1])
        raise InputError(f"This model does not translate {source} to {target}: choose another direction.")


def load(task: Task, folder: Path) -> nn.Module:
    """The network of a snapshot's folder, in float32. Raises InputError where transformers cannot load it."""
    try:
        with SeparateGenerator():
            return _LOADERS[task](folder)
    except (OSError, ValueError, ImportError, KeyError, AttributeError, RuntimeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(f"transformers cannot load this model ({reason[:200]}): choose another.") from error


def _network(kind: Any, folder: Path) -> Any:
    return kind.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
    ).eval()


def _tokenizer(folder: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


def _load_image_classifier(folder: Path) -> nn.Module:
    return ImageClassifier(_network(transformers.AutoModelForImageClassification, folder))


def _load_audio_classifier(folder: Path) -> nn.Module:
    extractor = transformers.AutoFeatureExtractor.from_pretrained(  # type: ignore[no-untyped-call]
        folder, local_files_only=True, trust_remote_code=False
    )
    return AudioClassifier(_network(transformers.AutoModelForAudioClassification, folder), extractor)


def _load_text_classifier(folder: Path) -> nn.Module:
    tokenizer = _tokenizer(folder)
    network = _network(transformers.AutoModelForSequenceClassification, folder)
    pad_id = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id or 0
    network.config.get_text_config().pad_token_id = pad_id  # where the last token of a padded row is looked up
    return TokenizedModel(TextClassifier(network, int(pad_id)), _fast(tokenizer))


def _load_causal_lm(folder: Path) -> nn.Module:
    tokenizer = _tokenizer(folder)
    model = TokenizedModel(CausalLM(_network(transformers.AutoModelForCausalLM, folder)), _fast(tokenizer))
    model.eos_token_id = tokenizer.eos_token_id
    return model


def _load_translator(folder: Path) -> nn.Module:
    return TextTranslator(_network(transformers.AutoModelForSeq2SeqLM, folder), _tokenizer(folder))


def _fast(tokenizer: Any) -> Any:
    """The tokenizer of the ``tokenizers`` library inside of it."""
    if not tokenizer.is_fast:
        raise ValueError("its tokenizer has no fast form")
    return tokenizer.backend_tokenizer


_LOADERS = {
    "image-classification": _load_image_classifier,
    "audio-classification": _load_audio_classifier,
    "text-classification": _load_text_classifier,
    "text-generation": _load_causal_lm,
    "translation": _load_translator,
}
