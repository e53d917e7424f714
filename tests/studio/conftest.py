"""Who asks the studio: the owner's browser, and somebody else's."""

import pytest
from django.test import Client

from accounts.models import User


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def stranger(bob: User) -> Client:
    other = Client()
    other.force_login(bob)
    return other
