"""What a test commits is gone for the next one; what the code itself says stays."""

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

from tests.emptying import empty_database
from warehouse.tenancy.models import Membership, Organization


def counts():
    names = connection.introspection.django_table_names(only_existing=True)
    with connection.cursor() as cursor:
        found = {}
        for name in set(names) - {"django_migrations"}:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")
            found[name] = cursor.fetchone()[0]
    return {name: count for name, count in found.items() if count}


def test_only_what_the_code_says_is_left(transactional_db, alice):
    assert {Organization._meta.db_table, Membership._meta.db_table} <= set(counts())
    empty_database(connection)
    assert set(counts()) == {"auth_permission", "django_content_type"}


def test_what_is_kept_is_what_django_would_write_anew(transactional_db):
    def written():
        types = set(ContentType.objects.values_list("app_label", "model"))
        return types, set(Permission.objects.values_list("content_type__model", "codename"))

    kept = written()
    call_command("flush", verbosity=0, interactive=False)
    assert written() == kept
