"""Pools: made from headers, linked, merged, split and summarized."""
