"""All pages of a list, and the proof that none is missing."""
