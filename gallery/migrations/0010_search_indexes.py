"""The full-text index of each database over gallery_searchtext, and the words of the works that are there already."""

from django.db import migrations

from gallery.finding import words

SQLITE = [
    # The words are cut and folded already (gallery/finding/words.py): nothing but the spaces matters to the tokenizer.
    """CREATE VIRTUAL TABLE gallery_search USING fts5(
        text, hidden, content='gallery_searchtext', content_rowid='id', prefix='2 3',
        tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'")""",
    """CREATE TRIGGER gallery_search_insert AFTER INSERT ON gallery_searchtext BEGIN
        INSERT INTO gallery_search (rowid, text, hidden) VALUES (new.id, new.text, new.hidden);
    END""",
    """CREATE TRIGGER gallery_search_delete AFTER DELETE ON gallery_searchtext BEGIN
        INSERT INTO gallery_search (gallery_search, rowid, text, hidden) VALUES ('delete', old.id, old.text, old.hidden);
    END""",
    """CREATE TRIGGER gallery_search_update AFTER UPDATE ON gallery_searchtext BEGIN
        INSERT INTO gallery_search (gallery_search, rowid, text, hidden) VALUES ('delete', old.id, old.text, old.hidden);
        INSERT INTO gallery_search (rowid, text, hidden) VALUES (new.id, new.text, new.hidden);
    END""",
]
SQLITE_BACK = [
    "DROP TRIGGER gallery_search_update",
    "DROP TRIGGER gallery_search_delete",
    "DROP TRIGGER gallery_search_insert",
    "DROP TABLE gallery_search",
]
POSTGRESQL = [
    """ALTER TABLE gallery_searchtext
        ADD COLUMN shown tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, text)) STORED,
        ADD COLUMN whole tsvector
            GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, text || ' ' || hidden)) STORED""",
    "CREATE INDEX gallery_searchtext_shown ON gallery_searchtext USING gin (shown)",
    "CREATE INDEX gallery_searchtext_whole ON gallery_searchtext USING gin (whole)",
]
POSTGRESQL_BACK = ["ALTER TABLE gallery_searchtext DROP COLUMN shown, DROP COLUMN whole"]


def run(schema_editor, sqlite, postgresql):
    for statement in {"sqlite": sqlite, "postgresql": postgresql}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def make(apps, schema_editor):
    run(schema_editor, SQLITE, POSTGRESQL)


def drop(apps, schema_editor):
    run(schema_editor, SQLITE_BACK, POSTGRESQL_BACK)


def fill(apps, schema_editor):
    SearchText = apps.get_model("gallery", "SearchText")
    works = apps.get_model("gallery", "Work").objects.values_list("pk", "title", "prompt", "description")
    rows = (SearchText(work_id=pk, text=words.for_index(*texts)) for pk, *texts in works.iterator())
    SearchText.objects.bulk_create(rows, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("gallery", "0009_tags_likes_and_search")]
    operations = [migrations.RunPython(make, drop), migrations.RunPython(fill, migrations.RunPython.noop)]
