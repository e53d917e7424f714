"""A generation from its row to its end (`lifecycle`), and those before it: who is next, for what price, how soon.

Live boards have no row and no line: `mailbox`.
"""
