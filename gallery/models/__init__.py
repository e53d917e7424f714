"""What is kept: works and their files, what they come from, and what people and moderators say of them."""

from gallery.models.cases import Act, Appeal, Case, Decision, Report, UnwantedFile
from gallery.models.collection import Collection, CollectionItem
from gallery.models.reactions import Like, Tag, WorkTag
from gallery.models.remarks import Remark
from gallery.models.rules import Category, PromptHit, PromptRule, PromptRuleSet, RuleAction, RuleLanguage
from gallery.models.searchtext import SearchText
from gallery.models.sharing import ShareLink, ShareLinkQuerySet
from gallery.models.work import Lineage, Moderation, Reveals, Shape, Visibility, Work, WorkFile, WorkQuerySet

__all__ = [
    "Act",
    "Appeal",
    "Case",
    "Category",
    "Collection",
    "CollectionItem",
    "Decision",
    "Like",
    "Lineage",
    "Moderation",
    "PromptHit",
    "PromptRule",
    "PromptRuleSet",
    "Remark",
    "Report",
    "Reveals",
    "RuleAction",
    "RuleLanguage",
    "SearchText",
    "Shape",
    "ShareLink",
    "ShareLinkQuerySet",
    "Tag",
    "UnwantedFile",
    "Visibility",
    "Work",
    "WorkFile",
    "WorkQuerySet",
    "WorkTag",
]
