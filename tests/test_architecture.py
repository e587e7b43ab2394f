"""The layers of the code: imports run one way, declarations import no torch, and names are the field's terms."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = sorted((ROOT / "zoo").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))
EXHIBITS = sorted(path.name for path in (ROOT / "zoo/exhibits").iterdir() if (path / "operations.py").exists())


def module_name(path: Path) -> str:
    """The dotted name of a file of the project."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, everywhere: bool = False) -> Iterator[str]:
    """The modules that a file imports when it is imported; ``everywhere``: also those in functions and for types.

    Of ``from package import name`` it yields both ``package`` and ``package.name``.
    """
    yield from _imported(ast.parse(path.read_text()).body, everywhere)


def _imported(body: list[ast.stmt], everywhere: bool) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and not everywhere:
            yield from _imported(node.orelse, everywhere)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not everywhere:
            continue
        else:
            for field in ("body", "orelse", "finalbody", "handlers"):
                nested = getattr(node, field, [])
                yield from _imported(nested if isinstance(nested, list) else [], everywhere)


def is_of(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@pytest.mark.parametrize("path", LIBRARY, ids=module_name)
def test_library_never_imports_streamlit_or_the_pages(path: Path) -> None:
    modules = set(imports(path, everywhere=True))
    assert not [module for module in modules if is_of(module, "streamlit") or is_of(module, "pages")]


@pytest.mark.parametrize("path", PAGES, ids=module_name)
def test_pages_never_import_torch_themselves(path: Path) -> None:
    heavy = ("torch", "torchvision", "transformers", "librosa", "zoo.nets")
    assert not [module for module in imports(path, everywhere=True) if any(is_of(module, name) for name in heavy)]


@pytest.mark.parametrize("path", [path for path in LIBRARY if "exhibits" in path.parts], ids=module_name)
def test_exhibits_use_each_other_by_the_names_of_their_packages_alone(path: Path) -> None:
    own = path.relative_to(ROOT / "zoo/exhibits").parts[0].removesuffix(".py")
    packages = {f"zoo.exhibits.{name}" for name in EXHIBITS if name != own}
    internal = {
        f"{package}.{file.stem}" for package in packages for file in (ROOT / package.replace(".", "/")).iterdir()
    }
    # What a package exports under a name is no module of its own.
    assert not [module for module in imports(path, everywhere=True) if any(is_of(module, name) for name in internal)]


LOWER = [path for path in LIBRARY if path.relative_to(ROOT / "zoo").parts[0] in ("core", "nets", "sources")]


@pytest.mark.parametrize("path", LOWER, ids=module_name)
def test_core_networks_and_sources_know_no_exhibit(path: Path) -> None:
    assert not [module for module in imports(path, everywhere=True) if is_of(module, "zoo.exhibits")]
    strings = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
    assert not strings & set(EXHIBITS) - {"sound", "models"}  # a kind of input, and a folder's name


@pytest.mark.parametrize("path", [path for path in LIBRARY if "nets" in path.parts], ids=module_name)
def test_networks_import_networks_alone(path: Path) -> None:
    assert not [module for module in imports(path) if is_of(module, "zoo") and not is_of(module, "zoo.nets")]


@pytest.mark.parametrize("package", ["zoo", "training"])
def test_no_import_circle(package: str) -> None:
    files = {module_name(path): path for path in sorted((ROOT / package).rglob("*.py"))}
    # A package's __init__ is imported by the import of any of its modules, which is no circle of ours.
    graph = {
        name: {module for module in imports(path) if module in files and not is_of(name, module) and module != package}
        for name, path in files.items()
    }
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


@pytest.mark.parametrize("name", EXHIBITS)
def test_a_lazily_exported_name_is_no_module_of_its_package(name: str) -> None:
    """The import machinery sets a submodule as an attribute of its package, in the place of the exported name."""
    folder = ROOT / "zoo/exhibits" / name
    stub = ast.parse((folder / "__init__.pyi").read_text())
    exported = {
        alias.asname or alias.name for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert not exported & {path.stem for path in folder.iterdir()}


@pytest.mark.parametrize(
    "statement",
    [
        "import zoo",
        "import zoo.exhibits",
        "import zoo.cli",
        "import zoo; zoo.list_models()",
        "import zoo; dir(zoo)",
        "import app",
        # The demonstration comes after the cards, and brings torch.
        "import pages.components.demonstration as d; d.draw = lambda *given: None; import pages.home",
        "import pages.components.layout",
    ],
)
def test_the_start_imports_no_torch(statement: str) -> None:
    heavy = "{'torch', 'torchvision', 'transformers', 'librosa', 'sklearn', 'scipy'}"
    code = f"import sys; {statement}; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"


# Words

# In texts and, with underscores as spaces, in code: what not to write, and the field's term.
BANNED = {
    r"odds": "probabilities",
    r"sub-?words?": "tokens",
    r"cutters?": "tokenizer",
    r"where it looks|what it looks at|where the network looks": "attention",
    r"penalised|heated": "repetition penalty, temperature",
    r"stroke by stroke": "optimised",
    r"in whose|whose hand": "style",
    r"shelf|bench": "model cache, user-model directory, workspace",
    r"doors?|in every room": "interface",
    r"lessons?|teach(es)?|taught|pupils?": "training batches, distillation",
    r"by chance": "random",
    r"there and back": "back-translation",
    r"speaks? for|spoke for": "evidence for",
    r"surprises?|surprising(ly)?": "perplexity",
    r"numbers wide|million numbers|[0-9.]+ M numbers": "parameters",
    r"the house": "the project",
}
# As names: of modules, functions, classes, arguments, attributes and variables.
BANNED_NAMES = {
    *("said", "told", "seen", "shown", "held", "found", "asked", "learnt", "gone", "cut"),
    *("looks", "look", "slope", "slopes", "eyes", "hand", "hands", "voice", "surprise"),
    *("proof", "ways", "shares", "share", "chance", "odds", "pieces", "piece", "cutter"),
    *("lessons", "study", "pupil", "shelf", "door", "doors", "figures"),
}
WORD = re.compile(rf"\b({'|'.join(BANNED)})\b", re.IGNORECASE)
# Old addresses that redirect, benchmarks, and the doors that sound classifiers know.
ALLOWED = re.compile(r"OLD_|benchmark|door (knock|wood|creaks?|closed)|door-|knock|jeeves-", re.IGNORECASE)
OLD_ADDRESSES = ("zoo/api/deprecated.py", "zoo/renamed.py")
PYTHON = [*LIBRARY, *PAGES, *sorted((ROOT / "training").rglob("*.py")), ROOT / "app.py"]
PROSE = [
    *(path for path in PYTHON if str(path.relative_to(ROOT)) not in OLD_ADDRESSES),
    *sorted((ROOT / "zoo").rglob("*.pyi")),
    ROOT / "README.md",
    *sorted((ROOT / "assets/models").glob("*/README.md")),
    *sorted((ROOT / "training").rglob("*.md")),
]


def banned_words(path: Path) -> list[str]:
    """Banned words with their lines; quoted lines, which networks wrote or read, are left out."""
    lines = enumerate(path.read_text().splitlines(), 1)
    texts = [
        (number, line, line.replace("_", " ") if path.suffix.startswith(".py") else line) for number, line in lines
    ]
    return [
        f"{path.name}:{number}: {match[0]}: {line.strip()}"
        for number, line, text in texts
        if not line.startswith(">") and not ALLOWED.search(line)
        for match in WORD.finditer(text)
    ]


def names_of(path: Path) -> Iterator[str]:
    """The names that a file gives."""
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


@pytest.mark.parametrize("path", PROSE, ids=lambda path: str(path.relative_to(ROOT)))
def test_texts_use_the_fields_terms(path: Path) -> None:
    assert banned_words(path) == []


@pytest.mark.parametrize("path", PYTHON, ids=module_name)
def test_names_say_what_they_hold(path: Path) -> None:
    assert [name for name in names_of(path) if name.lower() in BANNED_NAMES] == []
