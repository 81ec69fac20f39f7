"""All SQL, through psycopg 3: one store a noun, statements in .sql files."""
