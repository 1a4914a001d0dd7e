"""Systems as consequence graphs: compiled, evaluated against the log, drawn."""
