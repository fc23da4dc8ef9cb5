"""Each file is where its name says, imports lead downwards, and an idea has one place."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Collection, Iterator
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
    "relation", "source", "spans", "told", "gone", "overtaken", "faster", "reading",
}  # fmt: skip
OLD_CLASSES = {"Book", "Shapes", "Trail"}
OLD_FUNCTIONS = {
    "asking", "seen", "sinks", "publish", "newfile", "reading", "plain", "where", "normal",
    "relation", "spans", "told", "gone", "overtaken", "faster",
}  # fmt: skip
OLD_ARGUMENTS = {
    "asking", "seen", "sinks", "publish", "newfile", "reading", "plain", "where", "normal",
    "relation", "told", "gone", "overtaken", "faster", "book",
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


def test_no_argument_or_field_has_a_name_that_explains_nothing():
    arguments = {
        (name, one.arg)
        for name, function in _functions()
        for one in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        if one.arg.strip("_") in OLD_ARGUMENTS
    }
    fields = {
        (module, node.name, one.target.id)
        for module, tree in _trees().items()
        for node in _statements(tree)
        if isinstance(node, ast.ClassDef)
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        if one.target.id.strip("_") in OLD_ARGUMENTS
    }
    assert (arguments, fields) == (set(), set())


# Module state that functions write to, and why nobody else in the process notices.
WRITTEN = {
    "archive.delta.objectstore._held": "counts what Arrow's threads still hold",
    "archive.delta.objectstore._latest": "keeps the last 32 file systems alive",
    "credentials.references._known": "a pickled client finds its credential again",
    "decode.engine._read": "bytes read lately: when compiling pays",
    "decode.engine._since": "as _read",
    "decode.engine._pays": "as _read",
    "http.cancellation._running": "one value a thread",
    "http.deadline._running": "one value a thread",
    "http.deadline._WATCH": "the thread that ends requests; a fork makes its own",
    "signin.session._open": "weak: the sessions that exist",
    "text.redaction._CREDENTIALS": "what no text may contain",
    "util.configuration": "set once, on import",
    "verbs._WORK": "filled once, on import",
}
# What is asked of a container to change it.
CHANGING = {
    "add", "append", "appendleft", "clear", "discard", "extend", "insert", "move_to_end", "pop",
    "popitem", "popleft", "remove", "reverse", "setdefault", "sort", "update",
}  # fmt: skip


def _globals_of(module: str) -> dict[str, str]:
    """Return what a module's global names stand for, those imported from the package included."""
    found = {}
    for node in _trees()[module].body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            for name in ast.walk(node):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    found[name.id] = f"{module}.{name.id}"
        if isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            for alias in node.names:
                if base.startswith("kloudless_data"):
                    found[alias.asname or alias.name] = f"{base}.{alias.name}"
    return found


def _locals_of(function: ast.AST) -> set[str]:
    """Return the names that a function binds itself."""
    every = list(ast.walk(function))
    shared = {name for node in every if isinstance(node, ast.Global) for name in node.names}
    bound = {node.id for node in every if isinstance(node, ast.Name)
             and isinstance(node.ctx, ast.Store)}  # fmt: skip
    return (bound | {node.arg for node in every if isinstance(node, ast.arg)}) - shared


def _root(node: ast.expr) -> str | None:
    """Return the name that an expression such as ``name.a["b"].c()`` begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _changed_in(function: ast.AST, names: Collection[str]) -> Iterator[str]:
    """Yield which of these names' contents, attributes or global values a function changes.

    To unparse what begins with another name would take a second.
    """
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            yield from node.names
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            changed = node.func.value if node.func.attr in CHANGING else None
        elif isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            changed = node.value
        else:
            changed = None
        if changed is not None and _root(changed) in names:
            yield ast.unparse(changed)


def _written_state() -> set[str]:
    """Return the globals, without the package's name, that functions write to."""
    found = set()
    for module, tree in _trees().items():
        names = _globals_of(module)
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                every = set(_changed_in(function, names))
                local = _locals_of(function) if every else set()
                for changed in every:
                    name, dot, rest = changed.partition(".")
                    if name in names and name not in local and "(" not in rest:
                        found.add(names[name].removeprefix("kloudless_data.") + dot + rest)
    return found


def test_no_function_writes_to_state_that_others_in_the_process_share():
    # The settings may be set, by people and on the command line, which restores them.
    assert _written_state() - {"config.configuration"} == set(WRITTEN)


def test_only_a_bounded_cache_keeps_what_depends_on_data():
    # Their arguments are names of our own tables, formats and fields.
    finite = {
        "kloudless_data.access.marks._decoder", "kloudless_data.logs.workers._reader",
        "kloudless_data.schema.words.look_up._table",
    }  # fmt: skip
    unbounded = {
        name
        for name, function in _functions()
        if function.args.args
        and {"cache", "functools.cache", "lru_cache(maxsize=None)"}
        & {ast.unparse(decorator) for decorator in function.decorator_list}
    }
    assert unbounded == finite


def test_no_code_changes_how_the_process_warns_shows_or_computes():
    changing = re.compile(
        r"\b(simplefilter|filterwarnings|set_option|option_context|captureWarnings"
        r"|field_size_limit|set_cpu_count|set_io_thread_count|setlocale|setdefaulttimeout"
        r"|seterr|setrecursionlimit|data_transformers|putenv|basicConfig|addHandler)\("
        r"|os\.environ(\[[^]]*\] =|\.(update|pop|setdefault|clear)\()"
        r"|\b(pd|pandas)\.options\b|\bduckdb\.(sql|query|execute|default_connection)\("
        r"|\brandom\.seed\("
    )
    found = [
        (str(file.relative_to(ROOT)), line.strip())
        for file in sorted(PACKAGE.rglob("*.py"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if changing.search(line)
    ]
    assert found == []


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
