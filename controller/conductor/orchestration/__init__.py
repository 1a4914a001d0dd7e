"""Pathways, topologies and intents as what is to be done: pure, values in and values out."""
