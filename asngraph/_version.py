"""The version of asngraph, and the version of jwst whose rules it implements."""

__version__ = "0.1.0"

# The release that `asngraph.rules.observatory_rules` and the engine reproduce (docs/differences.md has the exceptions).
REFERENCE = "jwst 3.0.0"
