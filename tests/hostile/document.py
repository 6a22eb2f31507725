"""The OpenAPI document as Schemathesis reads it, and what every answer is held against."""

import json
from contextlib import suppress
from functools import cache

import schemathesis
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, given
from hypothesis import settings as generating
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from warehouse.gateway.openapi import _document

VALID, HOSTILE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
    checks.response_schema_conformance,
]
# A part of a document is none.
PARTIAL = CHECKS[:-1]
FORGIVING = {"events_create"}
"""Operations that take the good part of a bad body, and tell of the rest in their answer."""
# Whoever asks stands in every request: what is wrong with a token is a matter of other tests.
GENERATION = GenerationConfig(with_security_parameters=False)


@cache
def operations():
    """Return every operation of the document by its id; what takes things away comes last."""
    document = json.loads(_document(settings.ROOT_URLCONF)[0])
    projects = ProjectsConfig(default=ProjectConfig(generation=GENERATION))
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig(projects=projects))
    schema.app = WSGIHandler()
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    found.sort(key=lambda one: one.method.lower() == "delete")
    return {one.definition.raw["operationId"]: one for one in found}


def requests(operation, mode, planted):
    """Return what generates requests of an operation: half of them name what is really there."""
    names = {parameter.name for parameter in operation.path_parameters}
    anything = operation.as_strategy(generation_mode=mode)
    if not names:
        return anything
    there = {name: planted[name] for name in names}
    return st.one_of(anything, operation.as_strategy(generation_mode=mode, path_parameters=there))


def held_against(operation, answer):
    """Return what an answer of an operation has to fulfil."""
    wanted = PARTIAL if answer.status_code == 206 else CHECKS
    forgiving = operation.definition.raw["operationId"] in FORGIVING
    return [one for one in wanted if not (forgiving and one is checks.negative_data_rejection)]


def trouble(operation, mode, planted, *, most, headers):
    """Send `most` generated requests; return how many were sent and each way answers fell short."""
    found: dict[str, str] = {}
    sent = 0

    @generating(
        max_examples=most,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=requests(operation, mode, planted))
    def send(case):
        nonlocal sent
        sent += 1
        if mode is VALID and "X-Organization" in case.headers:
            case.headers["X-Organization"] = planted["organization"]
        answer = case.call(headers=headers)
        try:
            case.validate_response(answer, checks=held_against(operation, answer))
        except FailureGroup as failures:
            for failure in failures.exceptions:
                key = f"{failure.title} {answer.status_code}"
                found.setdefault(key, f"{failure.message}\n{case.as_curl_command()[:1500]}")

    # Of what takes nothing there is nothing hostile to send.
    with suppress(Unsatisfiable):
        send()
    return sent, found
