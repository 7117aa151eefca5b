"""How the facts become a page: the values, tables and words that the templates are given."""
