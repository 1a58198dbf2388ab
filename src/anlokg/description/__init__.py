"""What a release says of itself, as RDF: VoID, prefixes, and the shipped queries as examples."""
