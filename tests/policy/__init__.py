"""Who may do what: one table for every address, and a test that walks through all of it."""
