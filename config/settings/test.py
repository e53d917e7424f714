"""Tests: like production, only faster: short leases, cheap passwords, the fake engine beside the real one."""

import os
import tempfile

# A folder and a Redis of its own for every process that runs tests (with xdist there are several), whatever the
# environment of the studio beside it says; processes that a test starts keep what the test gives them. A short path:
# sockets.
if runs_tests := os.environ.get("BRUSHWIRE_TESTING") != (runner := os.environ.get("PYTEST_XDIST_WORKER", "alone")):
    var = f"{tempfile.gettempdir()}/bw-{os.getpid()}"
    ours = {"BRUSHWIRE_TESTING": runner, "BRUSHWIRE_VAR": var, "REDIS_URL": f"unix://{var}/run/redis.sock"}
    # Processes beside each other take one core each.
    threads = {} if runner == "alone" else {"OMP_NUM_THREADS": "1", "BRUSHWIRE_TORCH_THREADS": "1"}
    os.environ.update(ours | threads)

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES, MODELS, STORAGES, VAR_DIR, env
from config.settings.studio import ENGINES, MESSAGES_PER_SECOND, PROTOCOL_FAULTS_PER_MINUTE

SECRET_KEY = "test-only-" + "x" * 50
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
EMAIL_BACKEND = env.str("TEST_EMAIL_BACKEND", default="django.core.mail.backends.locmem.EmailBackend")
ACCOUNT_RATE_LIMITS = False
# Passkeys on http://localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# Only processes that a test starts have style sheets to give: to look for them costs every test client 0.1 s.
SERVESTATIC_USE_FINDERS = not runs_tests
SERVESTATIC_USE_STATIC_ROOT = False
SERVESTATIC_AUTOREFRESH = False

# Webhooks lead to receivers that the tests themselves start.
WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
# The site of docs/api.md.
CORS_ORIGINS = ["https://app.example.org"]

# Tests are in a hurry; those about rates set their own.
RATE_FACTOR = env.float("BRUSHWIRE_RATE_FACTOR", default=1000.0)
# Fuzzing says much that is wrong over one socket.
MESSAGES_PER_SECOND = env.float("BRUSHWIRE_MESSAGES_PER_SECOND", default=MESSAGES_PER_SECOND)
PROTOCOL_FAULTS_PER_MINUTE = env.int("BRUSHWIRE_PROTOCOL_FAULTS", default=PROTOCOL_FAULTS_PER_MINUTE)
WARM_UP = env.bool("BRUSHWIRE_WARM_UP", default=False)
# Nothing of one test may come in the middle of the next; flows say otherwise.
ROUND_EVERY = env.float("BRUSHWIRE_ROUND_EVERY", default=0.0)
LEASE = env.float("BRUSHWIRE_LEASE", default=2.0)
PROMPT_RULES_FRESH = 0.0
PULSE_EVERY = env.float("BRUSHWIRE_PULSE_EVERY", default=0.5)
RECONCILE_EVERY = env.float("BRUSHWIRE_RECONCILE_EVERY", default=0.3)
PROGRAM_LEFT_AFTER = env.float("BRUSHWIRE_PROGRAM_LEFT_AFTER", default=2.0)
RING_AGAIN_AFTER = env.float("BRUSHWIRE_RING_AGAIN_AFTER", default=1.0)

ENGINES = ENGINES | {"fake": "studio.engines.fake.FakeEngine"}
MODELS = [
    *MODELS,
    {
        "name": "fake",
        "title": "Fake",
        "engine": "fake",
        "family": "fake",
        "source": "fake",
        "tools": ["text_to_image", "sketch_to_image", "image_to_image", "inpaint", "outpaint"],
        "defaults": {
            "steps": 8,
            "guidance_scale": 5.0,
            "strength": 0.75,
            "width": 64,
            "height": 64,
            "live": {"steps": 2},
        },
        "max_side": 512,
    },
    {
        "name": "tiny",
        "title": "Tiny",
        "engine": "local",
        "family": "sd",
        "source": env.str("TINY_PIPELINE", default=str(VAR_DIR / "tiny-pipeline")),
        "tools": ["text_to_image", "sketch_to_image", "image_to_image", "inpaint", "outpaint"],
        "defaults": {
            "steps": 6,
            "guidance_scale": 5.0,
            "strength": 0.75,
            "width": 64,
            "height": 64,
            "live": {"steps": 2},
        },
        "max_side": 128,
    },
]

# A file, not memory: the worker and the web processes of the flow tests open the same one.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
