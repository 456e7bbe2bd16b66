"""What every stage stands on: records, files, schemes, tokens, tags, the ledger, configs, errors."""

from importlib.metadata import version

__version__ = version("rolecall")
