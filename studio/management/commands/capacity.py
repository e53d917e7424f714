"""`manage.py capacity --people 30 --pictures 20 [--model NAME] [--live 5]`: what so many people need here."""

import statistics
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Avg

from gallery.models import Work
from studio.models import Generation, Model, State
from studio.operations.capacity import Measured, Need, Plan, need

LOOKED_AT, FEWEST = 200, 5
GB = 1024**3


class Command(BaseCommand):
    help = "Tells what a number of people needs, by the measured times of pictures that were made here."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", type=int, required=True, help="who draw in the busiest hour")
        parser.add_argument("--pictures", type=float, default=20, help="that each of them asks for in that hour")
        parser.add_argument("--model", help="whose times count; by default the first of the catalogue")
        parser.add_argument("--live", type=int, default=0, help="of them draw live at the same time")
        parser.add_argument("--drafts", type=float, default=1.0, help="a second, for each who draws live")
        parser.add_argument("--saved", type=float, default=0.2, help="share of pictures that are kept for good")
        parser.add_argument("--hours", type=float, default=4.0, help="busy hours a day")

    def handle(self, *args: Any, **options: Any) -> None:
        model = self._model(options["model"])
        measured = _measured(model)
        names = ("people", "pictures", "live", "drafts", "saved", "hours")
        try:
            found = need(Plan(**{name: options[name] for name in names}), measured)
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write("\n".join(_told(model, measured, found)))

    def _model(self, name: str | None) -> Model:
        models = Model.objects.filter(enabled=True)
        model = models.filter(name=name).first() if name else models.first()
        if model is None:
            raise CommandError(f"There is no model {name or 'in the catalogue'}: manage.py models list.")
        return model


def _measured(model: Model) -> Measured:
    """Medians of the last pictures of `model`. CommandError where there are too few."""
    done = Generation.objects.filter(model_name=model.name, state=State.FINISHED, device_seconds__gt=0)
    rows = done.order_by("-finished_at").values_list("params", "device_seconds")[:LOOKED_AT]
    each = [(seconds / int(params.get("count") or 1), int(params.get("steps") or 1)) for params, seconds in rows]
    if len(each) < FEWEST:
        raise CommandError(
            f"Only {len(each)} pictures of {model.name} are known: make {FEWEST} as people would, first."
        )
    picture = statistics.median(seconds for seconds, _ in each)
    step = statistics.median(seconds / steps for seconds, steps in each)
    draft = step * int(model.defaults.get("live", {}).get("steps", 0))
    kept = Work.objects.filter(model_name=model.name, size__gt=0).order_by("-created_at")[:LOOKED_AT]
    return Measured(picture, draft, kept.aggregate(mean=Avg("size"))["mean"] or 0.0)


def _told(model: Model, measured: Measured, found: Need) -> list[str]:
    times = f"takes {measured.picture:.2f} s of the device, a live draft {measured.draft:.2f} s"
    return [
        f"Measured here: a picture of {model.name} {times}; {measured.kept / 1024:.0f} kB of files are kept of it.",
        f"devices        {found.devices}   (busy for {found.load / found.devices:.0%} of the busiest hour)",
        f"wait           {found.wait:.1f} s in the queue, in the mean",
        f"web processes  {found.web}   ({found.web_bytes / GB:.1f} GB together)",
        f"files          {found.kept / GB:.1f} GB of a month, and {found.grows / GB:.1f} GB a year that are saved",
    ]
