"""The version of asngraph, and that of jwst whose rules it has, in one place."""

__version__ = "0.1.0"

# What `asngraph.rules.observatory_rules` says and the engine does is what this does (docs/differences.md).
REFERENCE = "jwst 3.0.0"
