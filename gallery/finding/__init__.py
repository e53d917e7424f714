"""What a list of works shows: searched, narrowed, cut into pages; tags, and people who have a public page."""
