"""The archive: the graphs of many pools in one store of Oxigraph.

`asngraph.archive.writing` adds, replaces and removes pools, `asngraph.archive.asking` answers.
"""
