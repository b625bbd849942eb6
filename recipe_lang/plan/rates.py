"""Mixtures as numbers: each leaf task's share of the draws, and how many examples make an epoch.

Rates are seqio's (`seqio/utils.py`; T5, arXiv:1910.10683, 3.5.2): the cap first, then the temperature. A nested mixture
that sampling by size sees through is its leaf tasks; one that sets rates, shares, counts or a replay keeps its
proportions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from recipe_lang.program.draws import Draws, WhenExhausted
from recipe_lang.program.mixture import Mixture, Proportional
from recipe_lang.program.program import Program
from recipe_lang.program.reach import leaf_tasks


@dataclass(frozen=True, slots=True)
class Rated:
    """A mixture's leaves: `rates` before and `shares` after normalisation; `size` is examples an epoch."""

    rates: dict[str, float]
    shares: dict[str, float]
    size: int
    when_exhausted: WhenExhausted = "repeat"

    def draws(self, rows: Mapping[str, int]) -> Draws:
        """In the order of `shares`."""
        return Draws(list(self.shares.values()), [rows[task] for task in self.shares], self.when_exhausted)


@dataclass(frozen=True, slots=True)
class _Member:
    """What a rate is given to: a task, or a nested mixture with proportions of its own."""

    name: str
    inner: dict[str, float]
    """Leaf → share within the member; adds up to one."""


def rate_data(name: str, program: Program, rows: Mapping[str, int]) -> Rated:
    """Shares of what `train.data` names, a task or a mixture.

    `rows` has the training examples of every leaf task, after every filter.
    """
    if name in program.tasks:
        return Rated({name: float(rows[name])}, {name: 1.0}, rows[name])
    return rate_mixture(program.mixtures[name], program, rows)


def rate_mixture(mixture: Mixture, program: Program, rows: Mapping[str, int]) -> Rated:
    """Shares of a mixture's leaf tasks; `rows` as for `rate_data`.

    >>> program = Program.model_construct(tasks={"squad": None, "rte": None})
    >>> capped = Mixture(tasks=["squad", "rte"], sampling=Proportional(cap=900, temperature=2))
    >>> rate_mixture(capped, program, {"squad": 5000, "rte": 100})  # √900 to √100; an epoch is 900 + 100
    Rated(rates={'squad': 30.0, 'rte': 10.0}, shares={'squad': 0.75, 'rte': 0.25}, size=1000, when_exhausted='repeat')
    """
    return _Nest(program, rows).rated(mixture, frozenset())


@dataclass(frozen=True, slots=True)
class _Nest:
    """Mixtures within each other. Those that several hold are opened once for what is left out around them."""

    program: Program
    rows: Mapping[str, int]
    opened: dict[tuple[str, frozenset[str], bool], dict[str, _Member]] = field(default_factory=dict)

    def rated(self, mixture: Mixture, left_out: frozenset[str]) -> Rated:
        members = self._members(mixture, left_out, see_leaves=mixture.given == "sampling")
        rates = {name: _rate(member, mixture, self.rows) for name, member in members.items()}
        own = _spread(members, _normalised(rates))
        shares = own
        if mixture.replay is not None:
            again = leaf_tasks(mixture.replay.tasks, self.program)
            replayed = _normalised({task: float(self.rows[task]) for task in again})
            part = mixture.replay.share
            shares = _sum({t: s * (1.0 - part) for t, s in own.items()}, {t: s * part for t, s in replayed.items()})
        size = _size(mixture, own, shares, self.rows)
        return Rated(_spread(members, rates), shares, size, mixture.when_exhausted)

    def _members(self, mixture: Mixture, left_out: frozenset[str], *, see_leaves: bool) -> dict[str, _Member]:
        out, members = left_out.union(mixture.except_), dict[str, _Member]()
        for name in mixture.tasks:
            for inner, member in self._open(name, out, see_leaves=see_leaves).items():
                members.setdefault(inner, member)
        return members

    def _open(self, name: str, left_out: frozenset[str], *, see_leaves: bool) -> dict[str, _Member]:
        if name in left_out:
            return {}
        if name in self.program.tasks:
            return {name: _Member(name, {name: 1.0})}
        key = name, left_out, see_leaves
        if key not in self.opened:
            nested = self.program.mixtures[name]
            if see_leaves and nested.given == "sampling" and nested.replay is None:
                self.opened[key] = self._members(nested, left_out, see_leaves=True)
            else:
                inner = self.rated(nested, left_out).shares
                self.opened[key] = {name: _Member(name, inner)} if inner else {}
        return self.opened[key]


def _rate(member: _Member, mixture: Mixture, rows: Mapping[str, int]) -> float:
    rule = mixture.sampling
    if mixture.given != "sampling":
        return float(getattr(mixture, mixture.given)[member.name])
    if not isinstance(rule, Proportional):
        return float(len(member.inner))
    capped = sum(min(rows[leaf], rule.cap) if rule.cap else rows[leaf] for leaf in member.inner)
    return capped ** (1.0 / rule.temperature) if capped else 0.0


def _normalised(rates: Mapping[str, float]) -> dict[str, float]:
    total = math.fsum(rates.values())
    return {name: rate / total if total else 0.0 for name, rate in rates.items()}


def _sum(*parts: Mapping[str, float]) -> dict[str, float]:
    total: dict[str, float] = {}
    for part in parts:
        for name, value in part.items():
            total[name] = total.get(name, 0.0) + value
    return total


def _spread(members: Mapping[str, _Member], amounts: Mapping[str, float]) -> dict[str, float]:
    """Gives each leaf its part of what its members have."""
    return _sum(*({leaf: amounts[m.name] * part for leaf, part in m.inner.items()} for m in members.values()))


def _size(mixture: Mixture, own: Mapping[str, float], shares: Mapping[str, float], rows: Mapping[str, int]) -> int:
    if isinstance(mixture.size, int):
        return mixture.size
    if mixture.size is not None:
        once = [rows[task] / share for task, share in shares.items() if share > 0]
        return math.ceil((min if mixture.size == "smallest" else max)(once, default=0) - 1e-9)
    if mixture.counts is not None:
        examples = sum(mixture.counts.values())
    else:
        by_size = mixture.given == "sampling" and isinstance(mixture.sampling, Proportional)
        cap = mixture.sampling.cap if by_size else None
        examples = sum(min(rows[task], cap) if cap else rows[task] for task in own)
    replayed = mixture.replay.share if mixture.replay else 0.0
    return round(examples / (1.0 - replayed))
