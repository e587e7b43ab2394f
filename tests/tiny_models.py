"""Tiny models of random weights, written by transformers as a repository of the hub holds them."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

WORDS = [
    *("I", "love", "this", "little", "zoo", "three", "hours", "late", "and", "nobody", "tells", "us"),
    *("anything", "never", "again", "j'aime", "ce", "petit"),
]
SPECIAL_TOKENS = ["<pad>", "<unk>", "<s>", "</s>"]


def write_vit(folder: Path, labels: tuple[str, ...] = ("cat", "dog", "espresso"), **processor: Any) -> Any:
    """A vision transformer for pictures of 32 x 32 pixels."""
    import transformers

    config = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, image_size=32, patch_size=8
    )
    _label(config, labels)
    settings = {
        "image_processor_type": "ViTImageProcessor",
        "do_resize": True,
        "do_rescale": True,
        "do_normalize": True,
        "image_mean": [0.5, 0.4, 0.3],
        "image_std": [0.5, 0.6, 0.7],
        "resample": 2,
        "rescale_factor": 1 / 255,
        "size": {"height": 32, "width": 32},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "preprocessor_config.json").write_text(json.dumps(settings | processor))
    return _save(transformers.ViTForImageClassification, config, folder)


def write_wav2vec2(folder: Path, rate: int = 16_000) -> Any:
    """A classifier of sounds by their samples."""
    import transformers

    config = transformers.Wav2Vec2Config(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(8, 8),
        conv_stride=(40, 8),
        conv_kernel=(50, 8),
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
        classifier_proj_size=8,
    )
    _label(config, ("rain", "siren"))
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=rate, do_normalize=True).save_pretrained(folder)
    return _save(transformers.Wav2Vec2ForSequenceClassification, config, folder)


def write_distilbert(folder: Path, labels: tuple[str, ...] = ("NEGATIVE", "POSITIVE")) -> Any:
    """A classifier of texts."""
    import transformers

    size = _tokenizer(folder).vocab_size
    config = transformers.DistilBertConfig(
        vocab_size=size, dim=16, n_layers=2, n_heads=2, hidden_dim=32, pad_token_id=0
    )
    _label(config, labels)
    return _save(transformers.DistilBertForSequenceClassification, config, folder)


def write_llama(folder: Path) -> Any:
    """A causal language model."""
    import transformers

    size = _tokenizer(folder).vocab_size
    config = transformers.LlamaConfig(
        vocab_size=size,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=3,
    )
    return _save(transformers.LlamaForCausalLM, config, folder)


def write_t5(folder: Path) -> Any:
    """A sequence-to-sequence model with an instruction for English to French."""
    import transformers

    size = _tokenizer(folder).vocab_size
    config = transformers.T5Config(
        vocab_size=size,
        d_model=16,
        d_kv=8,
        d_ff=32,
        num_layers=2,
        num_heads=2,
        pad_token_id=0,
        eos_token_id=3,
        decoder_start_token_id=0,
    )
    config.task_specific_params = {"translation_en_to_fr": {"prefix": "little zoo "}}
    return _save(transformers.T5ForConditionalGeneration, config, folder)


def _tokenizer(folder: Path) -> Any:
    import transformers

    vocabulary = {word: id for id, word in enumerate([*SPECIAL_TOKENS, *WORDS])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 3)])
    names = {"pad_token": "<pad>", "unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)
    fast.save_pretrained(folder)
    return fast


def _label(config: Any, labels: tuple[str, ...]) -> None:
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: index for index, label in enumerate(labels)}


def _save(kind: Any, config: Any, folder: Path) -> Any:
    """The network with random weights, saved as safetensors."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = kind(config).eval()
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.2)
    network.save_pretrained(folder)
    return network
