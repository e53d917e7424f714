"""Every text that a person can see has a translation, and no translation breaks what is filled into it.

The texts are read from the source without xgettext, so that this runs on a bare machine: Python with its own parser,
templates with Django's, JavaScript with a pattern that accepts nothing but a plain string.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import allauth
import django
import polib
import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from django.utils.translation.template import templatize

from accounts import words
from gallery.models import Work
from studio.tools import registry

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("accounts", "config", "gallery", "studio")
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL_CALLS = {"ngettext", "ngettext_lazy"}
CONTEXT_CALLS = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
LOCALE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
DJANGO_CATALOGUES = ("conf", "contrib/auth", "contrib/admin")
DOMAINS = ("django", "djangojs")
# Works outlive tools, so the gallery makes a tool's title from its name; a test below keeps both the same.
LOOKED_UP = {
    "gettext(self.tool.replace('_', ' ').capitalize().replace('3d', '3D'))",
    "gettext(self.name)",
    "gettext(each.title)",
}

Text = tuple[str | None, str]  # its context and the English words


class NotPlain(Exception):
    """A text that no catalogue can have, because it is put together while the program runs."""


def python_texts(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in CALLS | PLURAL_CALLS | CONTEXT_CALLS or ast.unparse(node) in LOOKED_UP:
            continue
        given = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args[:2]]
        with_context = name in CONTEXT_CALLS
        context, text = given[:2] if with_context else (None, given[0])
        if not isinstance(text, str) or (with_context and not isinstance(context, str)):
            raise NotPlain(ast.unparse(node))
        yield context if isinstance(context, str) else None, text


def template_texts(source: str) -> Iterator[Text]:
    """Django turns a template into calls with Python strings in them; between these stand letters without meaning."""
    string = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
    for call in re.finditer(rf"\b(?:n?p?gettext|_)\((?:{string}|[^()'\"])*\)", templatize(source), re.DOTALL):
        yield from python_texts(call.group())


def script_texts(source: str) -> Iterator[Text]:
    string = r"\"(?:[^\"\\\n]|\\.)*\""
    for call in re.finditer(r"(?<![\w.$#])(?:_|gettext)\(\s*", source):
        plain = re.compile(rf"({string})\s*\)").match(source, call.end())
        if not plain:
            raise NotPlain(source[call.start() : call.start() + 80])
        yield None, json.loads(plain[1])


def said(domain: str) -> dict[Text, str]:
    """Every marked text of our source with one place where it stands."""
    found: dict[Text, str] = {}
    for path in sources(domain):
        read = {".py": python_texts, ".html": template_texts, ".txt": template_texts, ".js": script_texts}[path.suffix]
        for text in read(path.read_text(encoding="utf-8")):
            found.setdefault(text, str(path.relative_to(ROOT)))
    return found


def sources(domain: str) -> Iterator[Path]:
    if domain == "djangojs":
        yield from (ROOT / "static" / "js").rglob("*.js")
        return
    for room in ROOMS:
        yield from (path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)
    yield from (path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"})


def catalogue(domain: str) -> polib.POFile:
    return polib.pofile(str(LOCALE / f"{domain}.po"))


def filled_in(text: str) -> list[str]:
    """What a translation must keep: %(name)s, %s, {name}, and HTML tags without what is in them."""
    return sorted(re.findall(r"%\(\w+\)[sdrf]|%[sd]|\{\w*\}|</?\w+", text))


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_marked_text_is_in_the_catalogue(domain: str) -> None:
    known = {(entry.msgctxt, entry.msgid) for entry in catalogue(domain)}
    missing = {text: place for text, place in said(domain).items() if text not in known}
    assert not missing, "run makemessages, translate, then `manage.py compile_po`"


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_catalogue_keeps_no_text_that_nobody_says(domain: str) -> None:
    spoken = said(domain)
    assert not [entry.msgid for entry in catalogue(domain) if (entry.msgctxt, entry.msgid) not in spoken]


@pytest.mark.parametrize("domain", DOMAINS)
def test_everything_is_translated_and_nothing_is_uncertain(domain: str) -> None:
    texts = catalogue(domain)
    assert texts.metadata["Language"] == "zh_Hans"
    assert not texts.metadata_is_fuzzy
    assert not [entry.msgid for entry in texts if entry.fuzzy or entry.obsolete or not entry.translated()]


@pytest.mark.parametrize("domain", DOMAINS)
def test_translations_keep_what_is_filled_in(domain: str) -> None:
    assert not [entry.msgid for entry in catalogue(domain) if not agrees(entry)]


def agrees(entry: polib.POEntry) -> bool:
    original = entry.msgid_plural or entry.msgid
    translations: Iterable[str] = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
    return all(
        filled_in(text) == filled_in(original) and text.endswith("\n") == original.endswith("\n")
        for text in translations
    )


def test_a_translation_that_loses_a_name_is_found() -> None:
    assert not agrees(polib.POEntry(msgid="At most %(limit)s.", msgstr="最多 %(limt)s。"))
    assert not agrees(polib.POEntry(msgid="<b>Note</b>", msgstr="注意"))
    assert agrees(polib.POEntry(msgid="%(a)s of %(b)s", msgstr="%(b)s 中的 %(a)s"))


def test_texts_are_found_in_every_kind_of_source() -> None:
    assert set(python_texts('x = _("One " "two"), pgettext("verb", "Draw")')) == {
        (None, "One two"),
        ("verb", "Draw"),
    }
    template = """{% load i18n %}<p title="{% translate 'One' %}">
    {% blocktranslate %}{{ n }} (or so) of them{% endblocktranslate %}
    {% include "x" with a=_("Two") %}{% translate "Draw" context "verb" %}"""
    assert set(template_texts(template)) == {
        (None, "One"),
        (None, "%(n)s (or so) of them"),
        (None, "Two"),
        ("verb", "Draw"),
    }
    assert set(script_texts('say(_("One"), gettext("It\\"s")); this._(x)')) == {(None, "One"), (None, 'It"s')}


@pytest.mark.parametrize("source", ["_(name)", "_(`One ${two}`)", '_("One" + two)'])
def test_a_text_put_together_at_run_time_is_refused(source: str) -> None:
    with pytest.raises(NotPlain):
        list(script_texts(source))


def test_the_title_made_from_a_tools_name_is_its_title() -> None:
    with translation.override("zh-hans"):
        made = {name: Work(tool=name).tool_title for name in registry()}
        assert made == {name: str(tool.title) for name, tool in registry().items()}


def test_our_words_for_allauth_and_django_are_still_their_words() -> None:
    folders = [Path(allauth.__file__).parent, *(Path(django.__file__).parent / f for f in DJANGO_CATALOGUES)]
    shipped = [folder / "locale" / "en" / "LC_MESSAGES" / "django.po" for folder in folders]
    known = {entry.msgid for path in shipped for entry in polib.pofile(str(path))}
    ours = {*words.DJANGO, *words.FORMS, *words.PAGES, *words.NEWS, *words.MAILS}
    assert ours <= known, ours - known


def test_no_word_of_django_that_a_person_can_see_is_left_in_english() -> None:
    ours = {entry.msgid for entry in catalogue("django")}
    for name in DJANGO_CATALOGUES:
        folder = Path(django.__file__).parent / name / "locale"
        english = polib.pofile(str(folder / "en" / "LC_MESSAGES" / "django.po"))
        chinese = polib.mofile(str(folder / "zh_Hans" / "LC_MESSAGES" / "django.mo"))
        assert {entry.msgid for entry in english} <= {entry.msgid for entry in chinese} | ours


def test_compile_po_writes_what_is_stale_and_only_reports_it_with_check(tmp_path: Path, settings: Any) -> None:
    settings.LOCALE_PATHS = [tmp_path]
    (tmp_path / "django.po").write_text('msgid "Draw"\nmsgstr "画"\n', encoding="utf-8")
    with pytest.raises(CommandError, match="stale"):
        call_command("compile_po", check=True)
    call_command("compile_po")
    call_command("compile_po", check=True)
    assert polib.mofile(str(tmp_path / "django.mo"))[0].msgstr == "画"


def test_the_compiled_catalogues_are_committed_and_current() -> None:
    call_command("compile_po", check=True)
