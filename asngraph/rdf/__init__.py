"""RDF: the graph in the vocabulary of ``ontology/asngraph.ttl``, as files, as rdflib has it, and for SPARQL."""
