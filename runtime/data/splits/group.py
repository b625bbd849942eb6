"""Groups: rows that must stand in the same split."""

from __future__ import annotations

import numpy as np

from runtime.data.splits.scan import Scan


def group_rows(scanned: Scan) -> np.ndarray:
    """A group number for each row. Rows of equal normalised content are one group, so are those that share the
    `group_by` key, and whatever either joins: groups are the connected components of both relations.

    >>> content, key = np.array([b"a", b"b", b"c", b"a", b"d"]), np.array([b"1", b"2", b"2", b"3", b"4"])
    >>> rows = Scan(np.arange(5), identity=content, content=content, unique=None, group=key, stratum=None, place=None)
    >>> group_rows(rows).tolist()  # 0 and 3 say the same, 1 and 2 share a key
    [0, 1, 1, 0, 2]
    """
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
    """For each group number its name: the smallest identity of its rows, which no order of rows changes.

    >>> group_identity(np.array([0, 1, 0]), np.array([b"c", b"b", b"a"])).tolist()
    [b'a', b'b']
    """
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
