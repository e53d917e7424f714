"""What was hidden, edited from, and how large: told in the new columns."""

from django.db import migrations
from django.db.models import Sum


def fill(apps, schema_editor):
    Work = apps.get_model("gallery", "Work")
    Lineage = apps.get_model("gallery", "Lineage")
    Work.objects.filter(hidden=True).update(moderation="hidden")
    edited = Work.objects.filter(parent__isnull=False).values_list("pk", "parent_id")
    Lineage.objects.bulk_create([Lineage(child_id=child, parent_id=parent, kind="edit") for child, parent in edited])
    for work in Work.objects.annotate(total=Sum("files__size")).only("pk", "width", "height").iterator():
        level = max(work.width, work.height) <= 1.1 * min(work.width, work.height)
        shape = "square" if level else "landscape" if work.width > work.height else "portrait"
        Work.objects.filter(pk=work.pk).update(size=work.total or 0, shape=shape)
    for work in Work.objects.filter(visibility="public").only("pk", "created_at").iterator():
        Work.objects.filter(pk=work.pk).update(published_at=work.created_at)


class Migration(migrations.Migration):
    dependencies = [("gallery", "0004_works_kept_longer")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
