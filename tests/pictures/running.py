"""A studio of one's own in a temporary folder, as `make run` starts it, whose rows this process may write too."""

import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "studio.example.org"  # so that links in the pictures look as they would where somebody runs it
WITHIN = 600.0  # seconds, the first reading of torch on a busy machine with it
OURS = ("BRUSHWIRE_", "REDIS_URL", "CHANNEL_REDIS_URL", "DATABASE_URL", "MEDIA_ROOT", "DJANGO_SETTINGS", "PORT")


@contextmanager
def studio() -> Iterator[str]:
    """The address of a ready studio, http://127.0.0.1:PORT. It answers as HOST, too, and ends with the block."""
    with tempfile.TemporaryDirectory(prefix="bw-", ignore_cleanup_errors=True) as var:
        for name in [name for name in os.environ if name.startswith(OURS)]:
            del os.environ[name]
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "BRUSHWIRE_VAR": var,
            "BRUSHWIRE_DEMO_ACCOUNT": "",
            "ALLOWED_HOSTS": f"127.0.0.1,{HOST}",
            "LOG_LEVEL": "WARNING",
        }
        log = Path(var) / "up.log"
        with log.open("wb") as out:
            up = subprocess.Popen([sys.executable, "manage.py", "up", "--port", "0"], cwd=ROOT, stdout=out, stderr=out)
        try:
            address = _ready(up, log)
            import django

            django.setup()
            yield address
        finally:
            up.send_signal(signal.SIGINT)
            try:
                up.wait(60)
            except subprocess.TimeoutExpired:
                up.kill()


def _ready(up: "subprocess.Popen[bytes]", log: Path) -> str:
    """The address that it prints. RuntimeError with its last lines when it ends, or takes too long."""
    until = time.monotonic() + WITHIN
    while up.poll() is None and time.monotonic() < until:
        if found := re.search(r"^ready: (\S+?)/?$", log.read_text(errors="replace"), re.MULTILINE):
            return found[1]
        time.sleep(0.3)
    raise RuntimeError(f"the studio did not become ready:\n{log.read_text(errors='replace')[-3000:]}")
