"""What is kept: works and their files, what they come from, and what people and moderators say of them."""

from gallery.models.work import Lineage, Moderation, Shape, Visibility, Work, WorkFile, WorkQuerySet

__all__ = ["Lineage", "Moderation", "Shape", "Visibility", "Work", "WorkFile", "WorkQuerySet"]
