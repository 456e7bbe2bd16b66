"""The baselines by name, in the order in which they are shown."""

from functools import partial

from rolecall.train.baselines import crf, frozen, lexicon, ours, recipe
from rolecall.train.baselines.task import Method

OURS = "ours"
"""What the others are compared with."""

METHODS = {
    method.name: method
    for method in (
        Method(
            "lexicon",
            "longest match of training mentions, case aside, each layer apart; role by majority; "
            "mentions left out that are more often unlabelled than labelled",
            lexicon.train,
        ),
        Method(
            "crf",
            "a conditional random field for each layer: words, shapes, prefixes and suffixes, two words on either side",
            crf.train,
        ),
        Method(
            "frozen",
            "the encoder as it is, its sub-tokens averaged, and a logistic regression for each layer",
            frozen.train,
        ),
        Method(
            "recipe",
            "transformers' token-classification recipe with its defaults (5e-5, 3 epochs, batch 8), "
            "cut off at the encoder's length; a model for each layer",
            partial(recipe.train, recipe.DEFAULT),
        ),
        Method(
            "recipe-tuned",
            "the same recipe at 2e-4 and 8 epochs",
            partial(recipe.train, recipe.TUNED),
        ),
        Method(OURS, "rolecall train fit", ours.train),
    )
}
