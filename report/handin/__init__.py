"""The report handed in: one archive under the course's name, its receipt, and what it is refused for."""
