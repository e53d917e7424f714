"""Commands of programs about generations: looking through them, and asking for one again."""

from uuid import UUID, uuid4

from django.db.models import QuerySet

from accounts.models import ApiKey, User
from studio import tools
from studio.commands import generations
from studio.models import TERMINAL, Generation, Input
from studio.protocol import Parent, Submit
from studio.words.errors import Refused


def of(user: User, *, state: str = "", tool: str = "", key: ApiKey | None = None) -> QuerySet[Generation]:
    """One's own generations, of that `state` and `tool` where they are given; with `key` those asked for with it."""
    narrowed = {"state": state, "tool": tool, "api_key": key}
    return Generation.objects.filter(owner=user, **{name: value for name, value in narrowed.items() if value})


def retry(user: User, generation_id: UUID, command: str | None = None, *, key: ApiKey | None = None) -> Generation:
    """Ask again for what one's own ended generation was to make: tool, model, parameters with the seed, inputs.

    Raises Refused: not_found, not_finished, not_repeatable (an input is gone), and the codes of `generations.submit`.
    """
    before = Generation.objects.filter(pk=generation_id, owner=user).first()
    if before is None:
        raise Refused("not_found")
    if before.state not in TERMINAL:
        raise Refused("not_finished")
    tool = tools.find(before.tool)
    if Input.objects.filter(owner=user, pk__in=before.inputs.values()).count() < len(set(before.inputs.values())):
        raise Refused("not_repeatable")
    told = {"input", "remix"}
    again = Submit(
        type="submit",
        id=command or uuid4().hex,
        tool=before.tool,
        model=before.model_name,
        params={name: value for name, value in before.params.items() if name in tool.form_class.base_fields},
        inputs=before.inputs,
        board=before.board,
        parents=[Parent(work=pk, kind=kind) for pk, kind in before.parents.items() if kind in told],
        lane=before.lane,  # type: ignore[arg-type]
    )
    return generations.submit(user, again, key=key)
