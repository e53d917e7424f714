"""Looking after a running studio: health, figures, logs, queues of devices. Sizes and times as in `studio.py`."""

from config.env import env

# What each device's worker that `make run` starts listens to: see BRUSHWIRE_GPU_QUEUES in deploy/env.example.
GPU_QUEUES = env.list("BRUSHWIRE_GPU_QUEUES", default=[])

# How often (seconds) a process tells what it counted and writes what it noted (studio/process/rounds.py); 0: never.
ROUND_EVERY = env.float("BRUSHWIRE_ROUND_EVERY", default=5.0)

# /metrics is there for whoever sends this token (Authorization: Bearer …) or asks from one of these addresses or
# networks; with neither it is not there at all.
METRICS_TOKEN = env.str("BRUSHWIRE_METRICS_TOKEN", default="")
METRICS_FROM = env.list("BRUSHWIRE_METRICS_FROM", default=[])
# So many seconds of queued work are what one worker should have before it: the hint for those who start and stop them.
SCALE_SECONDS = env.float("BRUSHWIRE_SCALE_SECONDS", default=30.0)
# Something that waits longer than this (seconds) is an alarm.
ALARM_WAIT = env.float("BRUSHWIRE_ALARM_WAIT", default=600.0)

# line: for people; json: one object a line, for whoever gathers them.
LOG_FORMAT = env.choice("BRUSHWIRE_LOG_FORMAT", "line", "json", default="line")

# Errors to Sentry, spans to an OpenTelemetry collector (its OTLP address over HTTP, http://host:4318). Each needs a
# package that is not installed otherwise: requirements-observing.txt.
SENTRY_DSN = env.str("BRUSHWIRE_SENTRY_DSN", default="")
SENTRY_ENVIRONMENT = env.str("BRUSHWIRE_SENTRY_ENVIRONMENT", default="production")
OTEL_ENDPOINT = env.str("BRUSHWIRE_OTEL_ENDPOINT", default="").rstrip("/")
