"""A small encoder that knows nothing; where it drops nothing, what it learns depends on the batches alone."""

from pathlib import Path

import torch
from transformers import BertConfig, BertModel

from rolecall.train import encoders


def write(folder: Path, dropout: float = 0.0) -> Path:
    """Write it, with the default encoder's tokenizer."""
    tokenizer = encoders.load_tokenizer(encoders.resolve("default"))
    torch.manual_seed(0)
    network = BertModel(
        BertConfig(
            vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
            max_position_embeddings=128, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout,
            initializer_range=0.2,
        )
    )  # fmt: skip
    encoders.save(network, tokenizer, folder)
    return folder
