"""Keeping: works, their files, search, sharing, moderation.

urls pages            pages and files of the gallery          admin management apps    Django's hooks
publishing collecting sharing likes favourites bin expiry    what people do with works
moderation rules      reports, decisions, appeals; what prompts and words may not be
keeping recipes lineage sources    what an engine made, and how it was made
finding               search, filters, pages of a list, tags
pixels metadata       what is computed of a picture; what its file says of it
files models          shelves of files, and the rows
"""
