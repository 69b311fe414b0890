"""What the pipelines do with associations: which runs, in which order, and what is still missing."""
