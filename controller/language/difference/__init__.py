"""What changed between two states of a genome, in words, and what it means for callers."""
