"""Makes the audit log append-only.

SQLite drops triggers with the table that it makes anew: a migration that alters the log runs
`make` again.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from warehouse.sql import audit


def make(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in audit.MAKE[editor.connection.vendor]:
        editor.execute(statement)


def undo(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in audit.UNDO[editor.connection.vendor]:
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = (("tenancy", "0004_limits_people_audit"),)
    operations = (migrations.RunPython(make, undo),)
