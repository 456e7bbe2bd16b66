"""From articles to a dataset: ingest, schemes, Label Studio, conversion."""
