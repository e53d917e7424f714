"""What was made before there was a ledger counts with what the device worked, today as well."""

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    generations = apps.get_model("studio", "Generation").objects.using(schema_editor.connection.alias)
    generations.filter(state__in=["finished", "cancelled"]).update(cost=F("device_seconds"))


class Migration(migrations.Migration):
    dependencies = [("studio", "0016_fair_share_and_ledger")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
