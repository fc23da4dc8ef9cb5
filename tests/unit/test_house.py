"""Each file is where its name says, imports lead downwards, and an idea has one place."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kloudless_data"

# The modules of the official SDK 2.0.1, which programs import by path, and the package's entry.
AT_THE_TOP = {
    "__init__", "__main__", "account", "application", "auth", "client", "config", "exceptions",
    "re_patterns", "util", "version",
}  # fmt: skip
LONGEST_MODULE, LONGEST_FUNCTION = 450, 60
# The loop that Numba compiles: calls in it would cost what compiling gains.
ALLOWED_LONG = {"kloudless_data.decode.kernel.scan"}


@cache
def _trees() -> dict[str, ast.Module]:
    """Return the syntax tree of each module, by its dotted name."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(file.read_text(encoding="utf-8"))
    return found


def _is_package(module: str) -> bool:
    return (ROOT / Path(*module.split(".")) / "__init__.py").exists()


def _base(module: str, node: ast.ImportFrom) -> str:
    """Return the module that ``from … import`` names."""
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    kept = parts if _is_package(module) else parts[:-1]
    kept = kept[: len(kept) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements in a node, however deep; unlike `ast.walk`, no expression."""
    for block in ("body", "orelse", "handlers", "finalbody", "cases"):
        for statement in getattr(node, block, ()):
            yield statement
            yield from _statements(statement)


def _imported(module: str, tree: ast.Module) -> Iterator[str]:
    """Yield the package's modules that a module imports: anywhere, also for type checkers."""
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in _trees() else base


@cache
def _edges() -> dict[str, set[str]]:
    return {
        module: {other for other in _imported(module, tree) if other in _trees()} - {module}
        for module, tree in _trees().items()
    }


def _layers() -> dict[str, int]:
    """Return the height of each layer, as the import contracts have it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return {layer: height for height, layer in enumerate(reversed(layers))}


def _functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for module, tree in _trees().items():
        for node in _statements(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{module}.{node.name}", node


def _named(node: ast.expr, name: str) -> bool:
    """Return True for a name such as ``time.sleep``; to unparse all calls would take a second."""
    last = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
    return last == name.rpartition(".")[2] and ast.unparse(node) == name


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the number of lines of a body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _comparisons(tree: ast.Module, words: set[str]) -> list[int]:
    """Return the lines that compare something with one of these words."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and any(isinstance(side, ast.Constant) and side.value in words
                for side in (node.left, *node.comparators))
    ]  # fmt: skip


def _literals(tree: ast.Module) -> Iterator[str]:
    """Yield the whole strings of a module, without its docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_the_top_of_the_package_has_the_official_modules_only():
    assert {file.stem for file in PACKAGE.glob("*.py")} == AT_THE_TOP


def test_no_files_import_each_other_in_a_circle():
    left = {module: set(others) for module, others in _edges().items()}
    while free := {module for module, others in left.items() if not others & left.keys()}:
        left = {module: others for module, others in left.items() if module not in free}
    assert sorted(left) == []


def test_no_import_leads_to_a_higher_layer():
    height = _layers()
    upward = [
        (module, other)
        for module, others in _edges().items()
        for other in others
        if module.count(".") and other.count(".")
        and "sandbox" not in (module.split(".")[1], other.split(".")[1])
        and height[other.split(".")[1]] > height[module.split(".")[1]]
    ]  # fmt: skip
    assert upward == []


def test_modules_and_functions_stay_short():
    long_modules = {
        str(file.relative_to(ROOT)): lines
        for file in PACKAGE.rglob("*.py")
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    }
    long_functions = {
        name: lines
        for name, function in _functions()
        if (lines := _body_lines(function)) > LONGEST_FUNCTION and name not in ALLOWED_LONG
    }
    assert (long_modules, long_functions) == ({}, {})


def test_only_one_package_tells_the_kinds_of_credentials_apart():
    kinds = {"token", "api_key", "meta_token"}
    elsewhere = {
        module: lines
        for module, tree in _trees().items()
        if not module.startswith(("kloudless_data.credentials", "kloudless_data.sandbox"))
        and (lines := _comparisons(tree, kinds))
    }
    assert elsewhere == {}


def test_only_one_package_names_the_variables_of_credentials():
    names = {"KLOUDLESS_TOKEN", "KLOUDLESS_API_KEY", "KLOUDLESS_META_TOKEN"}
    found = {module for module, tree in _trees().items() if names & set(_literals(tree))}
    assert found == {"kloudless_data.credentials.kinds"}


def test_only_one_module_waits_and_repeats_a_request():
    sleeping = {
        module
        for module, tree in _trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _named(node.func, "time.sleep")
    }
    # A signal ends the command's pause; Arrow's threads are given a moment at the very end.
    others = {"kloudless_data.cli.stopping", "kloudless_data.archive.delta.objectstore"}
    assert sleeping - others == {"kloudless_data.http.retry"}


def test_only_its_own_module_tells_the_inputs_of_an_audit_apart():
    kinds = {"ArchiveSource", "FileSource", "FrameSource", "StreamSource"}
    elsewhere = [
        (module, node.lineno)
        for module, tree in _trees().items()
        if module != "kloudless_data.audit.sources"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and _named(node.func, "isinstance")
        and kinds & {name.id for name in ast.walk(node.args[1]) if isinstance(name, ast.Name)}
    ]
    assert elsewhere == []


def test_no_code_but_the_client_sets_a_clients_settings():
    patched = [
        (module, node.lineno)
        for module, tree in _trees().items()
        if module != "kloudless_data.client"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and node.attr == "settings"
        and ast.unparse(node.value) != "self"
    ]
    assert patched == []


# What these words named explained nothing; each had several meanings.
OLD_MODULES = {
    "asking", "seen", "parts", "sinks", "publish", "newfile", "plain", "own", "where", "normal",
    "relation", "source", "spans", "told", "gone", "overtaken", "faster",
}  # fmt: skip
OLD_CLASSES = {"Book", "Shapes", "Trail"}
OLD_FUNCTIONS = {
    "asking", "seen", "sinks", "publish", "newfile", "reading", "plain", "where", "normal",
    "spans", "told", "gone", "overtaken", "faster",
}  # fmt: skip


def test_no_module_class_or_public_function_has_a_name_that_explains_nothing():
    modules = {module for module in _trees() if module.rsplit(".", 1)[-1] in OLD_MODULES}
    classes = {
        (module, node.name)
        for module, tree in _trees().items()
        for node in _statements(tree)
        if isinstance(node, ast.ClassDef) and node.name.strip("_") in OLD_CLASSES
    }
    functions = {name for name, _ in _functions() if name.rsplit(".", 1)[-1] in OLD_FUNCTIONS}
    assert (modules, classes, functions) == (set(), set(), set())


def test_no_test_asserts_how_long_something_takes():
    measured = re.compile(r"assert .*(monotonic|perf_counter|process_time)\(\)")
    asserting = [
        (str(file.relative_to(ROOT)), line)
        for file in sorted((ROOT / "tests").rglob("*.py"))
        if file != Path(__file__)
        for line in file.read_text(encoding="utf-8").splitlines()
        if measured.search(line) and "deadline" not in line
    ]
    assert asserting == []
