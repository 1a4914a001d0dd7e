"""The repository and the event log, against real repositories with stock git beside them."""
