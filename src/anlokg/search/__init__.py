"""Finding things by what people call them: names, synonyms, identifiers, in any spelling."""
