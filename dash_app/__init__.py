"""The pages: they show, and compute nothing of their own."""
