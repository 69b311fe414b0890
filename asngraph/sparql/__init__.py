"""Read-only SPARQL with limits."""
