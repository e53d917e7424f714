"""Notices by e-mail: from the commit by way of broker and worker to a mail server, in the language of their reader."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from accounts import notices
from accounts.models import User
from gallery.models import Work
from gallery.moderation import decisions, reports
from gallery.moderation.decisions import Wanted
from tests.conftest import make_moderator
from tests.stack import PATIENCE, smtp
from tests.stack.processes import Stack


@pytest.fixture
def post(transactional_db: None, redis_server: object, settings: Any) -> Iterator[smtp.Sink]:
    """A mail server, and a worker of the queue "cpu" that sends to it."""
    settings.NOTICES_BY_MAIL = True
    with smtp.sink() as server:
        backend = "django.core.mail.backends.smtp.EmailBackend"
        stack = Stack(TEST_EMAIL_BACKEND=backend, EMAIL_URL=server.url, BRUSHWIRE_PUBLIC_URL="https://draw.example")
        stack.start("cpu")
        try:
            yield server
        finally:
            stack.stop()


def test_a_decision_reaches_its_owner_by_mail_in_their_language(
    post: smtp.Sink, alice: User, bob: User, mod: User
) -> None:
    for person, language in ((alice, "zh-hans"), (bob, "en")):
        person.language = language
        person.save(update_fields=["language"])
    work = Work.objects.create(
        owner=alice, generation=uuid4(), seed=1, width=8, height=8, title="小船", visibility="public"
    )
    case = reports.report(bob, "192.0.2.1", alice, work, reason="hate", text="").case
    judge = make_moderator(mod)
    decision = decisions.decide(judge, case.pk, Wanted("hide", "hate", "这里不行。"))
    to, mail = post.mails.get(timeout=PATIENCE)
    assert to == ["alice@example.org"]
    assert mail["Subject"] == "[Brushwire] 给你的消息"
    body = mail.get_content()
    assert "“小船”" in body and "这里不行。" in body and "alice" in body
    assert "was hidden" not in body and "隐藏" in body
    assert f"https://draw.example{decisions.address(decision)}" in body
    with transaction.atomic():
        notices.tell(bob, "warned", reason="spam", words="Please stop.")
    to, mail = post.mails.get(timeout=PATIENCE)
    assert to == ["bob@example.org"] and mail["Subject"] == "[Brushwire] News for you"
    assert "A moderator warns you: spam or deception. Please stop." in mail.get_content()
    assert post.mails.empty(), "what became of bob's report is no matter for a mail"
