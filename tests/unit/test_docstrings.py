"""Every public function says what its parameters are."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType

import kloudless_data


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(kloudless_data.__path__, "kloudless_data."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def functions_of(module: ModuleType) -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield a module's own public functions and the public methods of its public classes.

    Public is what has no leading underscore: a name that `__all__` leaves out counts as well.
    """
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(thing):
            yield f"{module.__name__}.{name}", thing
        elif inspect.isclass(thing):
            for attribute, member in vars(thing).items():
                method = getattr(member, "__func__", member)
                if inspect.isfunction(method) and not attribute.startswith("_"):
                    yield f"{module.__name__}.{name}.{attribute}", method


def undescribed(module: ModuleType) -> list[str]:
    """Return the functions with two or more parameters and no section about them."""
    return [
        name
        for name, function in functions_of(module)
        if len(set(inspect.signature(function).parameters) - {"self", "cls"}) >= 2
        and "Parameters\n----------\n" not in (inspect.getdoc(function) or "")
    ]


def test_public_functions_describe_their_parameters():
    assert [name for module in modules() for name in undescribed(module)] == []


def test_a_function_without_the_section_is_found():
    module = ModuleType("example")
    exec("def join(left, right):\n    'Join two texts.'", vars(module))
    assert undescribed(module) == ["example.join"]
