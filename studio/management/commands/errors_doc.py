"""`manage.py errors_doc [--check]`: writes docs/errors.md, both languages, from studio/words/errors.py."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from studio.management.generate import write_or_check
from studio.words.errors import ERRORS, counted

HEAD = """# Errors

Generated from `studio/words/errors.py` by `manage.py errors_doc`. Do not edit.

Every error has one stable code. Over HTTP the answer is `{"code", "message", "fields", "params", "request_id"}` with
the status below; over the WebSocket it comes in `rejected`, `failed`, `expired` or `bye`. `%(…)s` is filled in from
`params`: those of `quota_exceeded` are `what` (`size`, `images_per_day`, `gpu_seconds_per_day`, `storage`,
`key_images_per_day`, `key_gpu_seconds_per_day`), `limit`, `left` (of the seconds), and `until` (ISO time) where waiting
helps. `fields` tells for `invalid` and `bad_message` which field is meant, with a code of its own (`required`,
`max_length`, `min_value`, `max_value`, …).
Where ↻ stands beside the status, the same may succeed a little later by itself: a program may try again.

| code | status | English | 简体中文 |
|---|--:|---|---|
"""


class Command(BaseCommand):
    help = "Generates the table of errors."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only fail when the file is stale")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = [
            f"| `{code}` | {kind.status}{' ↻' * kind.again} | {_in('en', kind.text)} | {_in('zh-hans', kind.text)} |"
            for code, kind in ERRORS.items()
        ]
        path = settings.BASE_DIR / "docs" / "errors.md"
        self.stdout.write(write_or_check(path, HEAD + "\n".join(rows) + "\n", check=options["check"]))


def _in(language: str, text: Any) -> str:
    with translation.override(language):
        return counted(text)
