"""What may be printed on a terminal of words that came from elsewhere."""


def shown(words: str, *, keep: str = "") -> str:
    """Write words so that no control character in them reaches the terminal, but for those to `keep`."""
    return "".join(letter if letter.isprintable() or letter in keep else ascii(letter)[1:-1] for letter in words)
