"""Models on the Hugging Face hub as cards, each at a pinned revision, so that nobody can exchange what is loaded.

Files are fetched by ``zoo.core.weights.download`` to where the hub's own tools keep a snapshot, and are found there
if those have fetched it before. Networks are ours: of a repository come numbers and words, no code.
"""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants, hf_hub_url
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.processors import RobertaProcessing
from torch import Tensor

from zoo.core.cards import Card, TrainingData
from zoo.core.errors import NotFoundError
from zoo.core.jobs import Steps
from zoo.core.loading import TokenizedModel, TokenizerProtocol
from zoo.core.weights import download, read_tensors
from zoo.exhibits.translate.directions import DIRECTIONS, Direction
from zoo.nets import build
from zoo.nets.marian import from_marian
from zoo.sources.marian_tokenizer import MarianTokenizer

CONFIG = "config.json"


@dataclass(frozen=True)
class Family:
    """Models of one architecture. ``files``: what is fetched besides configuration and weights.

    ``architecture`` makes the options of our network from the published configuration, ``tensors`` our names of them.
    """

    files: tuple[str, ...]
    architecture: Callable[[Mapping[str, int]], dict[str, object]]
    tensors: Callable[[Mapping[str, Tensor]], dict[str, Tensor]]
    tokenizer: Callable[[Path], TokenizerProtocol]
    weights: str = "pytorch_model.bin"


@dataclass(frozen=True)
class Pin:
    """A revision of a ``repository``. ``sha256``: of the weights' file; without it the revision alone pins it."""

    repository: str
    revision: str
    sha256: str
    family: Family
    card: Card


def _roberta_architecture(config: Mapping[str, int]) -> dict[str, object]:
    return {
        "kind": "roberta",
        "num_classes": len(config["id2label"]),  # type: ignore[arg-type]
        "vocab_size": config["vocab_size"],
        "n_positions": config["max_position_embeddings"],
        "d_model": config["hidden_size"],
        "n_layers": config["num_hidden_layers"],
        "n_heads": config["num_attention_heads"],
        "d_ff": config["intermediate_size"],
    }


def _without_unread(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published files hold tensors that a classifier has no use for."""
    return {name: each for name, each in tensors.items() if "position_ids" not in name and "pooler" not in name}


def _gpt2_architecture(config: Mapping[str, int]) -> dict[str, object]:
    return {
        "kind": "gpt2",
        "vocab_size": config["vocab_size"],
        "n_positions": config["n_positions"],
        "d_model": config["n_embd"],
        "n_layers": config["n_layer"],
        "n_heads": config["n_head"],
    }


def _gpt2_pieces(where: Path) -> Tokenizer:
    """Sub-words of bytes (Radford et al. 2019)."""
    tokenizer = Tokenizer(BPE.from_file(str(where / "vocab.json"), str(where / "merges.txt")))
    tokenizer.pre_tokenizer, tokenizer.decoder = ByteLevel(add_prefix_space=False), ByteLevelDecoder()
    return tokenizer


def _byte_pieces(where: Path) -> Tokenizer:
    """The same, between RoBERTa's marks of beginning and end."""
    tokenizer = _gpt2_pieces(where)
    tokenizer.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer


def _marian_architecture(config: Mapping[str, int]) -> dict[str, object]:
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


ROBERTA = Family(("vocab.json", "merges.txt"), _roberta_architecture, _without_unread, _byte_pieces)
GPT2 = Family(("vocab.json", "merges.txt"), _gpt2_architecture, dict, _gpt2_pieces, "model.safetensors")
MARIAN = Family(("vocab.json", "source.spm", "target.spm"), _marian_architecture, from_marian, MarianTokenizer)


def _marian_pin(direction: Direction) -> Pin:
    model = direction.marian
    card = Card(
        name=direction.models["marian"],
        exhibit="translate",
        title=f"Marian, {direction.title}, of OPUS-MT",
        source="hub",
        size_bytes=4 * model.parameters,
        parameters=model.parameters,
        licence="Apache 2.0",
        restriction="terms unclear",
        metrics=(),
        training_data=(TrainingData("OPUS, a collection of translated texts of many origins", "as published"),),
        citation="Tiedemann and Thottingal 2020 (OPUS-MT); Junczys-Dowmunt et al. 2018, arXiv:1804.00344",
        config={"direction": direction.code},
    )
    return Pin(f"Helsinki-NLP/opus-mt-{direction.code}", model.revision, model.sha256, MARIAN, card)


def _gpt2_pin(repository: str, title: str, revision: str, sha256: str, size: int, licence: str, citation: str) -> Pin:
    card = Card(
        name=f"hub/{repository.split('/')[1]}",
        exhibit="generate",
        title=title,
        source="hub",
        size_bytes=size,
        parameters=size // 4,
        licence=licence,
        restriction="terms unclear",
        metrics=(),
        training_data=(TrainingData("WebText, pages that Reddit linked to", "not published"),),
        citation=citation,
        config={},
    )
    return Pin(repository, revision, sha256, GPT2, card)


RADFORD = "Radford et al. 2019, Language Models are Unsupervised Multitask Learners"
PINS = (
    _gpt2_pin(
        "distilbert/distilgpt2",
        "DistilGPT-2",
        "2290a62682d06624634c1f46a6ad5be0f47f38aa",
        "e1ff18884359fe8beb795a5f414feb85a6ce3d929ad019c0d958c039d2b94a1b",
        352_824_413,
        "Apache 2.0",
        "Sanh et al. 2019, arXiv:1910.01108; Radford et al. 2019",
    ),
    _gpt2_pin(
        "openai-community/gpt2",
        "GPT-2, the smallest of OpenAI's",
        "607a30d783dfa663caf39e06633721c8d4cfcd7e",
        "248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707",
        548_105_171,
        "MIT",
        RADFORD,
    ),
    _gpt2_pin(
        "openai-community/gpt2-medium",
        "GPT-2, medium",
        "6dcaa7a952f72f9298047fd5137cd6e4f05f41da",
        "",
        1_519_955_968,
        "MIT",
        RADFORD,
    ),
    _gpt2_pin(
        "openai-community/gpt2-large",
        "GPT-2, large",
        "32b71b12589c2f8d625668d2335a01cac3249519",
        "",
        3_247_115_264,
        "MIT",
        RADFORD,
    ),
    Pin(
        repository="cardiffnlp/twitter-roberta-base-sentiment-latest",
        revision="3216a57f2a0d9c45a2e6c20157c20c49fb4bf9c7",
        sha256="4d24a3e32a88ed1c4e5b789fc6644e2e767500554e954b27dccf52a8e762cbae",
        family=ROBERTA,
        card=Card(
            name="hub/twitter-roberta",
            exhibit="sentiment",
            title="RoBERTa on tweets, of CardiffNLP",
            source="hub",
            size_bytes=4 * 124_647_939,
            parameters=124_647_939,
            licence="CC BY 4.0",
            restriction="research use",
            metrics=(),
            training_data=(
                TrainingData("124 M tweets of 2018 to 2021", "Twitter's terms"),
                TrainingData("SemEval 2017 task 4 as in TweetEval, tweets of 2013 to 2016 among it", "as published"),
            ),
            citation="Loureiro et al. 2022, arXiv:2202.03829; Liu et al. 2019, arXiv:1907.11692",
            config={"temperature": 1.0, "binary_temperature": 1.0},
        ),
    ),
    *map(_marian_pin, DIRECTIONS),
)


def names(exhibit: str) -> list[str]:
    """The pinned models of an exhibit, as ``hub/NAME``."""
    return [pin.card.name for pin in PINS if pin.card.exhibit == exhibit]


def pin_of(name: str) -> Pin:
    """Raises NotFoundError when nothing is pinned under ``hub/NAME``."""
    for pin in PINS:
        if pin.card.name == name:
            return pin
    known = ", ".join(pin.card.name for pin in PINS)
    raise NotFoundError(f"There is no model named {name!r} from the hub: there is {known}.")


def card(name: str) -> Card:
    """The card of ``NAME``. Raises NotFoundError."""
    return pin_of(f"hub/{name}").card


def folder(card: Card) -> Path:
    """Where the hub's own tools keep this revision."""
    pin = pin_of(card.name)
    return Path(constants.HF_HUB_CACHE, f"models--{pin.repository.replace('/', '--')}", "snapshots", pin.revision)


def is_cached(card: Card) -> bool:
    """Whether the weights have been fetched before; they come last."""
    return (folder(card) / pin_of(card.name).family.weights).exists()


def fetch(card: Card) -> Steps[Path]:
    """Download what is missing, with progress, the weights last; at once when all is there."""
    pin, where = pin_of(card.name), folder(card)
    for file in (CONFIG, *pin.family.files, pin.family.weights):
        digest = pin.sha256 if file == pin.family.weights else ""
        yield from download(hf_hub_url(pin.repository, file, revision=pin.revision), where / file, digest)
    return where


def load(card: Card) -> TokenizedModel:
    """The network with its tokenizer, downloading them first where they are missing. Raises UnavailableError."""
    deque(fetch(card), maxlen=0)
    where, family = folder(card), pin_of(card.name).family
    architecture = family.architecture(json.loads((where / CONFIG).read_text()))
    network = build(architecture, family.tensors(read_tensors(where / family.weights)))
    return TokenizedModel(network, family.tokenizer(where))
