"""Distance: how much one value differs from another, as DeepDiff counts it."""

from contentvc.formats.items import Value

__all__ = ["distance"]


def distance(old: Value, new: Value) -> float:
    """From 0, the same, to 1; comparable among pairs that have one value in common.

    It is DeepDiff's deep distance: the size of the changes by the size of both values. Of values
    that have nothing in common it says little (two mappings of one key each are 0.17 apart), so
    it chooses among likely pairs and does not tell which are likely.
    """
    from deepdiff import DeepDiff  # noqa: PLC0415 - 0.2 s, for lists that few comparisons have

    found = DeepDiff(old, new, get_deep_distance=True, ignore_nan_inequality=True)
    return float(found.get("deep_distance", 0.0))
