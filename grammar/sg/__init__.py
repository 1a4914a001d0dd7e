"""The `.sg` language: genes, pathways, topologies, phenotypes and intents, by indentation."""
