"""Plan the pipeline runs for associations: which runs, in which order, and which files are missing."""
