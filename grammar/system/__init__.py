"""Systems: what must always hold, and what must follow from what, in braces (seed 000)."""
