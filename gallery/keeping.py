"""Keeping what an engine made: `prepare` writes the files, `keep` names them.

Two halves, because the slow one (decode, encode, fsync) must not run inside the transaction
that finishes a generation. Files that were written
but never named (the loser of a race, a crash in between) are left to the sweep.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from PIL import Image, ImageOps

from gallery import files, metadata, recipes, sources
from gallery.finding import search
from gallery.models import Lineage, Reveals, Shape, Work, WorkFile
from gallery.pixels import colours, solids

BLUR_SIDE = 16
THUMBNAIL_QUALITY = 80
# Of libwebp's 0 to 6. Measured at 640 px: 7 ms; 4, its default, takes 17 ms for files 4 % smaller.
WEBP_EFFORT = 2
FORMATS = ("PNG", "JPEG", "WEBP")
# What damaged files make Pillow raise (studio/files/intake.py measured it).
UNREADABLE = (OSError, SyntaxError, RuntimeError, ValueError, TypeError, Image.DecompressionBombError)
# What may be kept beside a picture: the media type of each role, and what looks at it first.
BESIDE = {
    WorkFile.Role.MODEL: (solids.MEDIA_TYPE, solids.check),
    WorkFile.Role.SOURCE: (sources.MEDIA_TYPE, sources.check),
}


# The files of one picture are made side by side: encoders and fsync leave the interpreter to others meanwhile.
_pool = ThreadPoolExecutor(4, thread_name_prefix="keeping")


class UnreadablePicture(ValueError):
    """An engine gave, or a person sent, bytes that are no picture, or no shape."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One finished picture: an encoded file (PNG, JPEG or WebP), its own seed, and facts (JSON) for the recipe.

    `files` are kept beside it, by role (BESIDE): a picture of a shape in space comes with the shape itself, the
    card of a scene with its code.
    """

    data: bytes
    media_type: str
    seed: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a generation was made. `params` as the tool's form gave them; `seconds`: the time of the whole generation."""

    tool: str
    model: str
    engine: str
    params: Mapping[str, Any]
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a draft. The bytes stay at hand so that `keep` can write them again, should they be gone."""

    role: str
    data: bytes
    sha256: str
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A work before it has a row. `recipe` is the JSON of one picture: the Recipe's fields and `facts`."""

    index: int
    seed: int
    width: int
    height: int
    recipe: dict[str, Any]
    blur: str
    colours: tuple[str, ...]
    files: tuple[KeptFile, ...]


def prepare(
    recipe: Recipe, pictures: Sequence[Picture], inputs: Mapping[str, bytes], generation: UUID | None = None
) -> list[Draft]:
    """Write every file of a finished generation; `inputs` are PNG bytes by role, kept with each picture.

    `generation` names the pictures in the label that their files may have to carry.

    Call it before the transaction. Writes no rows. Raises UnreadablePicture; OSError when the disk is full.
    """
    given = tuple(_given(role, inputs[name]) for name, role in recipes.INPUTS.items() if name in inputs)
    return [_draft(recipe, index, picture, given, generation) for index, picture in enumerate(pictures)]


def prepare_edited(
    recipe: Recipe, pixels: Image.Image, seed: int, facts: Mapping[str, Any], generation: UUID | None = None
) -> Draft:
    """Write the files of one picture that a person edited; `pixels` are RGB or RGBA. Otherwise like `prepare`."""
    return _finished(recipe, 0, pixels, seed, facts, drawn=True, produced=produced(generation, 0))


def keep(
    owner_id: int, generation_id: UUID, drafts: Sequence[Draft], *, parents: Mapping[UUID, str] | None = None
) -> list[Work]:
    """Make the rows of `drafts`, private, in order. Call it inside the transaction that finishes the generation.

    `parents` are the works that they were made from, with the kind of each (Lineage.Kind); those that are gone by now
    are left out.

    Raises IntegrityError when an output of this generation has a work already, RuntimeError outside a transaction.
    """
    files.WORKS.hold_names()
    now = timezone.now()
    works = [_work(owner_id, generation_id, draft, now - timedelta(microseconds=draft.index)) for draft in drafts]
    Work.objects.bulk_create(works)
    _link(works, parents or {})
    search.begin(works)
    rows = []
    for work, draft in zip(works, drafts, strict=True):
        for file in draft.files:
            # Under the lock the sweep looks at nothing: a file touched or written again now is named when it next does.
            files.WORKS.store.keep(file.data)
            rows.append(_row(work, file))
    WorkFile.objects.bulk_create(rows)
    return works


def _link(works: list[Work], parents: Mapping[UUID, str]) -> None:
    there = Work.objects.filter(pk__in=parents).values_list("pk", flat=True)
    links = [Lineage(child=work, parent_id=parent, kind=parents[parent]) for parent in there for work in works]
    Lineage.objects.bulk_create(links)


def _work(owner_id: int, generation_id: UUID, draft: Draft, created_at: Any) -> Work:
    params = draft.recipe["params"]
    return Work(
        owner_id=owner_id,
        generation=generation_id,
        index=draft.index,
        # A microsecond apart, so that the newest-first gallery shows the outputs of one generation in their order.
        created_at=created_at,
        tool=draft.recipe["tool"],
        model_name=draft.recipe["model"],
        engine=draft.recipe["engine"],
        prompt=params.get("prompt") or "",
        negative_prompt=params.get("negative_prompt") or "",
        seed=draft.seed,
        width=draft.width,
        height=draft.height,
        recipe=draft.recipe,
        blur=draft.blur,
        veiled=settings.SAFETY == "blur" and recipes.unsafe(draft.recipe["facts"]),
        shape=Shape.of(draft.width, draft.height),
        colours=f" {' '.join(draft.colours)} ",
        size=sum(len(file.data) for file in draft.files),
        is_model=any(file.role == WorkFile.Role.MODEL for file in draft.files),
        # A drawing is part of the work; a photograph is shown to others only when its owner says so.
        reveals=Reveals.RECIPE if any(file.role == WorkFile.Role.INPUT for file in draft.files) else Reveals.ALL,
    )


def _row(work: Work, file: KeptFile) -> WorkFile:
    return WorkFile(
        work=work,
        role=file.role,
        sha256=file.sha256,
        media_type=file.media_type,
        size=len(file.data),
        width=file.width,
        height=file.height,
    )


def produced(generation: UUID | None, index: int) -> str:
    """What a picture is called in the label of its file: its generation and its place among the outputs."""
    return f"{generation.hex}-{index}" if generation else ""


def _draft(recipe: Recipe, index: int, picture: Picture, given: tuple[KeptFile, ...], generation: UUID | None) -> Draft:
    pixels, name = decode(picture.data), produced(generation, index)
    draft = _finished(recipe, index, pixels, picture.seed, picture.facts, drawn=bool(given), produced=name)
    beside = tuple(_beside(role, data, name) for role, data in picture.files.items())
    return replace(draft, files=(*draft.files, *beside, *given))


def _finished(
    recipe: Recipe,
    index: int,
    pixels: Image.Image,
    seed: int,
    facts: Mapping[str, Any],
    *,
    drawn: bool,
    produced: str,
) -> Draft:
    whole = asdict(recipe) | {"facts": dict(facts)}

    def image() -> KeptFile:
        png = metadata.write_png(pixels, whole, seed, drawn=drawn, produced=produced)
        return _kept("image", png, "image/png", pixels.size)

    begun = [_pool.submit(image), *(_pool.submit(_thumbnail, pixels, side) for side in settings.THUMBNAIL_SIZES)]
    blur, ruling = _blur(pixels), tuple(colours.ruling(pixels))
    return Draft(index, seed, *pixels.size, whole, blur, ruling, tuple(file.result() for file in begun))


def _beside(role: str, data: bytes, produced: str) -> KeptFile:
    """A file that is no picture, so without width and height. A shape carries the label that the law asks for."""
    media_type, check = BESIDE[WorkFile.Role(role)]
    try:
        check(data)
        label = metadata.label(produced)
        if label and media_type == solids.MEDIA_TYPE:
            data = solids.told(data, {metadata.LABEL: label})
    except (solids.Unreadable, sources.Unreadable) as error:
        raise UnreadablePicture(str(error)) from error
    return _kept(role, data, media_type, (0, 0))


def _given(role: str, data: bytes) -> KeptFile:
    """Whole by its checksums: its pixels were decoded and written anew when it came in (studio/files/intake.py)."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            size = picture.size
            picture.verify()
    except UNREADABLE as error:
        raise UnreadablePicture("an input cannot be read") from error
    return _kept(role, data, "image/png", size)


def _kept(role: str, data: bytes, media_type: str, size: tuple[int, int]) -> KeptFile:
    return KeptFile(role, data, files.WORKS.store.keep(data), media_type, *size)


def decode(data: bytes) -> Image.Image:
    """Upright RGB or RGBA pixels and nothing else: whatever text or profile came with them stays behind."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > settings.INPUT_MAX_PIXELS:
                raise UnreadablePicture("the picture has too many pixels")
            upright = _even(ImageOps.exif_transpose(picture))
            clean = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except UnreadablePicture:
        raise
    except UNREADABLE as error:
        raise UnreadablePicture("the picture cannot be read") from error
    clean.info = {}
    return clean


def _even(picture: Image.Image) -> Image.Image:
    """16-bit greys as 8 bits: Pillow's own conversion cuts everything above 255 to white."""
    if picture.mode == "I":
        return picture.point(lambda value: value / 256).convert("L")
    if picture.mode.startswith("I"):
        return picture.point(lambda value: value / 256, "L")
    return picture


def _thumbnail(pixels: Image.Image, side: int) -> KeptFile:
    """At most `side` px wide and high; a smaller picture keeps its size."""
    small = pixels.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _kept(f"thumb-{side}", _webp(small, THUMBNAIL_QUALITY), "image/webp", small.size)


def _blur(pixels: Image.Image) -> str:
    tiny = pixels.convert("RGB")
    tiny.thumbnail((BLUR_SIDE, BLUR_SIDE), Image.Resampling.BOX)
    return "data:image/webp;base64," + base64.b64encode(_webp(tiny, 50)).decode("ascii")


def _webp(pixels: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    pixels.save(out, "WEBP", quality=quality, method=WEBP_EFFORT)
    return out.getvalue()
