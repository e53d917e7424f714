"""What a process has loaded is no garbage, and is not looked through again."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "loads",
    ["import config.asgi", "import studio.tasks; from celery.signals import worker_ready; worker_ready.send(None)"],
)
def test_what_was_loaded_is_left_alone_and_the_rest_is_collected(loads: str) -> None:
    code = (
        f"import gc, django; django.setup(); {loads};"
        "assert gc.get_freeze_count() > 50_000, gc.get_freeze_count(); assert gc.isenabled()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=180)
