"""The record of staff actions: written with the act, only ever added to, and whole or seen to be broken."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts import append_only, records, recordwords
from accounts.models import AppendOnly, RecordHead, StaffAction, User

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def three(mod: User, alice: User) -> list[StaffAction]:
    with transaction.atomic():
        return [
            records.record(mod, "warn", alice, why="规则 3", before={}, after={"warnings": n, "at": alice.date_joined})
            for n in range(3)
        ]


def check() -> str:
    out = io.StringIO()
    call_command("check_record", stdout=out, stderr=out)
    return out.getvalue()


def tamper(statement: str) -> None:
    """What somebody with the database's own tools could do."""
    append_only.allow(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement)
    append_only.forbid(connection)


def test_a_row_says_who_did_what_to_whom_and_why(three: list[StaffAction], mod: User, alice: User) -> None:
    row = StaffAction.objects.get(number=3)
    assert (row.actor, row.actor_id, row.action, row.why) == ("mod", mod.pk, "warn", "规则 3")
    assert (row.target_kind, row.target_id, row.after["warnings"]) == ("accounts.user", str(alice.pk), 2)
    assert "alice" not in f"{row.before}{row.after}"
    assert "3 actions" in check()


def test_codes_are_told_in_words(three: list[StaffAction], mod: User, alice: User) -> None:
    with transaction.atomic():
        told = {
            "queued": 7,
            "moderation": "hidden",
            "scopes": ["a", "b"],
            "until": None,
            "legal_hold": True,
            "odd": 1,
        }
        row = records.record(mod, "remove", ("accounts.role", "1"), why="spam", after=told)
    assert (recordwords.act(row.action), recordwords.kind(row.target_kind)) == ("take down", "role")
    lines = dict(recordwords.values(row.target_kind, row.after))
    assert lines == {
        "unfinished requests": "7", "moderation": "hidden", "scopes": "a, b", "until": "–",
        "legal hold": "Yes", "odd": "1",
    }  # fmt: skip
    with transaction.atomic(), pytest.raises(AssertionError):
        records.record(mod, "without_a_name", alice)
    assert recordwords.act("gone") == "gone" and recordwords.kind("nobody.knows") == "nobody.knows"


def test_an_act_outside_a_transaction_is_refused(transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        records.record(None, "warn", ("work", "1"))


def test_an_act_that_is_rolled_back_leaves_no_record_and_no_gap(
    three: list[StaffAction], mod: User, alice: User
) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        records.record(mod, "warn", alice)
        raise ZeroDivisionError
    with transaction.atomic():
        assert records.record(mod, "warn", alice).number == 4
    assert "4 actions" in check()


def test_no_way_through_the_app_changes_or_deletes_it(three: list[StaffAction]) -> None:
    rows = StaffAction.objects.all()
    for act in (
        three[0].save,
        three[0].delete,
        rows.delete,
        lambda: rows.update(why="x"),
        lambda: rows.bulk_update(three, ["why"]),
        lambda: rows.bulk_create(three),
    ):
        with pytest.raises(AppendOnly):
            act()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_staffaction SET why = 'x'",
        "UPDATE accounts_staffaction SET why = 'x' WHERE number = 2",
        "DELETE FROM accounts_staffaction",
        "DELETE FROM accounts_staffaction WHERE number = 3",
    ],
)
def test_the_database_refuses_it_too(three: list[StaffAction], statement: str) -> None:
    with pytest.raises(DatabaseError, match=append_only.SAYS), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert StaffAction.objects.count() == 3


def test_postgresql_refuses_to_empty_the_table(three: list[StaffAction]) -> None:
    if connection.vendor != "postgresql":
        return  # SQLite has no TRUNCATE
    with pytest.raises(DatabaseError, match=append_only.SAYS), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_staffaction")
    assert StaffAction.objects.count() == 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_staffaction SET why = 'nothing' WHERE number = 2",
        "UPDATE accounts_staffaction SET actor = 'bob' WHERE number = 1",
        "DELETE FROM accounts_staffaction WHERE number = 2",
        "DELETE FROM accounts_staffaction WHERE number = 3",
        "DELETE FROM accounts_staffaction",
    ],
)
def test_tampering_is_seen(three: list[StaffAction], statement: str) -> None:
    tamper(statement)
    with pytest.raises(CommandError):
        check()
    assert list(records.faults())


def test_a_row_slipped_in_is_seen(three: list[StaffAction]) -> None:
    row = StaffAction.objects.get(number=3)
    row.number, row.why = 4, "forged"
    row.save(force_insert=True)
    assert list(records.faults())


def test_the_record_stands_when_the_person_is_gone(three: list[StaffAction], mod: User, alice: User) -> None:
    mod.delete()
    alice.delete()
    assert StaffAction.objects.count() == 3 and not list(records.faults())
    assert RecordHead.objects.get().number == 3
