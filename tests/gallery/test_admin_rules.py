"""The prompt rules in the admin: who edits which, the history and the record, trying out, CSV both ways; and who may
do what with every table that is registered."""

import io

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from accounts.models import StaffAction, User
from gallery.models import PromptRule
from gallery.rules import files as rule_files
from tests.conftest import make_moderator

pytestmark = pytest.mark.django_db
RULES = "/admin/gallery/promptrule/"
FORM = {"pattern": "heffalump", "language": "any", "action": "block", "category": "other"}


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def judge(mod: User) -> User:
    return make_moderator(mod)


def test_a_moderator_writes_a_rule_and_it_is_recorded(judge: User) -> None:
    client = browser(judge)
    assert client.post(f"{RULES}add/", FORM | {"enabled": "on", "_why": "too large"}).status_code == 302
    rule = PromptRule.objects.get(pattern="heffalump")
    client.post(f"{RULES}{rule.pk}/change/", FORM | {"enabled": "on", "action": "flag"})
    first, second = StaffAction.objects.order_by("number")
    assert (first.action, first.actor, first.why) == ("admin_add", "mod", "too large")
    assert (second.before["action"], second.after["action"]) == ("block", "flag")
    assert [(h.action, h.history_user) for h in rule.history.all()] == [("flag", judge), ("block", judge)]
    assert client.get(f"{RULES}{rule.pk}/history/").status_code == 200


def test_regular_expressions_are_for_who_may(judge: User, admin_user: User) -> None:
    browser(judge).post(f"{RULES}add/", FORM | {"enabled": "on", "regex": "on"})
    assert not PromptRule.objects.get(pattern="heffalump").regex
    form = FORM | {"pattern": "heff(a|u)lump", "enabled": "on", "regex": "on"}
    assert browser(admin_user).post(f"{RULES}add/", form).status_code == 302
    rule = PromptRule.objects.get(pattern="heff(a|u)lump")
    assert browser(judge).post(f"{RULES}{rule.pk}/change/", FORM).status_code == 403
    refused = browser(admin_user).post(f"{RULES}add/", form | {"pattern": "(a+)+"}).content.decode()
    assert "Repetition needs an end" in refused


def test_a_text_is_tried_out_and_not_kept(judge: User) -> None:
    client = browser(judge)
    page = client.post(f"{RULES}try/", {"text": "a gory n u d e <b>man</b>"}).content.decode()
    assert "held when it becomes public" in page and "n u d e" in page and "a dramatic" in page
    assert "<b>man" not in page
    assert "No rule says anything" in client.post(f"{RULES}try/", {"text": "a boat"}).content.decode()
    assert not StaffAction.objects.exists()


def test_rules_go_out_as_csv_and_come_back_the_same(judge: User, admin_user: User) -> None:
    PromptRule.objects.create(pattern="=cmd", action="flag", note="a formula, to a spreadsheet")
    text = browser(judge).get(f"{RULES}export/").content.decode()
    assert "'=cmd" in text and "儿童色情" in text
    before = list(PromptRule.objects.order_by("pk").values("pattern", "regex", "action", "negative", "enabled"))
    PromptRule.objects.filter(action="block").update(action="flag")
    upload = {"file": io.BytesIO(text.encode())}
    assert browser(admin_user).post(f"{RULES}import/", upload).status_code == 302
    assert list(PromptRule.objects.order_by("pk").values("pattern", "regex", "action", "negative", "enabled")) == before
    assert StaffAction.objects.get().action == "import_rules"
    assert PromptRule.objects.filter(pattern="csam").get().history.count() == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pattern,action\nx,explode\n", "Line 2"),
        ("pattern,regex\n(a+)+,yes\n", "may not write regular"),
        ("name\nx\n", "name the columns"),
        ("pattern\n!!\n", "no letter"),
        ("\udcff", "UTF-8"),
    ],
)
def test_a_bad_file_changes_nothing_and_says_where(judge: User, text: str, problem: str) -> None:
    before = PromptRule.objects.count()
    data = b"pattern,action\nheffalump,flag\n" if problem == "Line 2" else b""
    answer = browser(judge).post(f"{RULES}import/", {"file": io.BytesIO(text.encode("utf-8", "surrogateescape"))})
    assert answer.status_code == 200 and problem in answer.content.decode()
    assert PromptRule.objects.count() == before and not data.startswith(b"x")


def test_a_large_file_is_refused(judge: User) -> None:
    with pytest.raises(rule_files.BadFile):
        rule_files.read(judge, b"pattern\n" + b"x" * rule_files.BYTES)


def test_members_do_not_get_in(alice: User) -> None:
    for path in ("", "try/", "export/", "import/"):
        assert browser(alice).get(RULES + path).status_code == 302


# What a moderator may view, add, change and delete; admins may all that the page has at all.
MODERATOR = {
    "accounts.User": "v---",
    "accounts.StaffAction": "v---",
    "accounts.Invitation": "va--",
    "gallery.Work": "v---",
    "gallery.Case": "v---",
    "gallery.Report": "v---",
    "gallery.Decision": "v---",
    "gallery.Appeal": "v---",
    "gallery.UnwantedFile": "v---",
    "gallery.PromptHit": "v---",
    "gallery.PromptRule": "vac-",
    "studio.Board": "v---",
}
WITHOUT_ADDING = {"accounts.Workshop", "studio.Webhook"}
READ_ONLY = {
    "accounts.StaffAction", "gallery.Work", "gallery.Case", "gallery.Report", "gallery.Decision", "gallery.Appeal",
    "gallery.UnwantedFile", "gallery.PromptHit", "gallery.Tag", "studio.Generation", "studio.Worker", "accounts.ApiKey",
    "studio.Board",
}  # fmt: skip


def test_each_role_may_what_the_table_says(judge: User, alice: User) -> None:
    from django.contrib.auth.models import Group

    chief = User.objects.create_user("chief")
    chief.groups.add(Group.objects.get(name="admin"))
    chief = User.objects.get(pk=chief.pk)
    for model, page in admin.site._registry.items():
        label = model._meta.label
        if model._meta.app_label not in ("accounts", "gallery", "studio"):
            continue
        told = {}
        for person in (alice, judge, chief):
            request = RequestFactory().get("/")
            request.user = person
            may = page.get_model_perms(request)
            told[person] = "".join(n[0] if may[n] else "-" for n in ("view", "add", "change", "delete"))
        assert told[alice] == "----", label
        assert told[judge] == MODERATOR.get(label, "----"), label
        expected = "v---" if label in READ_ONLY else "v-cd" if label in WITHOUT_ADDING else "vacd"
        assert told[chief] == expected, label


def test_the_record_is_read_and_nothing_else(judge: User) -> None:
    browser(judge).post(f"{RULES}add/", FORM | {"enabled": "on"})
    client = browser(judge)
    listed = client.get("/admin/accounts/staffaction/").content.decode()
    assert "admin_add" in listed and ">add<" in listed and ">prompt rule<" in listed, "codes only in addresses"
    shown = client.get("/admin/accounts/staffaction/1/change/").content.decode()
    assert "admin_add" not in shown and "gallery.promptrule" not in shown and "{&#x27;" not in shown
    assert client.post("/admin/accounts/staffaction/1/change/", {"why": "x"}).status_code == 403
    assert client.post("/admin/accounts/staffaction/1/delete/", {"post": "yes"}).status_code == 403


def test_changes_of_people_roles_and_models_are_recorded(admin_user: User, alice: User, models: None) -> None:
    from accounts.models import Role
    from studio.models import Model

    client = browser(admin_user)
    role = Role.objects.get(group__name="member")
    page = client.get(f"/admin/accounts/role/{role.pk}/change/")
    form = {k: v for k, v in page.context["adminform"].form.initial.items() if v is not None} | {"queued": 7}
    assert client.post(f"/admin/accounts/role/{role.pk}/change/", form).status_code == 302
    row = StaffAction.objects.get(target_kind="accounts.role")
    assert (row.before["queued"], row.after["queued"]) == (20, 7)
    password = {"password1": "quite a new secret 9", "password2": "quite a new secret 9", "usable_password": "true"}
    assert client.post(f"/admin/accounts/user/{alice.pk}/password/", password).status_code == 302
    assert StaffAction.objects.filter(action="admin_password", target_id=str(alice.pk)).exists()
    client.post(f"/admin/studio/model/{Model.objects.get(name='fake').pk}/delete/", {"post": "yes"})
    assert StaffAction.objects.filter(action="admin_delete", target_kind="studio.model").exists()
    assert "pbkdf2" not in str(list(StaffAction.objects.values_list("before", "after")))
