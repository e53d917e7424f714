"""The pages of notices: one's own only, in the reader's words, older ones further down, the bell with its number."""

import pytest
from django.core import mail
from django.test import Client

from accounts import notices, post
from accounts.models import Notice, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_alice_reads_her_notices_in_her_language(browser: Client, alice: User, bob: User) -> None:
    notices.tell(alice, "work_removed", link="/gallery/", title="“Boat”", reason="hate", words="Look at <b>rule</b> 3.")
    notices.tell(bob, "work_restored", title="“Secret”")
    html = browser.get("/notices/").content.decode()
    assert "“Boat” was taken down: hate or harassment." in html and "&lt;b&gt;rule" in html
    assert "Secret" not in html and 'href="/gallery/"' in html


def test_the_bell_counts_what_is_new_until_it_is_seen(browser: Client, alice: User) -> None:
    last = [notices.tell(alice, "work_restored", title="x") for _ in range(2)][-1]
    assert 'data-unseen="2"' in browser.get("/notices/bell/").content.decode()
    answer = browser.post("/notices/seen/", {"up_to": last.pk}, headers={"HX-Request": "true"})
    assert 'data-unseen="0"' in answer.content.decode()
    assert browser.post("/notices/seen/", {"up_to": last.pk}).status_code == 302


@pytest.mark.parametrize("up_to", ["", "x", "-1", "9" * 30, "１"])
def test_nonsense_is_a_bad_request(browser: Client, up_to: str) -> None:
    assert browser.post("/notices/seen/", {"up_to": up_to}).status_code == 400
    if up_to:
        assert browser.get("/notices/", {"before": up_to}).status_code == 400


def test_older_ones_come_page_by_page(browser: Client, alice: User) -> None:
    rows = [notices.tell(alice, "work_restored", title=f"n{n:02}") for n in range(31)]
    assert f"before={rows[1].pk}" in browser.get("/notices/").content.decode()
    more = browser.get("/notices/", {"before": rows[1].pk}, headers={"HX-Request": "true"}).content.decode()
    assert "n00" in more and "<html" not in more


def test_nobody_is_asked_to_log_in(client: Client) -> None:
    for path in ("/notices/", "/notices/bell/"):
        assert client.get(path).status_code == 302
    assert client.post("/notices/seen/", {"up_to": 1}).status_code == 302


def test_reading_asks_few_queries(browser: Client, alice: User, django_assert_max_num_queries) -> None:
    for n in range(30):
        notices.tell(alice, "work_restored", title=str(n))
    with django_assert_max_num_queries(5):
        browser.get("/notices/")


def test_a_notice_goes_by_mail_with_its_link(alice: User, settings) -> None:
    notice = notices.tell(alice, "work_restored", link="/gallery/", title="“Boat”")
    assert post.send_notice(notice.pk)
    (sent,) = mail.outbox
    assert sent.to == ["alice@example.org"] and "“Boat” is there" in sent.body
    assert settings.PUBLIC_URL + "/gallery/" in sent.body
    Notice.objects.all().delete()
    assert not post.send_notice(notice.pk)
