"""From several people's readings of an article to one that stands, with who decided what from whose reading."""
