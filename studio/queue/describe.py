"""Rows as the values the protocol speaks of. Reads only."""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from gallery.models import Work
from studio.models import TERMINAL, Generation, Input, State
from studio.news import events
from studio.protocol import ErrorView, GenerationView, Parent, WaitView, WorkView
from studio.queue import estimates
from studio.tools import registry


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: `position` is 1 for the next, None for one that cannot start; `starts_in` are seconds."""

    position: int | None
    starts_in: estimates.Span | None
    wait: WaitView


NOWHERE = Place(None, None, WaitView(code=""))

# How many ended generations a snapshot shows besides everything unfinished.
RECENT = 12


def work_view(work: Work) -> WorkView:
    """A work with its addresses."""
    return WorkView(
        id=work.pk,
        index=work.index,
        seed=work.seed,
        width=work.width,
        height=work.height,
        image=reverse("gallery:media", args=[work.pk, "image"]),
        thumbnail=reverse("gallery:media", args=[work.pk, "thumb-640"]),
        page=reverse("gallery:work", args=[work.pk]),
        favourite=work.favourite,
        veiled=work.veiled,
        model=reverse("gallery:media", args=[work.pk, "model"]) if work.is_model else None,
    )


def generation_view(
    generation: Generation,
    *,
    works: Iterable[Work] = (),
    place: Place = NOWHERE,
    kept: Container[str] | None = None,
    expected: estimates.Span | None = None,
) -> GenerationView:
    """The whole state of one generation, with the newest progress that Redis remembers while it runs.

    `kept` are the ids of the inputs that are still there; all of them where it is None. `expected`: seconds it will
    take (studio/queue/estimates.py), known for what has not ended.
    """
    tool = registry().get(generation.tool)
    view = GenerationView(
        id=generation.pk,
        command=generation.command,
        tool=generation.tool,
        model=generation.model_name,
        params=generation.params,
        state=generation.state,  # type: ignore[arg-type]
        count=generation.params.get("count", 1),
        total=tool.real_steps(generation.params) if tool else 0,
        position=place.position,
        starts_in=place.starts_in,
        wait=place.wait if generation.state == State.QUEUED and place.wait.code else None,
        cost=round(generation.cost - generation.refunded, 3),
        lane=generation.lane,
        inputs={role: UUID(pk) for role, pk in generation.inputs.items() if kept is None or pk in kept},
        parents=_parents(generation),
        expected=expected,
        works=[work_view(work) for work in works],
        error=ErrorView(code=generation.error_code, params=generation.error_params) if generation.error_code else None,
        board=generation.board,
        notes=generation.notes,
        after=generation.after_id,
        created_at=generation.created_at.isoformat(),
    )
    if generation.state != State.RUNNING:
        return view
    told = events.latest(generation.pk)
    known = {k: v for k, v in (told or {}).items() if k in ("stage", "step", "total", "index", "share")}
    return view.model_copy(update=known)


def _parents(generation: Generation) -> list[Parent]:
    """Those that a submit may name: what was made again, or edited, is not made so once more."""
    told = {"input", "remix"}
    return [Parent(work=UUID(pk), kind=kind) for pk, kind in generation.parents.items() if kind in told]


def edit_view(work: Work, board: UUID) -> GenerationView:
    """A picture that a person edited, as if it were a generation of its own: it has no row."""
    params = {**work.recipe.get("params", {}), "seed": work.seed, "count": 1}
    return GenerationView(
        id=work.generation,
        command=f"edit-{work.generation.hex}",
        tool=work.tool,
        model=work.model_name,
        params=params | {"width": work.width, "height": work.height},
        state="finished",
        works=[work_view(work)],
        board=board,
        created_at=work.created_at.isoformat(),
    )


def recent(owner_id: int, places: dict[UUID, Place]) -> list[GenerationView]:
    """Everything unfinished and the newest RECENT ended generations of one person, oldest first.

    A finished one whose works were all deleted, for good or not, is no longer shown.
    """
    mine = Generation.objects.filter(owner_id=owner_id, album_photo=None)  # an album has a page of its own
    ended = mine.filter(state__in=TERMINAL).order_by("-created_at", "-id")[:RECENT]
    rows = sorted([*mine.exclude(state__in=TERMINAL), *ended], key=lambda row: (row.created_at, row.pk.int))
    return [view for view in views(rows, places) if view.works or view.state != State.FINISHED]


def views(rows: Sequence[Generation], places: dict[UUID, Place]) -> list[GenerationView]:
    """Each row with its works, its place in the queue and what is left of its inputs."""
    works: dict[UUID, list[Work]] = defaultdict(list)
    finished = [row.pk for row in rows if row.state == State.FINISHED]
    for work in Work.objects.filter(generation__in=finished, deleted_at=None).order_by("index") if finished else ():
        works[work.generation].append(work)
    named = {pk for row in rows for pk in row.inputs.values()}
    kept = {str(pk) for pk in Input.objects.filter(pk__in=named).values_list("pk", flat=True)} if named else set()
    spans = estimates.expected_all(row for row in rows if row.state not in TERMINAL)
    return [
        generation_view(
            row, works=works[row.pk], place=places.get(row.pk, NOWHERE), kept=kept, expected=spans.get(row.pk)
        )
        for row in rows
    ]
