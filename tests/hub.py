"""Small models of random weights in the file formats of the hub's, in the place of downloads."""

import json
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import constants
from safetensors.torch import save_file
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from tokenizers import ByteLevelBPETokenizer

from zoo.core.cards import find_card
from zoo.sources import hub

ROBERTA = "hub/twitter-roberta"
GPT2 = "hub/gpt2"
MARIAN = "hub/opus-mt-en-fr"
SENTENCES = ["I love this little zoo @user http", "three hours late and nobody tells us anything, never again!"]


def write_roberta(cache: Path) -> Path:
    """A RoBERTa of two narrow layers under ``cache``, in the place of the pinned one."""
    import transformers

    folder = snapshot_under(cache, ROBERTA)
    tokenizer = train_tokenizer(folder, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    config = transformers.RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=514,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        num_labels=3,
        architectures=["RobertaForSequenceClassification"],
    )
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    write_weights(folder, transformers.RobertaForSequenceClassification, config)
    return folder


def write_marian(cache: Path, name: str = MARIAN) -> Path:
    """As ``write_roberta``: a translator of two narrow layers in encoder and decoder."""
    import transformers

    folder = snapshot_under(cache, name)
    sides = {"source": SENTENCES, "target": ["j'aime ce petit zoo", "trois heures de retard, plus jamais !"]}
    tokens: dict[str, None] = {}
    for side, texts in sides.items():
        path = str(folder / side)
        options = {"vocab_size": 40, "hard_vocab_limit": False, "minloglevel": 2}
        SentencePieceTrainer.train(sentence_iterator=iter(texts), model_prefix=path, **options)
        (folder / f"{side}.model").rename(folder / f"{side}.spm")
        processor = SentencePieceProcessor(model_file=f"{path}.spm")
        tokens |= dict.fromkeys(processor.id_to_piece(id) for id in range(3, processor.get_piece_size()))
    ids = {token: id for id, token in enumerate(["</s>", "<unk>", *tokens, "<pad>"])}
    (folder / "vocab.json").write_text(json.dumps(ids))
    config = transformers.MarianConfig(
        vocab_size=len(ids),
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=48,
        decoder_ffn_dim=48,
        activation_function="swish",
        scale_embedding=True,
        eos_token_id=0,
        forced_eos_token_id=None,
        pad_token_id=ids["<pad>"],
        decoder_start_token_id=ids["<pad>"],
        architectures=["MarianMTModel"],
    )
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    (folder / "tokenizer_config.json").write_text(json.dumps({"source_lang": "en", "target_lang": "fr"}))
    write_weights(folder, transformers.MarianMTModel, config)
    return folder


def write_gpt2(cache: Path) -> Path:
    """As ``write_roberta``: a GPT-2 of two narrow layers, its file with the causal mask that old files hold."""
    import transformers

    folder = snapshot_under(cache, GPT2)
    tokenizer = train_tokenizer(folder, ["<|endoftext|>"])
    shape = {"n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 2}
    config = transformers.GPT2Config(
        vocab_size=tokenizer.get_vocab_size(),
        bos_token_id=0,
        eos_token_id=0,
        architectures=["GPT2LMHeadModel"],
        **shape,
    )
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    write_weights(folder, transformers.GPT2LMHeadModel, config)
    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    tensors = {name: tensor.clone() for name, tensor in state.items() if name != "lm_head.weight"}
    mask = torch.ones(64, 64).tril()[None, None]
    save_file(tensors | {"transformer.h.0.attn.bias": mask}, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def snapshot_under(cache: Path, name: str) -> Path:
    """The folder of a pinned model's files, were the hub's cache at ``cache``."""
    folder = cache / hub.folder(find_card(name)).relative_to(constants.HF_HUB_CACHE)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def train_tokenizer(folder: Path, special_tokens: list[str]) -> ByteLevelBPETokenizer:
    """Byte-level BPE of ``SENTENCES``, saved as vocab.json and merges.txt."""
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(
        SENTENCES, vocab_size=400, min_frequency=1, special_tokens=special_tokens, show_progress=False
    )
    tokenizer.save_model(str(folder))
    return tokenizer


def write_weights(folder: Path, kind: Any, config: Any) -> None:
    """Random weights so large that a small network gives confident predictions."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = kind(config)
        for name, parameter in network.named_parameters():
            if "embed_positions" not in name:
                torch.nn.init.normal_(parameter, std=0.3)
    torch.save(network.state_dict(), folder / "pytorch_model.bin")
