"""What the documents say is true: settings, error codes, words, files, commands and links."""

import ast
import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from warehouse import exceptions
from warehouse.management.commands import catalog

BASE = Path(__file__).parent.parent
PAGES = sorted([*BASE.glob("*.md"), *(BASE / "docs").glob("*.md")])
LONGEST = {"README.md": 120, "CONTRIBUTING.md": 100, "docs/architecture.md": 250}
VARIABLE = re.compile(r"(?:TRELLIS_[A-Z_]+|PORT|WS_PORT)")
FOLDERS = ("warehouse/", "reports/", "enrichment/", "discovery/", "tests/", "docs/", ".ci/")


def rows(page):
    """Return the cells of every table row of a document, its code marks taken off."""
    lines = (BASE / "docs" / page).read_text().splitlines()
    tables = ([cell.strip(" `") for cell in line.split(" | ")] for line in lines if "|" in line)
    return [[cell.strip("| `") for cell in row] for row in tables if not set(row[0]) <= set("|- ")]


def errors(root=exceptions.WarehouseError):
    """Return the tree of errors as a list; what a door keeps to itself is its own affair."""
    public = [child for child in root.__subclasses__() if not child.__name__.startswith("_")]
    return [root, *(found for child in public for found in errors(child))]


def test_every_setting_is_documented_and_no_other():
    tree = ast.parse((BASE / "warehouse/env.py").read_text())
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    read = {text for text in constants if isinstance(text, str) and VARIABLE.fullmatch(text)}
    documented = {row[0] for row in rows("settings.md") if VARIABLE.fullmatch(row[0])}
    assert documented == read


def test_every_error_is_documented_with_its_status():
    documented = {row[0]: row[1] for row in rows("errors.md") if row[0] != "code"}
    assert documented == {error.code: str(error.status) for error in errors()}


def test_the_tree_of_errors_is_drawn_where_it_stands():
    for error in errors():
        assert re.search(rf"\b{error.__name__}\b", exceptions.__doc__), error


def test_the_page_of_the_catalog_is_what_the_code_says():
    assert catalog.PAGE.read_text() == catalog.page(), "run `make docs`"


def test_a_word_of_the_glossary_is_explained_once():
    words = [row[0] for row in rows("glossary.md")]
    assert len(words) == len(set(words))
    assert {"organization", "report", "job", "hint", "watermark", "revision"} <= set(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_and_named_files_lead_somewhere(page):
    text = page.read_text()
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    links = [page.parent / target for target in targets if "://" not in target]
    named = [BASE / word for word in re.findall(r"`([\w./-]+)`", text) if word.startswith(FOLDERS)]
    assert [str(path) for path in links + named if not path.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_commands_that_are_named_exist(page):
    text = page.read_text()
    makefile = (BASE / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= set(get_commands())


@pytest.mark.parametrize("name", LONGEST)
def test_a_page_can_be_read_in_one_go(name):
    assert len((BASE / name).read_text().splitlines()) <= LONGEST[name]
