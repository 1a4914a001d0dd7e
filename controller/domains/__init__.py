"""The worlds that genes act on. Each is a package that answers `world.Domain`."""
