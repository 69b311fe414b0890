"""The engine: from a pool, by way of columns, edges and drafts, to associations."""
