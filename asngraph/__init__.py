"""asngraph: the graph-based association modeler for the James Webb Space Telescope."""
from asngraph._version import __version__
