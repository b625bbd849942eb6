"""A run on several nodes: where they meet, and which of them this one is. Facts of a cluster, so never in a recipe."""

from __future__ import annotations

import os
from dataclasses import dataclass

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting

RENDEZVOUS = "IFT_RENDEZVOUS"
"""Environment variable: HOST:PORT of the first node, the same on each."""
NODE = "IFT_NODE"
"""Environment variable: the number of this node; 0 is the first."""


@dataclass(frozen=True, slots=True)
class Meeting:
    address: str
    node: int


def meeting(nodes: int) -> Meeting | None:
    """None for a single node. Raises `Stop` (IFT766) where the environment does not say."""
    if nodes == 1:
        return None
    address, node = os.environ.get(RENDEZVOUS, ""), os.environ.get(NODE, "")
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal() and node.isdecimal() and int(node) < nodes):
        raise Stop(fitting.no_rendezvous(nodes, RENDEZVOUS, NODE), exit_code=2)
    return Meeting(address, int(node))


def is_main_node(nodes: int) -> bool:
    """The first node prepares, evaluates and reports; the others only train."""
    met = meeting(nodes)
    return met is None or met.node == 0
