#!/usr/bin/env python
"""Django's command line. Without DJANGO_SETTINGS_MODULE it runs the development settings."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    if sys.argv[1:2] == ["up"] and os.environ["DJANGO_SETTINGS_MODULE"] == "config.settings.dev":
        # The settings ask for a secret key, so the first start makes one before they load.
        from studio.management.dotenv import ensure_secret_key

        ensure_secret_key(Path(__file__).resolve().parent)

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"The settings are wrong: {error}")
