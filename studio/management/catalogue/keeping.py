"""`models list`, `verify` and `remove`: what is here, whether it is still what it was, and what goes."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from studio import tasks
from studio.management.catalogue import files, named, size
from studio.management.catalogue.files import Unusable
from studio.models import Adapter, Generation, Model, State
from studio.queue import lifecycle
from studio.values import queues

Say = Callable[[str], Any]


def tell(*, much: bool, say: Say) -> None:
    """The catalogue, a line a model; with `much` its queue, bytes here, licence and commit, too."""
    for model in Model.objects.all():
        state = "" if model.enabled else "  (off)"
        say(f"{model.name:<20} {model.engine}/{model.family:<8} {model.source}{state}")
        if much:
            places = [place for source in _own(model) if (place := files.here(source, model.revision)) is not None]
            here = size(files.on_disk(places)) if places else "not here"
            about = [model.queue or queues.of_engine(model.engine), here, model.licence or "no licence named"]
            about += [model.revision[:12]] if model.revision else []
            about += ["pinned"] if model.pinned else []
            say(f"{'':<20} {' · '.join(about)}")


def verify(names: list[str], *, write: bool, say: Say) -> None:
    """Hold the files of these models, or of all, against what was known of them; with `write` learn it anew. Raises
    CommandError at the end when something is not as it was."""
    wrong = 0
    for model in [named(name) for name in names] or list(Model.objects.filter(engine="local")):
        faults, known = _faults(model)
        if write and not any("missing" in fault or "cannot" in fault for fault in faults):
            Model.objects.filter(pk=model.pk).update(hashes=known)
            say(f"{model.name}: {len(known)} files are known now.")
            continue
        for fault in faults:
            say(f"{model.name}: {fault}")
        if not faults:
            say(f"{model.name}: {len(known)} files as they were.")
        wrong += bool(faults)
    if wrong:
        raise CommandError(f"{wrong} of the models are not as they were.")


def _faults(model: Model) -> tuple[list[str], dict[str, Any]]:
    """What is wrong with its files, and what they are now."""
    known: dict[str, Any] = {}
    faults = []
    for source in _own(model):
        place = files.here(source, model.revision)
        if place is None:
            faults.append(f"{source} is missing")
            continue
        for path in files.of(place):
            known[files.name_of(path, place)] = list(files.digest(path))
            try:
                if path.suffix == files.WEIGHTS:
                    files.check_head(path)
            except Unusable as error:
                faults.append(f"cannot be used: {error}")
    if not model.hashes:
        return [*faults, "nothing was known of its files; --write keeps what they are now"], known
    for name, told in model.hashes.items():
        if name not in known:
            faults.append(f"{name} is missing")
        elif known[name] != told:
            faults.append(f"{name} is not what it was")
    faults += [f"{name} has come since" for name in known if name not in model.hashes and name.endswith(files.WEIGHTS)]
    return faults, known


def remove(name: str, *, with_files: bool, say: Say) -> None:
    """Take the row out of the catalogue; with its files where nobody else uses them, and never a folder of somebody
    else's. Raises CommandError while something of it is being made."""
    model = named(name)
    unfinished = Generation.objects.filter(model=model, state__in=[State.QUEUED, State.RUNNING]).count()
    if unfinished:
        raise CommandError(f"{unfinished} of {name} wait or are being made. First: models disable {name}, and wait.")
    mine = [source for source in _own(model) if source] if with_files else []
    model.delete()
    say(f"{name} is out of the catalogue.")
    used = {source for other in Model.objects.all() for source in _own(other)}
    used |= set(Adapter.objects.values_list("source", flat=True))
    for source in mine:
        if source in used:
            say(f"{source} stays: another one uses it.")
        elif files.is_hub_id(source):
            _remove_of_hub(source, say)
        else:
            _remove_folder(Path(source), say)


def _remove_of_hub(source: str, say: Say) -> None:
    from huggingface_hub import constants, scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        cache = scan_cache_dir(constants.HF_HUB_CACHE)
    except CacheNotFound:
        return
    commits = [each.commit_hash for repo in cache.repos if repo.repo_id == source for each in repo.revisions]
    if commits:
        plan = cache.delete_revisions(*commits)
        plan.execute()
        say(f"{source}: {size(plan.expected_freed_size)} are free again.")


def _remove_folder(place: Path, say: Say) -> None:
    """Only what lies in our own folder: a path may name anything."""
    inside = Path(settings.VAR_DIR).resolve()
    if not place.exists():
        return
    if inside not in place.resolve().parents:
        say(f"{place} stays: it lies outside of {inside}.")
        return
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    say(f"{place} is gone.")


def put(name: str, queue: str, say: Say) -> None:
    """Pin a model to workers that listen to `queue`; "" for those of its engine. What waits follows it. Raises
    ValidationError."""
    model = named(name)
    model.queue = queue
    model.clean()
    model.save(update_fields=["queue"])
    for each in lifecycle.follow(model):
        tasks.ring(each)
    say(f"{name} is made by workers of {queue or queues.of_engine(model.engine)}.")


def _own(model: Model) -> list[str]:
    """Its sources, for engines that read files."""
    return list(files.sources(model)) if model.engine == "local" else []
