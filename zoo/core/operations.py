"""An operation is declared once: its function, inputs, knobs and result.

From the declaration come the Python facade, the HTTP route with its schema, the command, the pages' code snippets and
downloads, the reference documentation, and the test that compares the interfaces. Reading it imports no torch.
"""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from pydantic import TypeAdapter

from zoo.core import local_names
from zoo.core.cards import Card, exhibit_cards
from zoo.core.errors import InputError
from zoo.core.files import check_output, write_file
from zoo.core.inputs import Input, Takes, as_text
from zoo.core.knobs import Knobs, parse_knobs
from zoo.core.steps import Progress, Steps, run_to_completion
from zoo.core.user_models import LOCAL_OWNER


@dataclass(frozen=True)
class File:
    """The file that a result holds.

    ``render``: its bytes. ``written``: the function writes it itself, row by row, to a path that it is given.
    ``default``: whether it, and not the JSON record, answers a request that asks for no format. ``named``: its mime
    type and its name, where both depend on the result.
    """

    mime: str
    suffix: str
    render: Callable[[Any], bytes] = lambda result: cast(Path, result.path).read_bytes()
    written: bool = False
    default: bool = True
    named: Callable[[Any], tuple[str, str]] | None = None

    @property
    def format(self) -> str:
        """Its name where a format is chosen, as in ``?format=png``."""
        return self.suffix.removeprefix(".")


def _prepared(kind: Input, value: Any) -> Any:
    """One text, and a list of pictures where several may be given."""
    if kind.kind == "text":
        return as_text(value)
    return value if kind.kind != "images" or isinstance(value, list | tuple) else [value]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """``exhibit`` and ``name`` give its address everywhere: ``/v1/style/fast``, ``zoo style-fast``, ``zoo.style_fast``.

    ``function``: "module:name", imported at the first call. It is called with the inputs, then with ``knobs``; a job's
    function returns the iterator of its steps. ``brief``: it reads texts and is hardly more than one step of each
    ``model``, so that a thread to prepare it in costs more than it saves. Where ``file.written``, the function is given
    ``target``; where ``creates_model``, or ``needs_owner``, ``owner``. ``result``: a dataclass. ``preview``: what a
    job's record shows of its work so far, ready for JSON. ``shows``: the expression that a snippet prints. ``example``:
    inputs and knobs that show it in seconds, for docs and tests.
    """

    exhibit: str
    name: str = ""
    summary: str
    function: str
    inputs: tuple[Input, ...]
    knobs: type[Knobs]
    result: Any
    job: bool = False
    brief: bool = False
    file: File | None = None
    creates_model: bool = False
    needs_owner: bool = False
    preview: Callable[[Any], Any] = lambda _: None
    shows: str = "result"
    example: Mapping[str, Any] = field(default_factory=dict)

    @property
    def takes_owner(self) -> bool:
        """Whether the function is told who asks."""
        return self.creates_model or self.needs_owner

    @property
    def path(self) -> str:
        """Below ``/v1``: ``/style/fast``."""
        return f"/{self.exhibit}/{self.name}" if self.name else f"/{self.exhibit}"

    @property
    def command(self) -> str:
        """``style-fast``."""
        return f"{self.exhibit}-{self.name}" if self.name else self.exhibit

    @property
    def attribute(self) -> str:
        """``style_fast``."""
        return self.command.replace("-", "_")

    def load(self) -> Callable[..., Any]:
        """The function itself; the first call may import torch."""
        module, _, name = self.function.partition(":")
        return cast(Callable[..., Any], getattr(import_module(module), name))

    def bind(self, values: Mapping[str, Any], **extra: Any) -> Callable[[], Any]:
        """The call with inputs and knobs from loose values by name.

        Raises InputError for a name that it does not have, a missing input or a knob out of bounds.
        """
        names = [each.name for each in self.inputs]
        inputs = [values.get(each.name, each.default) for each in self.inputs]
        missing = [name for name, value in zip(names, inputs, strict=True) if value is None]
        if missing:
            raise TypeError(f"zoo.{self.attribute}() needs {', '.join(missing)}.")
        inputs = [_prepared(kind, value) for kind, value in zip(self.inputs, inputs, strict=True)]
        knobs = parse_knobs(self.knobs, **{name: value for name, value in values.items() if name not in names})
        return functools.partial(self.load(), *inputs, knobs=knobs, **extra)

    def __call__(self, *inputs: Any, progress: Callable[[Progress], None] | None = None, **values: Any) -> Any:
        """Run it to its end: inputs by position or name, knobs by name, and ``output``, a path for its file.

        ``out``: a name of your own for the model that it makes.

        ``progress`` is called with each record of a job. Raises what the function raises.
        """
        output = values.pop("output", None)
        chosen = values.pop("out", "") if self.creates_model else ""
        named = dict(zip((each.name for each in self.inputs), inputs, strict=False)) | values
        return self.run(named, Path(output) if output else None, progress, name=chosen or "")

    def run(
        self,
        values: Mapping[str, Any],
        output: Path | None = None,
        progress: Callable[[Progress], None] | None = None,
        owner: str = LOCAL_OWNER,
        name: str = "",
    ) -> Any:
        """The same with everything by name. ``owner``: of a model that it creates; ``name``: for that model.

        Python and the shell may name models as they chose to (see ``zoo.core.local_names``).
        """
        if name:
            values = self._titled(values, local_names.check_name(name))
        if owner == LOCAL_OWNER:
            values = local_names.resolved(values)
        extra = self.extra(values, output, owner)
        call = self.bind(values, **extra)
        result = run_to_completion(call(), progress) if self.job else call()
        if output and self.file and not self.file.written:
            write_file(output, self.file.render(result))
        if name:
            local_names.give_name(name, getattr(result, "model", None) or result.name)
        return result

    def _titled(self, values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        """A model that was given a name and no title has its name as title too."""
        title = self.knobs.model_fields.get("title")
        return {**values, "title": name} if title and values.get("title", title.default) == title.default else values

    def extra(self, values: Mapping[str, Any], output: Path | None, owner: str) -> dict[str, Any]:
        """What the function is given beside inputs and knobs; the output path is checked before the work.

        Raises InputError for a path that cannot be written or that is an input.
        """
        extra: dict[str, Any] = {"owner": owner} if self.takes_owner else {}
        if output:
            self._check_suffix(output)
            paths = (values.get(each.name) for each in self.inputs)
            check_output(output, *(Path(path) for path in paths if isinstance(path, str | Path) and path))
        if self.file and self.file.written:
            if output is None:
                raise TypeError(f"zoo.{self.attribute}() writes a file: give its path as output.")
            extra["target"] = output
        return extra

    def _check_suffix(self, output: Path) -> None:
        """Raise InputError for the name of another kind of picture than the one that is written."""
        if self.file and self.file.mime.startswith("image/") and output.suffix.lower() not in ("", self.file.suffix):
            raise InputError(f"{output} would hold a {self.file.suffix} file: end its name with {self.file.suffix}.")

    @functools.cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """What turns a result into JSON, and gives its schema."""
        return TypeAdapter(self.result)

    def json(self, result: Any, indent: int | None = None) -> bytes:
        """The record of a result: all of it but pictures and other files."""
        if isinstance(result, Card):
            result = result.summary()
        return self.adapter.dump_json(result, indent=indent)

    def record(self, result: Any) -> dict[str, Any]:
        """The same as plain Python values."""
        return cast(dict[str, Any], json.loads(self.json(result)))


def start(
    operation: Operation, values: Mapping[str, Any], target: Path | None = None, owner: str = LOCAL_OWNER
) -> Steps[Any]:
    """The steps of a job, for the runtime to advance."""
    return cast(Steps[Any], operation.bind(values, **operation.extra(values, target, owner))())


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """``name`` is the same everywhere: pages/NAME.py, zoo/exhibits/NAME, /api/v1/NAME, ``zoo NAME``.

    ``invitation`` and ``sentence`` stand on its card on the home page beside a picture that ``picture`` describes.
    ``models_of``: other exhibits whose models it uses as well. ``ensemble``: whether the average of its bundled models
    is evaluated too. ``takes``: what its models read, where its package has a function ``model_input`` that prepares
    one such input (see ``zoo.core.model_inputs``).
    """

    name: str
    title: str
    icon: str
    sentence: str
    invitation: str
    picture: str
    operations: tuple[Operation, ...]
    ensemble: bool = False
    models_of: tuple[str, ...] = ()
    takes: Takes | None = None

    def cards(self) -> tuple[Card, ...]:
        """The bundled models that it works with."""
        return tuple(card for name in (self.name, *self.models_of) for card in exhibit_cards(name))

    def module(self) -> ModuleType:
        """Its package; a name of it may import torch when it is used."""
        return import_module(f"zoo.exhibits.{self.name}")
