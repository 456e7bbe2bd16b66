"""Score annotations against annotations: matching, counts, intervals, agreement, reports, gates."""
