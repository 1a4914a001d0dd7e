"""The `.sg` language: genes and phenotypes."""
