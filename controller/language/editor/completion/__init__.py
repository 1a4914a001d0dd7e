"""Completion: one module for each level of the language."""
