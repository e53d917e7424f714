"""Where webhooks may lead: nowhere but to what the environment names."""

from typing import Any

import pytest

from studio.worker import deliveries


@pytest.mark.parametrize(
    ("allowed", "url", "fits"),
    [
        (["public"], "https://hooks.example.org/x?y=1", True),
        (["public"], "http://hooks.example.org/x", False),
        (["public"], "https://127.0.0.1/x", False),
        (["public"], "https://[::ffff:10.0.0.1]/x", False),
        (["public"], "https://169.254.169.254/latest", False),
        (["hooks.example.org"], "http://hooks.example.org/x", True),
        (["hooks.example.org"], "https://other.example.org/x", False),
        (["10.0.0.0/8:8080"], "http://10.1.2.3:8080/x", True),
        (["10.0.0.0/8:8080"], "http://10.1.2.3/x", False),
        (["public"], "https://user:pw@hooks.example.org/", False),
        (["public"], "https://hooks.example.org/#x", False),
        (["public"], "https://hooks.example.org:0x/", False),
        ([], "https://hooks.example.org/", False),
    ],
)
def test_where_webhooks_may_lead(settings: Any, allowed: list[str], url: str, fits: bool) -> None:
    settings.WEBHOOK_ALLOWED_HOSTS = allowed
    assert deliveries.may_lead_to(url) is fits
