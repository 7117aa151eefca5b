"""The HTML edition: the data that it carries, and how its text is held to them."""
