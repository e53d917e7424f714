"""`models pull`: a model's files from a hub (or HF_ENDPOINT), each checked; then no network is needed."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from huggingface_hub import HfApi, constants, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError

from studio.management.catalogue import files, named, size
from studio.management.catalogue.files import Offered, Unusable
from studio.models import Model

# Licences that ask for nothing of those who make pictures with the model. Others must be accepted by name.
FREE = {"apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "unlicense"}
# So much of the disk stays free.
SPARE = 2 * 1000**3
Say = Callable[[str], Any]


def pull(name: str, *, accept: str, most: float, only_look: bool, say: Say) -> None:
    """Fetch what the row names from the hub: its model and its parts. `accept` is the licence that was read and
    accepted, `most` the largest size in GB. Raises CommandError; what had come by then stays for the next try."""
    model = named(name)
    wanted = [source for source in files.sources(model) if files.is_hub_id(source)]
    if model.engine != "local" or not wanted:
        raise CommandError(f"{name} names nothing on a hub: {model.source} is used as it is.")
    known: dict[str, Any] = {}
    commit = model.revision
    for source in wanted:
        own = source == model.source
        found = _ask(source, model.revision if own else "")
        told = f"{source} at {found.sha[:12]}"
        try:
            chosen = files.wanted(_offered(found), model.family if own else "")
        except Unusable as error:
            raise CommandError(f"{told}: {error}") from error
        _check_licence(model, source, str((found.card_data or {}).get("license") or ""), accept, own=own)
        _check_room(chosen, most, told)
        say(f"{told}: {len(chosen)} files, {size(sum(file.size for file in chosen))}")
        if only_look:
            continue
        known |= _fetch(source, found.sha, chosen, say)
        commit = found.sha if own else commit
    if only_look:
        return
    Model.objects.filter(pk=model.pk).update(revision=commit, hashes=known, licence=model.licence)
    say(f"{name} is here: {len(known)} files, each as the hub says.")


def _ask(source: str, revision: str) -> Any:
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None)
    try:
        return api.model_info(source, revision=revision or None, files_metadata=True, timeout=30)
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", 0)
        if status in (401, 403):
            raise CommandError(f"{source}: the hub wants a token that may read it (HF_TOKEN).") from error
        if status == 404:
            raise CommandError(f"{source}: there is no such model on the hub.") from error
        raise CommandError(f"{source}: the hub answered {status}.") from error
    except Exception as error:  # its library raises whatever its own client does, which is another in each version
        raise CommandError(f"{source}: the hub cannot be asked: {error}") from error


def _offered(found: Any) -> list[Offered]:
    return [
        Offered(each.rfilename, int(each.size or 0), str(each.lfs.sha256) if each.lfs else "")
        for each in found.siblings or ()
        if ".." not in each.rfilename and not each.rfilename.startswith("/")
    ]


def _check_licence(model: Model, source: str, licence: str, accept: str, *, own: bool) -> None:
    """What the hub says goes into the row where that says nothing."""
    if own and not model.licence:
        model.licence = licence
    if licence not in FREE and accept != (licence or "unknown"):
        word = licence or "unknown"
        raise CommandError(
            f"{source} is under the licence {word}. Read it at the hub; to accept it: --accept-licence {word}"
        )


def _check_room(chosen: Sequence[Offered], most: float, told: str) -> None:
    whole = sum(file.size for file in chosen)
    if whole > most * 1000**3:
        raise CommandError(f"{told} is {size(whole)}, more than --max-gb {most:g}.")
    place = Path(constants.HF_HUB_CACHE)
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if whole + SPARE > free:
        raise CommandError(f"{told} is {size(whole)}, and {size(free)} are free where it would go ({place}).")


def _fetch(source: str, commit: str, chosen: Sequence[Offered], say: Say) -> dict[str, Any]:
    """The files, one after the other; bytes and SHA-256 of each. Raises CommandError."""
    known, done, whole = {}, 0, sum(file.size for file in chosen) or 1
    for number, file in enumerate(chosen, start=1):
        try:
            path = hf_hub_download(
                source, file.path, revision=commit, endpoint=os.environ.get("HF_ENDPOINT") or None, etag_timeout=30
            )
        except Exception as error:  # see _ask
            raise CommandError(f"{file.path} did not come: {error}") from error
        known[file.path] = list(_checked(Path(path), file))
        done += file.size
        say(f"[{number}/{len(chosen)}] {100 * done // whole:3d} %  {file.path}  {size(file.size)}")
    return known


def _checked(path: Path, file: Offered) -> tuple[int, str]:
    """Bytes and SHA-256 of what came; what is not what the hub said is removed again. Raises CommandError."""
    told = files.digest(path)
    try:
        if told[0] != file.size or (file.sha256 and told[1] != file.sha256):
            raise Unusable(f"{file.path} is not what the hub says it is.")
        if path.suffix == files.WEIGHTS:
            files.check_head(path)
    except Unusable as error:
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise CommandError(f"{error} It was removed; try again.") from error
    return told
