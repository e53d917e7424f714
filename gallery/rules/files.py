"""Prompt rules as a CSV file: written for a spreadsheet, read back line by line with what is wrong in each."""

import csv
import io
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts import records
from accounts.models import User
from gallery.models import PromptRule
from gallery.rules import prompts as prompt_rules

COLUMNS = ("pattern", "regex", "language", "action", "replacement", "category", "negative", "enabled", "note")
FLAGS = ("regex", "negative", "enabled")
MOST = 20_000
BYTES = 4 * 1024 * 1024
# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t")


class BadFile(Exception):
    """`problems` are sentences for staff, each with its line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def write(rules: Iterable[PromptRule]) -> str:
    """The rules as CSV (with a BOM, so that spreadsheets know that it is UTF-8)."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for rule in rules:
        table.writerow([_cell(getattr(rule, name)) for name in COLUMNS])
    return "\ufeff" + out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def read(staff: User, data: bytes) -> tuple[int, int]:
    """Take the rules of a file in: (added, changed). A rule with the same pattern, language and kind is changed.

    All of it or nothing. Raises BadFile. Regular expressions need the permission to write them.
    """
    rows = _rows(data)
    problems: list[str] = []
    with transaction.atomic():
        known = {(r.pattern, r.language, r.regex): r for r in PromptRule.objects.select_for_update()}
        fresh: dict[tuple[str, str, bool], PromptRule] = {}
        old: dict[tuple[str, str, bool], PromptRule] = {}
        may_regex = staff.has_perm("gallery.write_regex_rules")
        for line, values in rows:
            try:
                rule = _rule(values, may_regex=may_regex)
            except ValidationError as error:
                problems.append(_("Line %(line)s: %(problem)s") % {"line": line, "problem": " ".join(error.messages)})
                continue
            key = (rule.pattern, rule.language, rule.regex)
            if key in known:
                rule.pk = known[key].pk
                old[key] = rule
            else:
                fresh[key] = rule
        if problems:
            raise BadFile(problems[:20])
        bulk_create_with_history(list(fresh.values()), PromptRule, batch_size=500, default_user=staff)
        names = ["changed_at", *(name for name in COLUMNS if name not in ("pattern", "language", "regex"))]
        bulk_update_with_history(list(old.values()), PromptRule, names, batch_size=500, default_user=staff)
        prompt_rules.rules_changed()
        told = {"added": len(fresh), "changed": len(old)}
        records.record(staff, "import_rules", ("gallery.promptrule", "*"), after=told)
    return len(fresh), len(old)


def _rows(data: bytes) -> list[tuple[int, dict[str, str]]]:
    if len(data) > BYTES:
        raise BadFile([_("The file is too large.")])
    try:
        table = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        rows = [(table.line_num, row) for row in table]
    except (UnicodeDecodeError, csv.Error):
        raise BadFile([_("This is no CSV file in UTF-8.")]) from None
    if "pattern" not in (table.fieldnames or ()):
        raise BadFile([_("The first line must name the columns: %(names)s.") % {"names": ", ".join(COLUMNS)}])
    if len(rows) > MOST:
        raise BadFile([_("At most %(limit)s rules.") % {"limit": MOST}])
    return rows


def _rule(values: dict[str, str], *, may_regex: bool) -> PromptRule:
    """One row as a checked rule. Raises ValidationError."""
    rule = PromptRule(changed_at=timezone.now())
    for name in COLUMNS:
        text = (values.get(name) or "").strip()
        if text.startswith("'") and text[1:].startswith(FORMULA):
            text = text[1:]
        if name in FLAGS:
            setattr(rule, name, text.casefold() in ("yes", "true", "1", "ja", "是") if text else name == "enabled")
        elif text:
            setattr(rule, name, text)
    if rule.regex and not may_regex:
        raise ValidationError(_("You may not write regular expressions."))
    rule.full_clean(validate_unique=False, validate_constraints=False)
    return rule
