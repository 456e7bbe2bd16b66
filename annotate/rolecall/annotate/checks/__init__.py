"""The linter for labels: rules that look at one reading, and rules that look at the whole corpus."""
