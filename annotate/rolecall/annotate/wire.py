"""The items of Label Studio's wire format, read without trusting them: whatever stands there, these give an answer.

Format: https://labelstud.io/guide/task_format
"""

from typing import Any

Json = dict[str, Any]


def item_of(value: Any) -> Json:
    """An item of a list, or an empty one where something else stands there."""
    return value if isinstance(value, dict) else {}


def type_of(item: Json) -> str:
    """What an item says that it is."""
    return str(item.get("type"))


def value_of(item: Json) -> Json:
    """The value of a result."""
    return item_of(item.get("value"))


def words_of(item: Json, key: str) -> list[str]:
    """The strings under a key of a result's value; what is no string is written as one, to be refused by its name."""
    words = value_of(item).get(key)
    return [str(word) for word in words] if isinstance(words, list) else []


def labels_of(item: Json) -> list[str]:
    """The labels of a region; those under another key than the region's type are found as well."""
    return words_of(item, type_of(item)) or words_of(item, "labels")


def name_of(value: Any) -> str:
    """A region's id, or "" where it has none."""
    return value if isinstance(value, str) else ""
