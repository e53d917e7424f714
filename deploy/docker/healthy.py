"""A container's look at its own web process: ends with 0 when /healthz answers. Plain Python, knows no Django."""

import http.client
import os
import sys

PORT, PATIENCE = 8000, 4.0


def main() -> int:
    """0 or 1. The studio answers only those who ask for one of its hosts."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".")
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return int(connection.getresponse().status != 200)
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
