"""Which model a program set for its key, where the interface knows no model in the request itself."""

from django.db import models


class ChosenModel(models.Model):
    """Set by A1111's `options`, and meant by every later request with the key that names none."""

    key = models.OneToOneField("accounts.ApiKey", models.CASCADE, related_name="+")
    model = models.ForeignKey("studio.Model", models.CASCADE, related_name="+")
