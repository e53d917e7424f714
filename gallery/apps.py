"""Hooks the gallery into Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GalleryConfig(AppConfig):
    name = "gallery"
    verbose_name = _("Gallery")
    role_permissions = {
        "moderator": [
            "moderate",
            "open_private",
            "view_case",
            "view_report",
            "view_decision",
            "view_appeal",
            "view_unwantedfile",
            "view_work",
            "view_promptrule",
            "add_promptrule",
            "change_promptrule",
            "view_historicalpromptrule",
            "view_prompthit",
        ],
    }

    def ready(self) -> None:
        from django.db.models.signals import post_delete, post_migrate, post_save

        from accounts import said
        from accounts.signals import about_changed
        from gallery import notice_words, record_words
        from gallery.models import PromptRule
        from gallery.moderation import gate
        from gallery.rules import first as first_rules
        from gallery.rules import prompts as prompt_rules

        notice_words.register_all()
        record_words.register_all()
        said.register(gate.check_said)
        about_changed.connect(gate.about_changed, dispatch_uid="gallery.about_changed")
        post_migrate.connect(first_rules.seed, sender=self, dispatch_uid="gallery.first_rules")
        for signal in (post_save, post_delete):
            signal.connect(prompt_rules.on_rule_change, sender=PromptRule, dispatch_uid="gallery.rules_changed")
