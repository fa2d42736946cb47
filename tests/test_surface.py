"""What users see: the names, their documentation, the types of the engine, and the README."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from nanobind.stubgen import StubGen  # type: ignore[import-untyped]

import elman
import pages
from elman import _engine

PUBLIC = ("elman", "elman.look", "elman.serve", "elman.tables")  # modules; the names of others may change
PAGES = sorted(str(path.relative_to(pages.ROOT)) for path in [pages.ROOT / "README.md", *pages.ROOT.glob("docs/*.md")])


def order(name: str) -> tuple[int, str]:
    """Constants, classes, functions; each by the alphabet."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def seen_by_type_checkers() -> dict[str, str]:
    """The names that the package imports under TYPE_CHECKING, and where from."""
    body = ast.parse(Path(elman.__file__).read_text(encoding="utf-8")).body
    [block] = [node for node in body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert len(imports) == len(block.body)
    return {alias.asname or alias.name: str(node.module) for node in imports for alias in node.names}


def test_all_is_sorted_and_names_everything_that_is_public() -> None:
    homes = {name: home for home, names in elman._NAMES.items() for name in names}
    assert elman.__all__ == sorted(homes, key=order)
    assert homes == seen_by_type_checkers()
    for name, home in homes.items():
        assert getattr(elman, name) is getattr(importlib.import_module(home), name)
    assert set(elman.__all__) <= set(dir(elman))


def test_name_that_is_not_public_is_none_of_the_package() -> None:
    for name in ("Netwrk", "begin", "np"):
        with pytest.raises(AttributeError, match=f"module 'elman' has no attribute '{name}'"):
            getattr(elman, name)


def documented() -> Iterator[tuple[str, object]]:
    """Every public function and class, and what is public in the classes."""
    for module in map(importlib.import_module, PUBLIC):
        for name in module.__all__:
            value = getattr(module, name)
            if not inspect.isclass(value):
                if inspect.isroutine(value):
                    yield name, value
                continue
            yield name, value
            for inner, member in inspect.getmembers(value):
                if inner[0] != "_" and isinstance(member, types.FunctionType | property):
                    yield f"{name}.{inner}", member


@pytest.mark.parametrize(("name", "value"), list(documented()))
def test_everything_public_is_documented(name: str, value: object) -> None:
    first, *rest = (inspect.getdoc(value) or "").splitlines() or [""]
    signature = first.startswith(f"{name}(")  # which dataclasses have for want of a text, and the engine before it
    assert "".join(rest if signature else [first])


def test_the_reference_has_an_entry_for_every_public_name() -> None:
    text, entries = (pages.ROOT / "docs" / "api.rst").read_text(encoding="utf-8"), []
    module = ""
    for kind, name, own in re.findall(r"^\.\. (\w+):: (\S+?)(?:\(\))?\n((?:   .*\n|\n(?=   ))*)", text, re.MULTILINE):
        if kind == "currentmodule":
            module = name
            continue
        entries.append((module, name))
        # What is no function and no class has no docstring: the page says what it is.
        assert kind != "data" or re.search(r"^   \w", own, re.MULTILINE), name
    assert sorted(entries) == sorted((one, name) for one in PUBLIC for name in importlib.import_module(one).__all__)


@pytest.mark.parametrize("page", PAGES)
def test_programs_of_pages_use_what_is_public(page: str) -> None:
    for block in pages.blocks(page):
        nodes = list(ast.walk(ast.parse(block.text))) if block.kind == "python" else []
        used = [(one.module, alias.name) for one in nodes if isinstance(one, ast.ImportFrom) for alias in one.names]
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                used.append((node.value.id, node.attr))
        for module, name in used:
            if module and module.partition(".")[0] == "elman":
                assert module in PUBLIC, f"{page}:{block.line}: {module}"
                assert name in importlib.import_module(module).__all__, f"{page}:{block.line}: {module}.{name}"


def statements(source: str) -> tuple[list[str], list[str]]:
    """Imports, in any order, and everything else of a stub, in whatever layout."""
    body = ast.parse(source).body
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    return sorted(map(ast.dump, imports)), [ast.dump(node) for node in body if node not in imports]


def test_types_of_the_engine_are_those_of_the_stub_file() -> None:
    made = StubGen(module=_engine)
    made.put(_engine)
    stub = Path(elman.__file__).with_name("_engine.pyi").read_text(encoding="utf-8")
    assert statements(stub) == statements(made.get())
