"""SHACL: shapes, running them study by study, and reports that name table, row and column."""
