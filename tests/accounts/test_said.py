"""Names and words about oneself go through the prompt rules, as everything does that others read."""

import pytest
from django.test import Client

from accounts import invitations
from accounts.models import User, Workshop
from gallery.models import Case, PromptRule

pytestmark = pytest.mark.django_db
ABOUT = {"language": "", "embed_prompt": "on"}


@pytest.fixture(autouse=True)
def rules(db: None) -> None:
    PromptRule.objects.create(pattern="heffalump", action="block", category="hate")
    PromptRule.objects.create(pattern="woozle", action="flag", category="spam")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("words", ["I am a heffalump.", "ｈｅｆｆａｌｕｍｐ", "heff\u200balump"])
def test_blocked_words_about_oneself_are_refused_with_the_reason(alice: User, words: str) -> None:
    answer = browser(alice).post("/account/", ABOUT | {"about": words})
    assert "The rules of this place do not allow this: hate" in answer.content.decode()
    alice.refresh_from_db()
    assert alice.about == ""


def test_flagged_words_are_kept_and_a_moderator_looks(alice: User) -> None:
    client = browser(alice)
    assert client.post("/account/", ABOUT | {"about": "Buy a woozle"}).status_code == 302
    case = Case.objects.get()
    assert (case.person, case.about_person, case.sources, case.flags) == (alice, True, ["flagged"], ["spam"])
    case.delete()
    assert client.post("/account/", ABOUT | {"about": "Buy a woozle", "language": "en"}).status_code == 302
    assert not Case.objects.exists(), "the same words are not looked at again"


def test_harmless_words_are_nobodys_business(alice: User) -> None:
    browser(alice).post("/account/", ABOUT | {"about": "I draw boats. 我画小船。"})
    alice.refresh_from_db()
    assert alice.about == "I draw boats. 我画小船。" and not Case.objects.exists()


def test_nobody_signs_up_under_a_blocked_name(client: Client, settings) -> None:
    settings.SIGNUP = "open"
    form = {
        "username": "Heffalump",
        "email": "h@example.org",
        "password1": "paper and ink",
        "password2": "paper and ink",
    }
    answer = client.post("/accounts/signup/", form)
    assert "do not allow this" in answer.content.decode() and not User.objects.exists()
    assert invitations.IN_SESSION not in client.session


def test_nobody_joins_a_workshop_under_a_blocked_name(client: Client, workshop: Workshop) -> None:
    form = {"username": "heffalump", "password1": "paper and ink", "password2": "paper and ink"}
    answer = client.post(f"/join/{workshop.code}/", form)
    assert "do not allow this" in answer.content.decode() and not User.objects.filter(workshop=workshop).exists()
