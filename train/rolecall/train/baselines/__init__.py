"""Other ways to label the same articles, from a word list to the usual recipe: what a model has to beat."""
