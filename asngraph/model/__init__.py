"""The vocabulary of the domain: what pools, exposures, candidates and associations are."""
