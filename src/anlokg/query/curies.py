"""IRIs as CURIEs and back, without knowing the store."""

from __future__ import annotations

from collections.abc import Mapping


class Curies:
    """Writes IRIs short; the longest matching namespace wins."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.prefixes = prefixes
        self._longest = sorted(prefixes.items(), key=lambda item: -len(item[1]))

    def compact(self, iri: str) -> str:
        """The CURIE of an IRI, or the IRI where no prefix fits."""
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
