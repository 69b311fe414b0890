"""The engine: from a pool to its associations, by way of columns, groups and drafts."""
