"""What is kept: works and their files, what they come from, and what people and moderators say of them."""

from gallery.models.rules import Category, PromptHit, PromptRule, PromptRuleSet, RuleAction, RuleLanguage
from gallery.models.work import Lineage, Moderation, Shape, Visibility, Work, WorkFile, WorkQuerySet

__all__ = [
    "Category",
    "Lineage",
    "Moderation",
    "PromptHit",
    "PromptRule",
    "PromptRuleSet",
    "RuleAction",
    "RuleLanguage",
    "Shape",
    "Visibility",
    "Work",
    "WorkFile",
    "WorkQuerySet",
]
