"""The version of the package and of the ontology, which are the same (a test holds them to it)."""

__version__ = "0.1.0"
