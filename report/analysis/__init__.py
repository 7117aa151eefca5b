"""What the stored results say: statistics, facts and verdicts, without a word of text."""
