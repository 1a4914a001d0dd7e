"""The demonstration: one incident, from the failing gene to the merge that heals it, and back."""
