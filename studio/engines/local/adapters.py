"""The LoRAs and embeddings in memory, those used last kept; a thread reads missing ones while pictures go on."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from studio.engines.base import EngineError
from studio.engines.local import embeddings, lora
from studio.engines.local.device import belong, is_lost, is_out_of_memory
from studio.engines.local.embeddings import Embedding
from studio.engines.local.loading import LoadedModel, key_of
from studio.engines.local.lora import Lora
from studio.engines.local.mixing import Pick
from studio.job import AdapterRef, Job

log = logging.getLogger(__name__)

# Bytes that are kept for whoever comes next. What pictures in the making use stays in memory besides.
KEPT = 2**30
# What trainers call their file where a folder is named.
FILES = {"lora": "pytorch_lora_weights.safetensors", "embedding": "learned_embeds.safetensors"}

Key = tuple[str, ...]
Content = Lora | Embedding


@dataclass(frozen=True, slots=True)
class Additions:
    """What a job adds to its model: LoRAs, and vectors for tokens of its prompts."""

    picks: tuple[Pick, ...] = ()
    embeddings: tuple[Embedding, ...] = ()

    @property
    def key(self) -> Hashable:
        """The same for two that do the same. Keeps none of them in memory."""
        picked = tuple((pick.lora.mark, pick.weight) for pick in self.picks)
        return picked, tuple(embedding.mark for embedding in self.embeddings)


NOTHING = Additions()


class Adapters:
    """`news` takes a call from the reader's thread to the one that owns this, which makes it; `fetched` hears the key
    of what came, or why it did not; `make_room` is for what does not fit. For one thread. `kept` is in bytes."""

    def __init__(
        self,
        news: Callable[[Callable[[], None]], None],
        fetched: Callable[[Key, Exception | None], None],
        make_room: Callable[[], None],
        kept: int = KEPT,
    ) -> None:
        self.kept = kept
        self._news = news
        self._fetched = fetched
        self._make_room = make_room
        self._again: set[Key] = set()
        self._contents: OrderedDict[Key, Content] = OrderedDict()
        self._reading: set[Key] = set()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="adapters")

    def of(self, job: Job, model: LoadedModel, held: dict[Key, Content]) -> Additions | None:
        """What `job` adds to `model`; None while some of it is being read.

        `held` is the job's own: it keeps what came for it, so that two that do not fit together do not wait for ever.
        """
        for ref in job.adapters:
            key = key_of_adapter(ref, job)
            if key in self._contents:
                held[key] = self._contents[key]
                self._contents.move_to_end(key)
            elif key not in held and key not in self._reading:
                self._reading.add(key)
                self._reader.submit(self._read, key, ref, model)
        pairs = [(ref, held.get(key_of_adapter(ref, job))) for ref in job.adapters]
        if any(content is None for _ref, content in pairs):
            return None
        return Additions(
            tuple(Pick(content, ref.weight) for ref, content in pairs if isinstance(content, Lora) and ref.weight),
            tuple(content for _ref, content in pairs if isinstance(content, Embedding)),
        )

    def _read(self, key: Key, ref: AdapterRef, model: LoadedModel) -> None:
        """In the reader's thread."""
        content, trouble = None, None
        try:
            belong(model.device)
            content = read(ref, model)
        except Exception as error:  # noqa: BLE001  it is the waiting requests' trouble
            trouble = error.with_traceback(None)
        self._news(partial(self._put, key, content, trouble))

    def clear(self) -> None:
        """Forget what no picture in the making uses: the memory is needed."""
        self._contents.clear()

    def _put(self, key: Key, content: Content | None, trouble: Exception | None) -> None:
        self._reading.discard(key)
        if trouble is not None and is_out_of_memory(trouble) and key not in self._again:
            self._again.add(key)
            self._make_room()
            return  # whoever waits for it has it read once more
        self._again.discard(key)
        if content is not None:
            self._contents[key] = content
        while len(self._contents) > 1 and sum(each.size for each in self._contents.values()) > self.kept:
            self._contents.popitem(last=False)
        self._fetched(key, trouble)


def read(ref: AdapterRef, model: LoadedModel) -> Content:
    """The content of `ref` for `model`. Raises EngineError("adapter_unavailable") whatever is wrong with it."""
    try:
        file = file_of(ref)
        return lora.read(file, model) if ref.kind == "lora" else embeddings.read(file, model, ref.token)
    except Exception as error:
        if is_out_of_memory(error) or is_lost(error):
            raise
        # diffusers, peft, transformers and safetensors each raise kinds of their own for a bad file.
        log.exception("%s %s could not be read from %s for %s", ref.kind, ref.name, ref.source, model.ref.name)
        raise EngineError("adapter_unavailable", name=ref.name) from error


def file_of(ref: AdapterRef) -> Path:
    """The one safetensors file of `ref`. Raises FileNotFoundError."""
    place = Path(ref.source)
    if place.is_file():
        return place
    named = place / FILES[ref.kind]
    found = [named] if named.is_file() else list(place.glob("*.safetensors"))
    if len(found) != 1:
        raise FileNotFoundError(f"{place} holds {len(found)} safetensors files.")
    return found[0]


def key_of_adapter(ref: AdapterRef, job: Job) -> Key:
    """What tells one adapter in memory from another: each is made for one model."""
    return ref.kind, ref.source, ref.token, key_of(job.model)
