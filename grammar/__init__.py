"""The languages: text becomes values, mistakes become diagnostics, values become text."""
