"""The rules that a new studio starts with: few, and of what is clearly not wanted. Staff change and extend them."""

from typing import Any

from gallery.models import PromptRule, PromptRuleSet

NOTE = "There from the start."
CHILD = (
    "(child|children|kid|kids|toddler|preteen|underage|minor|little girl|little boy|schoolgirl|schoolboy|loli|shota)"
)
SEX = "(nude|naked|porn|porno|nsfw|erotic|hentai|sex|undressed|topless)"

# (language, action, category, also in negative prompts, replacement, patterns)
PLAIN = [
    ("en", "block", "minors", True, "", [
        "child porn*", "kiddie porn*", "csam", "lolicon", "shotacon", "pedophil*", "paedophil*", "jailbait",
        "underage sex*", "sexualized child*", "sexualised child*",
    ]),
    ("zh", "block", "minors", True, "", [
        "儿童色情", "幼女色情", "幼童色情", "萝莉色情", "正太色情", "未成年色情", "未成年性", "儿童裸", "裸体儿童",
        "裸童", "幼女裸", "裸体幼女", "小女孩裸", "小男孩裸", "小学生裸", "恋童", "娈童",
    ]),
    ("en", "block", "sexual", False, "", ["bestiality", "zoophilia", "rape porn", "deepnude"]),
    ("zh", "block", "sexual", False, "", ["兽交", "人兽交", "强奸色情"]),
    ("en", "flag", "sexual", False, "", ["nsfw", "porn*", "nude*", "naked", "hentai", "rape*"]),
    ("zh", "flag", "sexual", False, "", ["色情", "裸体", "裸照", "强奸"]),
    ("en", "flag", "violence", False, "", ["beheading", "beheaded", "dismember*", "gore", "torture*"]),
    ("zh", "flag", "violence", False, "", ["斩首", "分尸", "虐杀", "酷刑"]),
    ("en", "flag", "extremism", False, "", ["swastika*", "isis flag", "suicide bomb*"]),
    ("zh", "flag", "extremism", False, "", ["纳粹", "自杀式袭击"]),
    ("en", "flag", "self_harm", False, "", ["self harm*", "suicide"]),
    ("zh", "flag", "self_harm", False, "", ["自残", "自杀"]),
    ("en", "flag", "person", False, "", ["deepfake*", "face swap*"]),
    ("zh", "flag", "person", False, "", ["换脸", "深度伪造"]),
    ("en", "soften", "violence", False, "dramatic", ["gory"]),
    ("zh", "soften", "violence", False, "戏剧性的", ["血淋淋的"]),
]  # fmt: skip
REGEX = [
    (
        "en",
        "block",
        "minors",
        True,
        "",
        [rf"\b{SEX}\b.{{0,2}}\W.{{0,1}}{CHILD}\b", rf"\b{CHILD}\b.{{0,1}}\W.{{0,1}}{SEX}\b"],
    ),
]


def seed(sender: Any, using: str, **rest: Any) -> None:
    """After migrate: add the rules where there never were any. What staff delete stays deleted."""
    _set, new = PromptRuleSet.objects.using(using).get_or_create(pk=1)
    if not new:
        return
    PromptRule.objects.using(using).bulk_create(
        PromptRule(
            pattern=pattern, regex=regex, language=language, action=action, category=category, negative=negative,
            replacement=replacement, note=NOTE,
        )
        for regex, groups in ((False, PLAIN), (True, REGEX))
        for language, action, category, negative, replacement, patterns in groups
        for pattern in patterns
    )  # fmt: skip
