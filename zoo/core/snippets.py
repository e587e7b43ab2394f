"""The call behind a result, as Python, shell and HTTP write it: for the pages and the documentation."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from zoo.core.inputs import Document, Input
from zoo.core.knobs import Knobs
from zoo.core.operations import Operation


@dataclass(frozen=True)
class ExampleFile:
    """One of the bundled examples, by its name."""

    name: str


Source: TypeAlias = ExampleFile | str
"""An example, or a path as the reader will write it; of a text, the text itself."""


@dataclass(frozen=True)
class Snippets:
    python: str
    shell: str
    http: str


def snippets(
    operation: Operation, inputs: Mapping[str, Source | Sequence[Source]], knobs: Knobs, address: str
) -> Snippets:
    """Code that gives the same result. ``address``: scheme, host and port of the server. Defaults are left out."""
    changed = knobs.model_dump(exclude_defaults=True)
    return Snippets(
        _python(operation, inputs, changed),
        _shell(operation, inputs, changed),
        _http(operation, inputs, changed, address),
    )


def output_name(operation: Operation) -> str:
    """A name for the file that an operation gives."""
    return f"{operation.command}{operation.file.suffix}" if operation.file else ""


def _sources(given: Source | Sequence[Source]) -> list[Source]:
    return [given] if isinstance(given, str | ExampleFile) else list(given)


def _python(operation: Operation, inputs: Mapping[str, Any], changed: Mapping[str, Any]) -> str:
    arguments = []
    for kind in operation.inputs:
        if kind.name in inputs:
            written = [_literal(kind, source) for source in _sources(inputs[kind.name])]
            arguments.append(f"[{', '.join(written)}]" if kind.kind == "images" else written[0])
    arguments += [f"{name}={_written(value)}" for name, value in changed.items()]
    if operation.file and (operation.file.default or operation.file.written):
        arguments.append(f'output="{output_name(operation)}"')
    return f"import zoo\n\nresult = zoo.{operation.attribute}({', '.join(arguments)})\nprint({operation.shows})"


def _literal(kind: Input, source: Source) -> str:
    return f'zoo.example("{source.name}")' if isinstance(source, ExampleFile) else _written(source)


def _written(value: Any) -> str:
    """A literal with double quotes: JSON's strings are Python's."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return f"[{', '.join(map(_written, value))}]" if isinstance(value, list) else repr(value)


def _shell(operation: Operation, inputs: Mapping[str, Any], changed: Mapping[str, Any]) -> str:
    words: list[str] = []
    options: list[str] = []
    for kind in operation.inputs:
        written = [_word(source) for source in _sources(inputs.get(kind.name, []))]
        if kind.kind == "images" or kind.optional_file:
            options += [f"--{kind.name.replace('_', '-')} {word}" for word in written]
        else:
            words += written
    if operation.file and operation.file.written:
        words.append(output_name(operation))
    elif operation.file and operation.file.default:
        options.append(f"--output {output_name(operation)}")
    options += [_option(name, value) for name, value in _pairs(changed)]
    options.append("--json")
    if any(word.lstrip("'").startswith("-") for word in words):  # a text that begins like an option
        return " ".join(["zoo", operation.command, *options, "--", *words])
    return " ".join(["zoo", operation.command, *words, *options])


def _word(source: Source) -> str:
    return f'"$(zoo example {source.name})"' if isinstance(source, ExampleFile) else shlex.quote(source)


def _option(name: str, value: Any) -> str:
    dashed = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{dashed}" if value else f"--no-{dashed}"
    return f"--{dashed} {shlex.quote(str(value))}"


def _http(operation: Operation, inputs: Mapping[str, Any], changed: Mapping[str, Any], address: str) -> str:
    piped, words = "", ["curl", f"{address}/api/v1{operation.path}"]
    for kind in operation.inputs:
        for source in _sources(inputs.get(kind.name, [])):
            if kind.kind == "any" and isinstance(source, Document):  # a text where a file is asked for
                piped = f"printf %s {shlex.quote(source)} | "
                words.append(f"-F {kind.name}=@-")
            else:
                words.append(_field(kind, source))
    words += [f"-F {shlex.quote(f'{name}={_form_value(value)}')}" for name, value in _pairs(changed)]
    if operation.file and operation.file.default:
        words.append(f"--output {output_name(operation)}")
    return piped + " ".join(words)


def _field(kind: Input, source: Source) -> str:
    if isinstance(source, ExampleFile):
        return f'-F "{kind.name}=@$(zoo example {source.name})"'
    if kind.kind == "text":  # --form-string takes a leading @ or < as it stands
        return f"--form-string {shlex.quote(f'{kind.name}={source}')}"
    return f"-F {shlex.quote(f'{kind.name}=@{source}')}"


def _pairs(changed: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Names and values; of a list, one pair an entry."""
    return [
        (name, entry) for name, value in changed.items() for entry in (value if isinstance(value, list) else [value])
    ]


def _form_value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
