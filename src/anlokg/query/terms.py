"""RDF terms for people: IRIs as CURIEs, literals as their text."""

from __future__ import annotations

import pyoxigraph

from ..engine.embedded import Term
from ..namespaces import Base
from .curies import Curies


class Compact(Curies):
    """Writes terms short."""

    def __init__(self, base: Base) -> None:
        super().__init__(base.prefixes())

    def __call__(self, term: Term | None) -> str | None:
        """CURIE or IRI, lexical form, or ``None`` where the variable is unbound."""
        if term is None:
            return None
        if isinstance(term, pyoxigraph.NamedNode):
            return self.compact(term.value)
        if isinstance(term, (pyoxigraph.Literal, pyoxigraph.BlankNode)):
            return term.value
        return str(term)
