"""How the tables are emptied after a test that commits: twenty times quicker than Django does it.

Django empties the tables of permissions and types of content as well, only to find out anew from
all models what stood there.
"""

from django.core.management.color import no_style
from django.db import connections

KEPT = {"auth_permission", "django_content_type", "django_migrations"}
"""What is written when the database is made, and says of the code what the code says."""


def empty(case):
    """Take the place of `TransactionTestCase._fixture_teardown`."""
    for name in case._databases_names(include_mirrors=False):
        empty_database(connections[name])


def empty_database(connection):
    """Delete every row but those that are kept."""
    tables = set(connection.introspection.django_table_names(only_existing=True)) - KEPT
    operations = connection.ops
    operations.execute_sql_flush(operations.sql_flush(no_style(), sorted(tables)))
