"""Groups: rows that must stand in the same split."""

from __future__ import annotations

import numpy as np

from runtime.data.splits.scan import Scan


def group_rows(scanned: Scan) -> np.ndarray:
    """A group number for each row. Rows of equal normalised content are one group, so are those that share the
    `group_by` key, and whatever either joins: groups are the connected components of both relations."""
    contents = _numbers(scanned.content)
    if scanned.group is None:
        return contents
    keys = _numbers(scanned.group)
    if len(keys) == 0:
        return keys
    # Joins the key groups that share a content, so a content never spans two of them.
    parent = np.arange(keys.max() + 1)
    order = np.argsort(contents, kind="stable")
    same = contents[order[1:]] == contents[order[:-1]]
    for a, b in zip(keys[order[1:]][same].tolist(), keys[order[:-1]][same].tolist(), strict=True):
        root_a, root_b = _root(parent, a), _root(parent, b)
        parent[max(root_a, root_b)] = min(root_a, root_b)
    roots = np.array([_root(parent, key) for key in range(len(parent))])
    return _numbers(roots[keys])


def group_identity(groups: np.ndarray, identity: np.ndarray) -> np.ndarray:
    """For each group number its name: the smallest identity of its rows, which no order of rows changes."""
    order = np.lexsort((identity, groups))
    first = np.ones(len(order), dtype=bool)
    first[1:] = groups[order][1:] != groups[order][:-1]
    return identity[order[first]]


def _numbers(keys: np.ndarray) -> np.ndarray:
    return np.unique(keys, return_inverse=True)[1].reshape(-1)


def _root(parent: np.ndarray, node: int) -> int:
    while parent[node] != node:
        parent[node] = node = parent[parent[node]]
    return node
