"""Fine-tune a token classifier for event roles, and predict with it."""
