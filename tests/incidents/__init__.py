"""Production lessons as incidents: what fails, what sees it, what heals it."""
