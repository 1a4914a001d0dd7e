"""Tools for who writes contracts: remarks, formatting, documentation, differences, editors."""
