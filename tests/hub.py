"""Stand-ins for models of the hub: their architectures and file formats, small, of random weights."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from tokenizers import ByteLevelBPETokenizer

from zoo.core.cards import find_card
from zoo.sources import hub

ROBERTA = hub.names("sentiment")[0]
GPT2 = "hub/gpt2"
MARIAN = "hub/opus-mt-en-fr"
SENTENCES = ["I love this little zoo @user http", "three hours late and nobody tells us anything, never again!"]


def keep_roberta(cache: Path) -> Path:
    """A RoBERTa of two narrow layers under ``cache``, where a download would have left the pinned one."""
    import transformers

    folder = folder_under(cache, ROBERTA)
    cutter = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    cutter.train_from_iterator(SENTENCES, vocab_size=400, min_frequency=1, special_tokens=special, show_progress=False)
    cutter.save_model(str(folder))
    config = transformers.RobertaConfig(
        vocab_size=cutter.get_vocab_size(),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=514,
        type_vocab_size=1,
        num_labels=3,
        architectures=["RobertaForSequenceClassification"],
    )
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    keep_random(folder, transformers.RobertaForSequenceClassification, config)
    return folder


def keep_marian(cache: Path, name: str = MARIAN) -> Path:
    """As ``keep_roberta``: a translator of two narrow layers on either side."""
    import transformers

    folder = folder_under(cache, name)
    sides = {"source": SENTENCES, "target": ["j'aime ce petit zoo", "trois heures de retard, plus jamais !"]}
    pieces: dict[str, None] = {}
    for side, texts in sides.items():
        written = str(folder / side)
        options = {"vocab_size": 40, "hard_vocab_limit": False, "minloglevel": 2}
        SentencePieceTrainer.train(sentence_iterator=iter(texts), model_prefix=written, **options)
        (folder / f"{side}.model").rename(folder / f"{side}.spm")
        cutter = SentencePieceProcessor(model_file=f"{written}.spm")
        pieces |= dict.fromkeys(cutter.id_to_piece(place) for place in range(3, cutter.get_piece_size()))
    ids = {piece: id for id, piece in enumerate(["</s>", "<unk>", *pieces, "<pad>"])}
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
    )
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    (folder / "tokenizer_config.json").write_text(json.dumps({"source_lang": "en", "target_lang": "fr"}))
    keep_random(folder, transformers.MarianMTModel, config)
    return folder


def keep_gpt2(cache: Path) -> Path:
    """As ``keep_roberta``: a writer of two narrow layers, its file with the mask that old ones hold."""
    import transformers

    folder = folder_under(cache, GPT2)
    cutter = ByteLevelBPETokenizer()
    cutter.train_from_iterator(
        SENTENCES, vocab_size=400, min_frequency=1, special_tokens=["<|endoftext|>"], show_progress=False
    )
    cutter.save_model(str(folder))
    shape = {"n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 2}
    config = transformers.GPT2Config(vocab_size=cutter.get_vocab_size(), bos_token_id=0, eos_token_id=0, **shape)
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    keep_random(folder, transformers.GPT2LMHeadModel, config)
    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    tensors = {name: tensor.clone() for name, tensor in state.items() if name != "lm_head.weight"}
    mask = torch.ones(64, 64).tril()[None, None]
    save_file(tensors | {"transformer.h.0.attn.bias": mask}, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def folder_under(cache: Path, name: str) -> Path:
    """Where a download with its cache there would keep a pinned model."""
    folder = cache / hub.folder(find_card(name)).relative_to(hub.constants.HF_HUB_CACHE)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep_random(folder: Path, kind: Any, config: Any) -> None:
    """Weights that make a small network sure of what it says."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = kind(config)
        for name, parameter in network.named_parameters():
            if "embed_positions" not in name:
                torch.nn.init.normal_(parameter, std=0.3)
    torch.save(network.state_dict(), folder / "pytorch_model.bin")
