"""The output columns of the model: the BIO tag sets of all layers, one behind the other."""

from typing import NamedTuple

from rolecall.core.bio import tag_names
from rolecall.core.scheme import Scheme


class TagSet(NamedTuple):
    """The tags of one layer; its columns are O, then B- and I- of each role, from column `first` on."""

    layer: str
    roles: tuple[str, ...]
    first: int

    @property
    def columns(self) -> slice:
        """Where the layer's logits stand among the model's."""
        return slice(self.first, self.first + 1 + 2 * len(self.roles))


def tag_sets(scheme: Scheme) -> tuple[TagSet, ...]:
    """Return the tag set of each layer, in the scheme's order."""
    sets: list[TagSet] = []
    for layer in scheme.layers:
        first = sets[-1].columns.stop if sets else 0
        sets.append(TagSet(layer.name, tuple(role.name for role in layer.roles), first))
    return tuple(sets)


def column_names(sets: tuple[TagSet, ...]) -> list[str]:
    """Name the model's columns: the plain tags; with several layers each O names its own."""
    return [
        f"O:{each.layer}" if name == "O" and len(sets) > 1 else name for each in sets for name in tag_names(each.roles)
    ]
