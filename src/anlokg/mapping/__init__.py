"""Rows to RDF: YARRRML to RML, and a streaming executor of the RML that the mappings use."""
