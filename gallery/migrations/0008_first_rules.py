"""Once added the first rules; gallery/rules/first.py does it after migrate, where an emptied database gets them again."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("gallery", "0007_prompt_rules")]

    operations = []
