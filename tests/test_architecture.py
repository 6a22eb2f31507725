"""Rules about the code itself that no linter checks: size, docstrings, where SQL may stand.

Who may import whom is checked by import-linter, whose contracts stand in `pyproject.toml`.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

BASE = Path(__file__).parent.parent
ROOMS = ("warehouse", "reports", "enrichment", "discovery", "tests")
LONGEST_FILE = 300
LONGEST_TASKS = 80
SQL = re.compile(
    r"\b(SELECT|INSERT\s+INTO|DELETE\s+FROM|(CREATE|ALTER|DROP)\s+(TABLE|VIEW|DATABASE)"
    r"|GROUP\s+BY|ORDER\s+BY|KILL\s+QUERY|PREWHERE|OPTIMIZE\s+TABLE)\b"
)
SQL_ROOMS = ("warehouse/sql/", "warehouse/schema/", "tests/")
ENGINE_LIBRARIES = ("chdb", "clickhouse_connect", "pyarrow", "sklearn", "scipy")
# A process imports all this when it starts; the web door also resolves every address.
DOORS = {
    "web": "import warehouse.wsgi, warehouse.urls",
    "ws": "import warehouse.asgi",
    "supervisor": "import warehouse.supervisor.__main__, warehouse.supervisor.guard",
}


def sources():
    """Return every Python file of the project that people write."""
    files = (path for room in ROOMS for path in (BASE / room).rglob("*.py"))
    made = ("migrations", "node_modules")
    return sorted(
        path.relative_to(BASE)
        for path in files
        if not set(made) & set(path.parts) and "_pb2" not in path.name
    )


def texts(tree):
    """Return the string constants of a module that are no docstrings."""
    bodies = (node.body for node in ast.walk(tree) if hasattr(node, "body"))
    firsts = (body[0] for body in bodies if isinstance(body, list) and body)
    docstrings = {id(node.value) for node in firsts if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [n.value for n in constants if isinstance(n.value, str) and id(n) not in docstrings]


def test_there_is_something_to_look_at():
    assert len(sources()) > 100


@pytest.mark.parametrize("path", sources(), ids=str)
def test_a_file_is_short_and_says_what_it_answers_for(path):
    text = (BASE / path).read_text()
    assert text.count("\n") <= LONGEST_FILE, "cut it where two subjects meet"
    assert not text or ast.get_docstring(ast.parse(text)), "open with a docstring"


def test_tasks_only_pass_work_on():
    for path in sources():
        if path.name == "tasks.py":
            assert (BASE / path).read_text().count("\n") <= LONGEST_TASKS, path


def test_sql_is_written_in_its_rooms_only():
    found = {
        str(path): text
        for path in sources()
        if not str(path).startswith(SQL_ROOMS)
        for text in texts(ast.parse((BASE / path).read_text()))
        if SQL.search(text)
    }
    assert found == {}


def test_the_search_for_sql_finds_it_and_passes_over_docstrings():
    tree = ast.parse('"""SELECT in words."""\nx = "SELECT 1"\ny = f"a {x} GROUP BY b"')
    assert [text for text in texts(tree) if SQL.search(text)] == ["SELECT 1", " GROUP BY b"]


@pytest.mark.parametrize("door", DOORS)
def test_only_the_worker_loads_the_engine(door, tmp_path):
    check = f"import sys; {DOORS[door]}; print(*(set({ENGINE_LIBRARIES}) & set(sys.modules)))"
    done = subprocess.run(
        (sys.executable, "-c", check), cwd=BASE, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
