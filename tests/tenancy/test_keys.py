"""Tokens: random, checked, kept as a hash only."""

import hashlib
import re

import pytest
from django.core.exceptions import ValidationError

from warehouse.tenancy import keys
from warehouse.tenancy.models import ApiKey


def test_a_token_has_a_prefix_32_random_bytes_and_a_checksum():
    tokens = {keys.new_token() for _ in range(200)}
    assert len(tokens) == 200
    assert all(re.fullmatch(r"trl_[0-9A-Za-z]{49}", token) for token in tokens)
    assert all(keys.is_token(token) for token in tokens)


def test_one_wrong_character_is_noticed():
    token = keys.new_token()
    for place in range(len(token)):
        other = "a" if token[place] != "a" else "b"
        assert not keys.is_token(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("text", ["", "trl_", "x" * 53, "é" * 53, "trl_" + "0" * 49])
def test_what_is_no_token_is_told(text):
    assert not keys.is_token(text)
    assert not keys.is_token(keys.new_token() + "\n")


@pytest.mark.django_db
def test_only_the_hash_is_kept(acme):
    key, token = keys.issue(acme, name="n", scopes=["reports:read", "reports:read"])
    row = ApiKey.objects.values().get(pk=key.pk)
    assert row["digest"] == hashlib.sha256(token.encode()).hexdigest()
    assert row["prefix"] == token[:12]
    assert row["scopes"] == ["reports:read"]
    assert token not in str(row)


@pytest.mark.django_db
def test_an_unknown_scope_is_refused(acme):
    with pytest.raises(ValidationError, match="reports:eat is not a scope"):
        keys.issue(acme, name="n", scopes=["reports:eat"])
    assert not ApiKey.objects.exists()
