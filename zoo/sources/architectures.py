"""Published checkpoints whose networks are among ours: GPT-2, RoBERTa and Marian.

Of a repository come weights and vocabulary, no code. A configuration that departs from what our network computes is
left to transformers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.processors import RobertaProcessing
from torch import Tensor

from zoo.core.loading import TokenizedModel, TokenizerProtocol
from zoo.core.weights import read_tensors
from zoo.nets import build
from zoo.nets.marian import from_marian
from zoo.sources.marian_tokenizer import MarianTokenizer

Config = Mapping[str, Any]


@dataclass(frozen=True)
class Architecture:
    """``transformers_class``: the class that publishes it. ``files``: needed beside configuration and weights.

    ``matches``: whether our network computes what a configuration asks for. ``options``: of our network. ``tensors``:
    from the published state dict to ours.
    """

    transformers_class: str
    files: tuple[str, ...]
    matches: Callable[[Config], bool]
    options: Callable[[Config], dict[str, Any]]
    tensors: Callable[[Mapping[str, Tensor]], dict[str, Tensor]]
    tokenizer: Callable[[Path], TokenizerProtocol]


def _matches_gpt2(config: Config) -> bool:
    return bool(
        config.get("activation_function", "gelu_new") == "gelu_new"
        and config.get("n_inner") in (None, 4 * config["n_embd"])
        and config.get("layer_norm_epsilon", 1e-5) == 1e-5
        and config.get("scale_attn_weights", True)
        and not config.get("scale_attn_by_inverse_layer_idx", False)
        and config.get("tie_word_embeddings", True)
    )


def _gpt2_options(config: Config) -> dict[str, Any]:
    return {
        "kind": "gpt2",
        "vocab_size": config["vocab_size"],
        "n_positions": config["n_positions"],
        "d_model": config["n_embd"],
        "n_layers": config["n_layer"],
        "n_heads": config["n_head"],
    }


def _byte_level_bpe(folder: Path) -> Tokenizer:
    """Byte-level byte-pair encoding (Radford et al. 2019)."""
    tokenizer = Tokenizer(BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
    tokenizer.pre_tokenizer, tokenizer.decoder = ByteLevel(add_prefix_space=False), ByteLevelDecoder()
    return tokenizer


def _matches_roberta(config: Config) -> bool:
    return bool(
        config.get("hidden_act", "gelu") == "gelu"
        and config.get("type_vocab_size", 1) == 1
        and config.get("pad_token_id", 1) == 1
        and config.get("layer_norm_eps", 1e-12) == 1e-5  # transformers' default is 1e-12
    )


def _roberta_options(config: Config) -> dict[str, Any]:
    return {
        "kind": "roberta",
        "num_classes": len(config["id2label"]),
        "vocab_size": config["vocab_size"],
        "n_positions": config["max_position_embeddings"],
        "d_model": config["hidden_size"],
        "n_layers": config["num_hidden_layers"],
        "n_heads": config["num_attention_heads"],
        "d_ff": config["intermediate_size"],
    }


def _roberta_tensors(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Without what a classifier does not use."""
    return {name: tensor for name, tensor in tensors.items() if "position_ids" not in name and "pooler" not in name}


def _roberta_tokenizer(folder: Path) -> Tokenizer:
    """Byte-level BPE, between the tokens of beginning and end."""
    tokenizer = _byte_level_bpe(folder)
    tokenizer.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer


def _matches_marian(config: Config) -> bool:
    last = config["vocab_size"] - 1
    sides = (("encoder_attention_heads", "decoder_attention_heads"), ("encoder_ffn_dim", "decoder_ffn_dim"))
    return bool(
        config.get("activation_function") in ("swish", "silu")
        and bool(config.get("scale_embedding"))
        and not config.get("normalize_before", False)
        and config.get("share_encoder_decoder_embeddings", True)
        and all(config[encoder] == config[decoder] for encoder, decoder in sides)
        and (config.get("pad_token_id"), config.get("decoder_start_token_id"), config.get("eos_token_id"))
        == (last, last, 0)
    )


def _marian_options(config: Config) -> dict[str, Any]:
    return {
        "kind": "translator",
        "marian": True,
        "vocab_size": config["vocab_size"],
        "d_model": config["d_model"],
        "n_encoder_layers": config["encoder_layers"],
        "n_decoder_layers": config["decoder_layers"],
        "n_heads": config["encoder_attention_heads"],
        "d_ff": config["encoder_ffn_dim"],
    }


ARCHITECTURES = {
    "gpt2": Architecture(
        "GPT2LMHeadModel", ("vocab.json", "merges.txt"), _matches_gpt2, _gpt2_options, dict, _byte_level_bpe
    ),
    "roberta": Architecture(
        "RobertaForSequenceClassification",
        ("vocab.json", "merges.txt"),
        _matches_roberta,
        _roberta_options,
        _roberta_tensors,
        _roberta_tokenizer,
    ),
    "marian": Architecture(
        "MarianMTModel",
        ("vocab.json", "source.spm", "target.spm"),
        _matches_marian,
        _marian_options,
        from_marian,
        MarianTokenizer,
    ),
}


def find_architecture(config: Config, files: tuple[str, ...]) -> Architecture | None:
    """The one of ours that a configuration asks for, with what its tokenizer needs among ``files``; or None."""
    for architecture in ARCHITECTURES.values():
        if architecture.transformers_class in config.get("architectures", ()):
            usable = architecture.matches(config) and set(architecture.files) <= set(files)
            return architecture if usable else None
    return None


def load(architecture: Architecture, config: Config, folder: Path, weights: str) -> TokenizedModel:
    """Our network with published weights, and its tokenizer."""
    network = build(architecture.options(config), architecture.tensors(read_tensors(folder / weights)))
    return TokenizedModel(network, architecture.tokenizer(folder))
