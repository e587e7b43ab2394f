"""The inputs of each operation's example as files and texts, and the calls that three interfaces make of them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.exported import save_model
from zoo.core import user_models
from zoo.core.inputs import Input
from zoo.core.operations import Operation
from zoo.examples import example_path

WORDS = ("good", "great", "happy"), ("bad", "terrible", "sad")
# Knobs of tests, where those of an example that is shown to readers take seconds.
LIGHT: dict[str, dict[str, Any]] = {
    "adversarial-defences": {"model": "cifar10-resnet"},
    "adversarial-epsilon-curve": {"model": "cifar10-resnet"},
    "adversarial-surrogate": {"model": "cifar10-resnet", "queries": 50},
    "autoencoder-learn": {"steps": 2},
    "style-animation": {"network": "mobilenet-v2"},
    "train": {"epochs": 2, "size": 64},
}
ROWS = {"augment-back-translation-table": 6}  # of its table: each is translated there and back
VOLATILE = {  # differ from call to call
    *("milliseconds", "path", "file", "output", "name", "title", "seconds", "elapsed"),
    *(
        "load_ms",
        "first_ms",
        "p50_ms",
        "p95_ms",
        "start_ms",
        "duration_ms",
        "forward_ms",
        "per_second_1",
        "per_second_8",
        "busy",
        "date",
    ),
}


def table(folder: Path, count: int = 80) -> Path:
    """Labelled texts."""
    rows = [f'"the {WORDS[n % 2][n % 3]} film number {n} was {WORDS[n % 2][n // 2 % 3]}",{n % 2}' for n in range(count)]
    path = folder / "table.csv"
    path.write_text("\n".join(["text,label", *rows, ""]))
    return path


def document(folder: Path) -> Path:
    """A text of some thousand characters."""
    path = folder / "document.txt"
    sentences = (f"On day {n} the old clock struck {n % 12} and nobody in the village woke up." for n in range(60))
    path.write_text("\n\n".join(sentences))
    return path


def classifier(folder: Path) -> Path:
    """The folder of a classifier with random weights, zipped as it is downloaded."""
    path = folder / "classifier.zip"
    card = save_model({"kind": "resnet-18", "num_classes": 3})
    path.write_bytes(user_models.archive(card.name))
    user_models.remove(card.name)
    return path


def given(kind: Input, value: Any, folder: Path, rows: int) -> Any:
    """The value of an input as a path, or as the text that it is."""
    match kind.kind:
        case "text":
            return value
        case "table":
            return table(folder, rows)
        case "document":
            return document(folder)
        case "archive" if value == "examples:classifier":
            return classifier(folder)
        case "images":
            return [Path(example_path(name)) for name in value]
        case _:
            return Path(example_path(value))


def inputs_and_knobs(operation: Operation, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The example of an operation: its inputs as files in ``folder``, and its knobs, made light."""
    names = {each.name: each for each in operation.inputs}
    values = {each.name: each.default for each in operation.inputs} | dict(operation.example)
    wanted = [kind for kind in names.values() if not kind.optional_file or values[kind.name] != kind.default]
    inputs = {kind.name: given(kind, values[kind.name], folder, ROWS.get(operation.command, 80)) for kind in wanted}
    knobs = {name: value for name, value in operation.example.items() if name not in names}
    return inputs, knobs | LIGHT.get(operation.command, {})


def command_line(operation: Operation, inputs: Mapping[str, Any], knobs: Mapping[str, Any], output: Path) -> list[str]:
    """The arguments of ``zoo`` for an example."""
    words = [operation.command, "--json"]
    for kind in operation.inputs:
        if kind.kind == "images" and kind.name in inputs:
            words += [word for path in inputs[kind.name] for word in (f"--{kind.name}", str(path))]
    for name, value in knobs.items():
        option = f"--{name.replace('_', '-')}"
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, bool):
                words.append(option if entry else option.replace("--", "--no-", 1))
            else:
                words += [option, str(entry)]
    words += [str(inputs[kind.name]) for kind in operation.inputs if kind.kind != "images" and kind.name in inputs]
    return words + ([str(output)] if operation.file and operation.file.written else [])


def request(operation: Operation, inputs: Mapping[str, Any], knobs: Mapping[str, Any]) -> dict[str, Any]:
    """The form of a request for an example, as the test client takes it."""
    files: list[tuple[str, bytes]] = []
    data: dict[str, Any] = {name: _form(value) for name, value in knobs.items()}
    for kind in operation.inputs:
        if kind.name not in inputs:
            continue
        value = inputs[kind.name]
        if kind.kind == "text":
            data[kind.name] = value
        else:
            files += [(kind.name, path.read_bytes()) for path in (value if isinstance(value, list) else [value])]
    return {"files": files, "data": data} if files else {"data": data}


def _form(value: Any) -> Any:
    if isinstance(value, list):
        return [_form(entry) for entry in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def flat(record: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of a record with its path, without what differs from call to call."""
    if isinstance(record, dict):
        for key, value in record.items():
            if key not in VOLATILE:
                yield from flat(value, f"{path}.{key}")
    elif isinstance(record, list):
        yield f"{path}.length", len(record)
        for index, value in enumerate(record):
            yield from flat(value, f"{path}[{index}]")
    else:
        yield path, "own" if str(record).startswith("own/") else record  # a new model has a random name
