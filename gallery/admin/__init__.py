"""The gallery in Django's admin: works without what is private, cases and decisions to read, the prompt rules."""

from gallery.admin import cases, rules, works

__all__ = ["cases", "rules", "works"]
