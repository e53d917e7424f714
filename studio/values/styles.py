"""The styles that every studio begins with, as plain values. People's own and the administrator's are rows."""

# The one that needs no settings: starter/style_pictures.py reads this too.
from django.utils.translation.trans_null import gettext_noop

# slug -> name, prompt with the place {prompt}, negative prompt. The picture of each is static/img/presets/<slug>.webp
# (`python -m starter.style_pictures`). The words are some that the starter knows; other models know them too.
STYLES = {
    "cartoon": (gettext_noop("Cartoon"), "{prompt}, cartoon", ""),
    "photo": (gettext_noop("Photo"), "{prompt}, photo", ""),
    "oil": (gettext_noop("Oil painting"), "{prompt}, oil painting", ""),
    "watercolour": (gettext_noop("Watercolour"), "{prompt}, watercolor", ""),
    "pixel": (gettext_noop("Pixel art"), "{prompt}, pixel art", ""),
    "ink": (gettext_noop("Ink painting"), "{prompt}, ink painting", ""),
}
