"""What every page has in its head."""

import functools

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@functools.cache
def import_map() -> SafeString:
    """The addresses of our modules: the same for everybody and a third of a page's work, so written once a process."""
    return render_to_string("importmap.json")
