"""Any model of the Hugging Face hub as a card: its facts are asked once, and kept, so that it opens offline later.

The facts are those of the model's page: task, licence, size, training data. Configuration files are fetched with them,
a few kilobytes; weights are not.
"""

import functools
import json
import logging
import re
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, ModelInfo, constants, hf_hub_download
from pydantic import BaseModel, ConfigDict

from zoo.core.cards import Card, Metric, TrainingData
from zoo.core.errors import InputError, NotFoundError, ZooError
from zoo.core.files import write_file
from zoo.core.network import require_network, wrong_content
from zoo.core.settings import Settings
from zoo.core.sources import Task, exhibit_of
from zoo.core.storage import set_aside
from zoo.sources.hub_download import TIMEOUT, check_hash, host, hub_errors, is_usable, snapshot
from zoo.sources.image_processors import preprocessing
from zoo.sources.imagenet import class_names

logger = logging.getLogger(__name__)
SINGLE_FILE, SHARD_INDEX = "model.safetensors", "model.safetensors.index.json"
CONFIG, PREPROCESSOR = "config.json", "preprocessor_config.json"
NAME = re.compile(r"(?P<repository>[\w-][\w.-]*/[\w-][\w.-]*?)(@(?P<revision>[\w./-]+))?")
# Tokenizers and configurations, by name; never Python files.
SMALL_FILES = re.compile(
    r"(.*config|tokenizer|vocab|special_tokens_map|added_tokens)\.json|vocab\.txt|merges\.txt|.*\.(model|spm)"
)
TASKS: dict[str, Task] = {
    "ForImageClassification": "image-classification",
    "ForAudioClassification": "audio-classification",
    "ForCausalLM": "text-generation",
    "LMHeadModel": "text-generation",
    "MTModel": "translation",
}


class HubModel(BaseModel):
    """``size_bytes``: of the weights. ``files``: what is fetched, the weights last. ``sha256``: of the weights."""

    model_config = ConfigDict(frozen=True)

    repository: str
    revision: str
    task: Task
    size_bytes: int
    parameters: int
    licence: str
    datasets: tuple[str, ...]
    metrics: tuple[tuple[str, float, str, str], ...]
    files: tuple[str, ...]
    sha256: dict[str, str]
    config: dict[str, Any]
    preprocessor: dict[str, Any]

    @property
    def name(self) -> str:
        """With the revision pinned: hub/OWNER/NAME@COMMIT."""
        return f"hub/{self.repository}@{self.revision}"


@functools.cache
def find(name: str) -> HubModel:
    """The facts of ``OWNER/NAME`` or ``OWNER/NAME@REVISION``: a branch, a tag or a commit; the newest without one.

    A name stands for the same commit as long as the process runs. Raises NotFoundError, UnavailableError without a
    network, InputError for a model that no exhibit can use.
    """
    match = NAME.fullmatch(name)
    if match is None:
        raise NotFoundError(f"There is no model named 'hub/{name}': write hub/OWNER/NAME or hub/OWNER/NAME@REVISION.")
    repository, revision = match["repository"], match["revision"]
    stored = _stored(repository, revision or "")
    if (known := _read(stored)) is not None:
        return known
    require_network(f"hub/{repository}")
    with hub_errors(repository):
        info = HfApi().model_info(repository, revision=revision, files_metadata=True, timeout=TIMEOUT)
        model = _describe(repository, info)
    _store(_stored(repository, model.revision), model)
    return model


def _read(stored: Path) -> HubModel | None:
    """The facts that were kept; None where there are none. Damaged ones are set aside, to be asked again."""
    try:
        return HubModel.model_validate_json(stored.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        logger.warning("%s cannot be read: %s", stored, error)
    except ValueError:
        set_aside(stored)
    return None


def _store(stored: Path, model: HubModel) -> None:
    try:
        stored.parent.mkdir(parents=True, exist_ok=True)
        write_file(stored, model.model_dump_json().encode())
    except (OSError, ZooError) as error:  # a full or read-only disk: the model works, and is asked for again next time
        logger.warning("%s cannot be written: %s", stored, error)


def _stored(repository: str, revision: str) -> Path:
    return Settings().data / "hub" / f"{repository.replace('/', '--')}@{revision.replace('/', '--')}.json"


def _describe(repository: str, info: ModelInfo) -> HubModel:
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or []}
    hashes = {file.rfilename: file.lfs.sha256 for file in info.siblings or [] if file.lfs}
    weights = _weights(repository, sizes)
    assert info.sha is not None  # the hub always sends it
    config = _json(repository, info.sha, CONFIG) if CONFIG in sizes else {}
    preprocessor = _json(repository, info.sha, PREPROCESSOR) if PREPROCESSOR in sizes else {}
    size = sum(sizes[file] for file in weights)
    facts: dict[str, Any] = info.card_data.to_dict() if info.card_data else {}  # type: ignore[no-untyped-call]
    licence = facts.get("license_name") or facts.get("license") or "not stated"
    datasets = facts.get("datasets") or []
    results = (info.card_data.eval_results if info.card_data else None) or []
    return HubModel(
        repository=repository,
        revision=info.sha,
        task=_task(repository, info.pipeline_tag, config, preprocessor),
        size_bytes=size,
        parameters=info.safetensors.total if info.safetensors else size // 4,
        licence=str(licence[0] if isinstance(licence, list) else licence),
        datasets=tuple([datasets] if isinstance(datasets, str) else datasets),
        metrics=tuple(
            (result.metric_name or result.metric_type, result.metric_value, result.dataset_name, result.metric_type)
            for result in results
            if isinstance(result.metric_value, int | float)
        ),
        files=(*sorted(file for file in sizes if SMALL_FILES.fullmatch(file)), *weights),
        sha256={file: hashes[file] for file in weights if file in hashes},
        config=config,
        preprocessor=preprocessor,
    )


def _weights(repository: str, sizes: dict[str, int]) -> tuple[str, ...]:
    """The files of weights. Raises InputError where none is safetensors."""
    if SINGLE_FILE in sizes:
        return (SINGLE_FILE,)
    shards = sorted(file for file in sizes if re.fullmatch(r"model-\d+-of-\d+\.safetensors", file))
    if SHARD_INDEX not in sizes or not shards:
        raise InputError(f"{repository} has no weights as safetensors, the only form that is loaded: choose another.")
    return (SHARD_INDEX, *shards)


def _json(repository: str, revision: str, file: str) -> dict[str, Any]:
    is_usable(snapshot(repository, revision) / file)  # a damaged one is set aside
    path = Path(hf_hub_download(repository, file, revision=revision, cache_dir=constants.HF_HUB_CACHE))
    check_hash(path)
    content = json.loads(path.read_bytes())
    if not isinstance(content, dict):
        raise wrong_content(f"the file {file} of {repository}", host())
    return content


def _task(repository: str, tag: str | None, config: dict[str, Any], preprocessor: dict[str, Any]) -> Task:
    """The hub's own, or by the class that the configuration names. Raises InputError for one that no exhibit serves."""
    if config.get("auto_map"):
        raise InputError(f"{repository} needs code from its repository, and none of that is run: choose another model.")
    if tag is not None and exhibit_of(tag) is not None:
        return tag  # type: ignore[return-value]
    kind = next(iter(config.get("architectures") or [""]))
    for ending, task in TASKS.items():
        if kind.endswith(ending):
            return task
    if kind.endswith("ForSequenceClassification"):
        return "audio-classification" if preprocessor else "text-classification"
    raise InputError(
        f"{repository} is for {tag or 'an unknown task'}, which no exhibit is about: choose another model."
    )


def card(model: HubModel) -> Card:
    """Its card. Raises InputError for a picture's model whose preprocessing is not known here."""
    exhibit = exhibit_of(model.task)
    assert exhibit is not None  # _task checked it
    return Card(
        name=model.name,
        exhibit=exhibit,
        title=model.repository,
        source="hub",
        size_bytes=model.size_bytes,
        parameters=model.parameters,
        licence=model.licence,
        restriction=f"licence {model.licence}, as stated by its owner",
        metrics=tuple(Metric(name, value, f"{data}, as published", kind) for name, value, data, kind in model.metrics),
        training_data=tuple(TrainingData(name, "see its page on the hub") for name in model.datasets)
        or (TrainingData("not stated", "not stated"),),
        citation=f"{constants.ENDPOINT}/{model.repository}",
        config=_card_config(model),
    )


def _card_config(model: HubModel) -> dict[str, Any]:
    """What exhibits read from a card's ``config.json``. Nothing was calibrated: temperatures are 1."""
    config: dict[str, Any] = {
        "temperature": 1.0,
        "unsure_below": 0.0,
        "ensemble_weight": 1.0,
    }
    if "classification" in model.task:
        labels = {int(index): str(label) for index, label in (model.config.get("id2label") or {}).items()}
        config["classes"] = class_names([labels[index] for index in sorted(labels)])
    if model.task == "image-classification":
        config["preprocessing"] = preprocessing(model.repository, model.preprocessor)
    if model.task == "translation" and (languages := re.search(r"-([a-z]{2,3})-([a-z]{2,3})$", model.repository)):
        config["direction"] = f"{languages[1]}-{languages[2]}"
    return config
