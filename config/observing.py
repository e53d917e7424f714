"""Sentry and OpenTelemetry, each by a setting and only then imported: the packages are optional.

What is sent says what went wrong and where, not what people wrote or drew: no bodies, no local variables, no cookies,
and whatever looks like a secret of ours is masked as in the logs.
"""

import atexit
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.masking import mask
from studio.process import tracing
from studio.process.loglines import process_name


def begin() -> None:
    """Set up what the settings ask for. Raises ImproperlyConfigured where a package for it is missing."""
    if settings.SENTRY_DSN:
        begin_sentry(settings.SENTRY_DSN)
    if settings.OTEL_ENDPOINT:
        begin_tracing(settings.OTEL_ENDPOINT)


def begin_sentry(dsn: str) -> None:
    """Report errors to `dsn`."""
    try:
        import sentry_sdk
    except ImportError as error:
        raise _missing("BRUSHWIRE_SENTRY_DSN", "sentry-sdk") from error
    try:
        sentry_sdk.init(
            dsn=dsn,
            release=f"brushwire@{settings.VERSION}",
            environment=settings.SENTRY_ENVIRONMENT,
            include_local_variables=False,
            max_request_body_size="never",
            before_send=discreet,
            before_breadcrumb=lambda crumb, hint: None,  # they would tell what people ask the database for
        )
    except sentry_sdk.utils.BadDsn as error:
        raise ImproperlyConfigured(f"BRUSHWIRE_SENTRY_DSN: {error}") from error


def begin_tracing(endpoint: str, exporter: Any = None) -> None:
    """Send spans to the collector at `endpoint`, or to `exporter`."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
    except ImportError as error:
        raise _missing("BRUSHWIRE_OTEL_ENDPOINT", "opentelemetry-sdk and its OTLP exporter") from error
    about = {"service.name": "brushwire", "service.version": settings.VERSION, "process": process_name()}
    provider = TracerProvider(resource=Resource.create(about))
    if exporter is None:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces")))
        atexit.register(provider.shutdown)
    else:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider.get_tracer("brushwire"))


def discreet(event: Any, hint: dict[str, Any]) -> Any:
    """An event of Sentry's without people and secrets, with the ids by which the log's lines are found."""
    from studio.process import requestid

    record = hint.get("log_record")
    ids = {
        "request_id": getattr(record, "request_id", "") or requestid.current(),
        "generation": getattr(record, "generation", "") or requestid.generation(),
        "process": process_name(),
    }
    event["tags"] = dict(event.get("tags") or {}) | {name: value for name, value in ids.items() if value}
    event.pop("user", None)
    request = event.get("request") or {}
    for private in ("cookies", "data", "query_string", "env", "headers"):
        request.pop(private, None)
    return _masked(event)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: _masked(each) for name, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list | tuple) else value


def _missing(variable: str, package: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{variable} is set, but {package} is not installed: pip install -r requirements-observing.txt"
    )
