"""Evidence tables: CSV files described by a Data Package."""
