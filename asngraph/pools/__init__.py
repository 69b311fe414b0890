"""Pools made, linked, checked, merged and divided."""
