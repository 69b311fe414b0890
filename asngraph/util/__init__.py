"""Helpers that know nothing of astronomy: files, locks, limits, signals, suggestions."""
