"""Each role may do exactly what the table of docs/tenancy.md says, which names all there is."""

import re
from pathlib import Path
from uuid import uuid4

import pytest

from tests.reports.doors import caller_of, get, wired  # noqa: F401
from warehouse.env import BASE
from warehouse.tenancy.principal import ROLES, SCOPES

pytestmark = pytest.mark.django_db
ROW = re.compile(r"^\| `([A-Z]+) (/[^`]+)`[^|]*\| ([a-z:`, ]+) \|(.*)\|$", re.MULTILINE)
PAGE = (Path(BASE) / "docs/tenancy.md").read_text()
TABLE = {
    (method, path): (
        frozenset(re.findall(r"[a-z:]+", scopes)) - {"any"},
        [cell.strip() == "✓" for cell in cells.split("|")],
    )
    for method, path, scopes, cells in ROW.findall(PAGE)
}
SCOPE_ROW = re.compile(r"^\| `([a-z]+:[a-z]+)` \|[^|]*\|(.*)\|$", re.MULTILINE)


def called(path):
    """Return how the table calls a path of the document."""
    path = re.sub(r"^/api/v1", "", path)
    path = re.sub(r"^/analytics/[a-z]+", "/analytics/KIND", path)
    return re.sub(r"\{\w+\}", "ID", path)


def ask(client, method, path):
    """Ask with nothing in the body and for what nobody has; tell whether that was not refused."""
    number = "999999" if path.startswith("/members") else str(uuid4())
    path = path.replace("ID", number).replace("KIND", "traffic")
    answer = client.generic(
        method,
        f"/api/v1{path}",
        "[]" if path == "/events" else "{}",
        content_type="application/json",
        headers={"Prefer": "respond-async"},
    )
    assert answer.status_code < 500, answer.content
    assert answer.status_code != 401
    return answer.status_code != 403


def test_the_table_names_every_endpoint_and_no_other(client):
    document = get(client, "/schema").json()
    every = {
        (method.upper(), called(path))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if operation.get("security")
    }
    assert every == set(TABLE)


@pytest.mark.parametrize("place", range(len(ROLES)), ids=list(ROLES))
def test_a_role_may_do_what_the_table_says(people, wired, place):  # noqa: F811
    client = people[list(ROLES)[place]]
    found = {row: ask(client, *row) for row in TABLE}
    assert found == {row: allowed[place] for row, (_, allowed) in TABLE.items()}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_may_do_what_its_scope_says(acme, wired, scope):  # noqa: F811
    client = caller_of(acme, [scope])
    found = {row: ask(client, *row) for row in TABLE}
    assert found == {row: needed <= {scope} for row, (needed, _) in TABLE.items()}


def test_the_tables_agree_with_the_code():
    told = {
        scope: [cell.strip() == "✓" for cell in cells.split("|")]
        for scope, cells in SCOPE_ROW.findall(PAGE)
    }
    assert told == {scope: [scope in ROLES[role] for role in ROLES] for scope in SCOPES}
    for scopes, allowed in TABLE.values():
        assert allowed == [scopes <= ROLES[role] for role in ROLES]
