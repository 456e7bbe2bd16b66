"""The forms that articles come in: a reader for each, which yields rows in the order of the file."""
