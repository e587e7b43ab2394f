"""A classifier that was downloaded as a folder of safetensors, brought back as a user model.

Nothing of the folder is believed: its config is checked against what the networks here can be, its weights against the
network, and the folder that is saved is written anew. Weights are read from safetensors alone, which hold no code.
"""

from pathlib import Path, PurePosixPath

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from zoo.core import user_models
from zoo.core.archives import read_archive
from zoo.core.cards import CONFIG_FILE, WEIGHTS_FILE, Card
from zoo.core.errors import InputError, TooLargeError
from zoo.exhibits.train.backbones import stored
from zoo.exhibits.train.exports.configs import ImportedConfig, parsed_card, parsed_config
from zoo.exhibits.train.exports.knobs import ImportKnobs
from zoo.nets import network_of

CARD_FILE = "README.md"
LIMITS = {CONFIG_FILE: 2 * 10**6, WEIGHTS_FILE: 250 * 10**6, CARD_FILE: 200_000}  # bytes
MAX_FILES, MAX_BYTES = 100, 300 * 10**6
DTYPES = {torch.float32, torch.float16, torch.bfloat16, torch.int64}


def import_model(archive: str | Path, knobs: ImportKnobs | None = None, owner: str = user_models.LOCAL_OWNER) -> Card:
    """Keep the classifier of a folder, zip or tar as a user model of ``owner``; its card.

    Other files than config.json, model.safetensors and README.md are ignored. Raises InputError for a folder that is
    no picture classifier, or whose weights are not those of its network; TooLargeError beyond 250 MB of weights; and
    what ``user_models.save`` raises.
    """
    knobs = knobs or ImportKnobs()
    user_models.check_quota(owner)
    files = _files(Path(archive))
    config = parsed_config(files[CONFIG_FILE])
    front, text = parsed_card(files[CARD_FILE])
    tensors = _tensors(files[WEIGHTS_FILE])
    _check_weights(config, tensors)
    title = user_models.check_title(knobs.title or config.title)
    saved = {**config.saved(), "title": title}
    return user_models.save(saved, {name: stored(tensor) for name, tensor in tensors.items()}, front, text, owner)


def _files(archive: Path) -> dict[str, bytes]:
    """The three files by name. Raises InputError where one is missing, or is there more than once."""
    files: dict[str, bytes] = {}
    places: dict[str, PurePosixPath] = {}
    reading = read_archive(archive, max_files=MAX_FILES, max_bytes=MAX_BYTES, max_file_bytes=max(LIMITS.values()))
    for path, content in reading:
        if path.name not in LIMITS:
            continue
        if path.name in files:
            raise InputError(f"There are several files named {path.name}: bring one model at a time.")
        if len(content) > LIMITS[path.name]:
            raise TooLargeError(f"{path.name} is too large: {LIMITS[path.name] / 1e6:g} MB are the limit.")
        files[path.name], places[path.name] = content, path.parent
    if missing := [name for name in LIMITS if name not in files]:
        raise InputError(
            f"{missing[0]} is missing: bring the folder of a classifier as it was downloaded here. Weights are read "
            "from safetensors alone, never from a pickle."
        )
    if len(set(places.values())) > 1:
        raise InputError("The files of the model lie in several folders: bring one model at a time.")
    return files


def _tensors(content: bytes) -> dict[str, Tensor]:
    try:
        tensors: dict[str, Tensor] = load(content)
    except (SafetensorError, ValueError, TypeError, KeyError) as error:  # KeyError: a type that torch does not have
        raise InputError(f"{WEIGHTS_FILE} is damaged, or no safetensors file: download it again.") from error
    for name, tensor in tensors.items():
        if tensor.dtype not in DTYPES:
            raise InputError(f"{WEIGHTS_FILE}: {name[:80]!r} has the type {tensor.dtype}, which no model here has.")
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise InputError(f"{WEIGHTS_FILE}: {name[:80]!r} has values that are no numbers, or infinite.")
    return tensors


def _check_weights(config: ImportedConfig, tensors: dict[str, Tensor]) -> None:
    """Raise InputError where the network cannot be built, or its tensors have other names or shapes than these."""
    try:
        with torch.device("meta"):  # shapes alone: no memory is taken, whatever the config says
            network = network_of(config.architecture).eval()
            expected = {name: tensor.shape for name, tensor in network.state_dict().items()}
            for crop in {view.crop for view in config.preprocessing.views}:
                _check_output(network, crop, len(config.classes))
    except (KeyError, TypeError, ValueError, RuntimeError, AssertionError) as error:
        raise InputError(f"{CONFIG_FILE}: there is no such network here ({type(error).__name__}).") from error
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    for name in [*expected, *shapes]:
        if expected.get(name) != shapes.get(name):
            raise InputError(
                f"{WEIGHTS_FILE} does not fit {CONFIG_FILE}: {name[:80]!r} is missing or of another shape."
            )


def _check_output(network: nn.Module, crop: int, classes: int) -> None:
    with torch.no_grad():
        logits = network(torch.empty(1, 3, crop, crop))
    if logits.shape != (1, classes):
        raise ValueError("another number of classes")
