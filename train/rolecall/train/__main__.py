"""`python -m rolecall.train ...` is `rolecall train ...`: the form that torchrun and accelerate launch."""

import sys

from rolecall.core.cli import run

if __name__ == "__main__":
    sys.exit(run(["train", *sys.argv[1:]]))
