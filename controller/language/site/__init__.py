"""A static site of a genome's contracts: HTML and CSS alone, no script, no network."""
