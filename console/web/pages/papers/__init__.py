"""Pages about papers (文书): making the papers of a year, and the templates from which they are made."""
