"""Models and engines that are there before anybody waits for them."""

import logging

from django.db import close_old_connections

from studio.engines import catalogue
from studio.engines.base import Supervised
from studio.job import LIVE_VARIANT, Job
from studio.models import Model

log = logging.getLogger(__name__)


def load_ahead(name: str) -> None:
    """Have the model `name`, and what it draws live with, in memory before anybody needs them: the smallest picture of
    each is made and thrown away."""
    model = Model.objects.filter(name=name, enabled=True).first()
    if model is None or "text_to_image" not in model.tools:
        log.warning("there is no model called %s that can be loaded ahead", name)
        return
    size = {side: int(model.defaults.get(side) or 64) for side in ("width", "height")}
    params = {
        "prompt": "",
        "negative_prompt": "",
        "count": 1,
        "seed": 0,
        "loras": [],
        "guidance_scale": 1.0,
        "steps": 1,
    }
    refs = [model.ref(), *([quick] if (quick := model.ref(LIVE_VARIANT)).variant else [])]
    try:
        for ref in refs:
            job = Job(f"warm-{name}", "text_to_image", params | size, {}, ref, lane="bulk")
            catalogue.load(model.engine).run(job, lambda step: None)
        log.info("model %s is loaded", name)
    except Exception as error:  # noqa: BLE001  nobody waits for it; who needs it next is told why
        log.warning("model %s could not be loaded ahead: %s", name, error)
    finally:
        close_old_connections()


def warm_up() -> None:
    """Load the engine of the default model, so that the first person does not wait for torch to be imported."""
    model = Model.objects.filter(enabled=True).first()
    engine = catalogue.load(model.engine) if model is not None else None
    if isinstance(engine, Supervised):
        engine.warm_up()
