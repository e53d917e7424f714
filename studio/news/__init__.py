"""What is told: events to pages and programs (`events` is the only door), hooks, texts on their way, signs of life."""
