"""The studio in Django's admin, which finds this package by its name; the pages register themselves when imported."""

from studio.admin import boards, generations, servers, workflows

__all__ = ["boards", "generations", "servers", "workflows"]
