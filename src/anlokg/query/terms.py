"""RDF terms for people: IRIs as CURIEs, literals as their text."""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph

from ..engine import Term
from ..namespaces import Base


class Compact:
    """Writes terms short; the longest matching namespace wins."""

    def __init__(self, base: Base) -> None:
        self.prefixes: Mapping[str, str] = base.prefixes()
        self._longest = sorted(self.prefixes.items(), key=lambda item: -len(item[1]))

    def __call__(self, term: Term | None) -> str | None:
        """CURIE or IRI, lexical form, or ``None`` where the variable is unbound."""
        if term is None:
            return None
        if isinstance(term, pyoxigraph.NamedNode):
            return self.iri(term.value)
        if isinstance(term, (pyoxigraph.Literal, pyoxigraph.BlankNode)):
            return term.value
        return str(term)

    def iri(self, iri: str) -> str:
        for prefix, namespace in self._longest:
            if iri.startswith(namespace):
                return f"{prefix}:{iri[len(namespace) :]}"
        return iri

    def expand(self, name: str) -> str | None:
        """The IRI of a CURIE or of an IRI in full; ``None`` for anything else."""
        prefix, colon, local = name.partition(":")
        if name.startswith(("http://", "https://")):
            return name
        if colon and prefix in self.prefixes:
            return self.prefixes[prefix] + local
        return None
