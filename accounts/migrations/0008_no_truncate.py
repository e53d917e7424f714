"""The record of staff actions cannot be emptied by TRUNCATE either (PostgreSQL)."""

from django.db import migrations

from accounts import append_only


def guard_anew(apps, schema_editor):
    append_only.allow(schema_editor.connection)
    append_only.forbid(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_account_closes")]

    operations = [migrations.RunPython(guard_anew, migrations.RunPython.noop)]
