"""Log lines as JSON, one object a line, for whoever gathers the logs of many processes. Knows no framework.

The engine's process, which has no Django, says its lines with this as well: `request_id` and `generation` are the same
in every process that had to do with a picture.
"""

import json
import logging
import os
import socket
import sys
from datetime import UTC, datetime

VARIABLE = "BRUSHWIRE_LOG_FORMAT"


class JsonLine(logging.Formatter):
    """`process` says what the process is where the record does not."""

    def __init__(self, process: str = "") -> None:
        super().__init__()
        self._process = process or process_name()
        self._host = socket.gethostname()

    def format(self, record: logging.LogRecord) -> str:
        """See logging."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", ""),
            "generation": getattr(record, "generation", ""),
            "process": self._process,
            "host": self._host,
            "pid": os.getpid(),
            "error": self.formatException(record.exc_info) if record.exc_info else "",
        }
        return json.dumps({name: value for name, value in told.items() if value}, ensure_ascii=False)


def configure_engine() -> None:
    """Set up the log of the engine's process, by the environment alone."""
    if os.environ.get(VARIABLE, "").strip() == "json":
        out = logging.StreamHandler()
        out.setFormatter(JsonLine("engine"))
        logging.basicConfig(level=logging.INFO, handlers=[out])
    else:
        logging.basicConfig(level=logging.INFO, format="[%(asctime)s: %(levelname)s/engine] %(message)s")


def process_name() -> str:
    """What this process is, by its command line: "web", "worker", "beat", "reconciler" or the command's name."""
    words = sys.argv[:8]
    if any("config.server" in word or "config/server" in word or "daphne" in word for word in words):
        return "web"
    known = ("worker", "beat", "reconciler", "up")
    return next((word for word in words if word in known), words[1] if len(words) > 1 else "")
