"""Logging in by way of other sites: there when it is set up, and not even loaded when it is not."""

import json
import os
import subprocess
import sys

from django.conf import settings
from django.test import Client

PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "school",
                "name": "Our school",
                "client_id": "x",
                "secret": "y",
                "settings": {"server_url": "https://login.school.example/realm"},
            }
        ]
    }
}
CODE = """
import django; django.setup()
from allauth.socialaccount.models import SocialApp
from django.db import connection
from django.test import Client
with connection.schema_editor() as editor:
    editor.create_model(SocialApp)
for path in ("/accounts/login/", "/accounts/oidc/school/login/"):
    answer = Client().get(path)
    assert answer.status_code == 200, path
    print(answer.content.decode(), answer["Content-Security-Policy"])
"""


def test_without_a_provider_nothing_of_it_is_loaded(db) -> None:
    assert not [app for app in settings.INSTALLED_APPS if "socialaccount" in app]
    assert "oidc" not in Client().get("/accounts/login/").content.decode()
    assert Client().get("/accounts/oidc/school/login/").status_code == 404


def test_people_come_in_by_way_of_a_provider_as_the_policy_allows() -> None:
    """Whole round trips to a provider of ours over HTTP; what each must end with stands there."""
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    command = [sys.executable, "-m", "tests.accounts.oidc_round_trips"]
    done = subprocess.run(command, check=False, env=env, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0 and done.stdout.strip().endswith("ok"), done.stderr[-3000:]


def test_with_one_its_button_leads_there(tmp_path) -> None:
    env = os.environ | {
        "BRUSHWIRE_LOGIN_PROVIDERS": json.dumps(PROVIDERS),
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, check=False, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Log in with Our school" in done.stdout and "/accounts/oidc/school/login/?process=login" in done.stdout
    assert "form-action 'self' https://login.school.example" in done.stdout
    assert "You go on at Our school" in done.stdout
