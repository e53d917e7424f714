from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("gallery", "0005_fill_what_works_keep")]
    operations = [
        migrations.RemoveIndex(
            model_name='work',
            name='work_shown_newest_first',
        ),
        migrations.RemoveField(
            model_name='work',
            name='hidden',
        ),
        migrations.RemoveField(
            model_name='work',
            name='parent',
        ),
    ]
