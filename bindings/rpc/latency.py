"""A histogram of lengths of time that costs next to nothing to fill and keeps 1/16 of precision."""

from __future__ import annotations

from typing import Final

from ..model import Latency

_SUB_BITS: Final = 4
_SUB: Final = 1 << _SUB_BITS
_BINS: Final = 64 << _SUB_BITS


def _upper_edge(index: int) -> int:
    """Return the largest value of a bin."""
    if index < 2 * _SUB:
        return index
    shift = (index >> _SUB_BITS) - 1
    return ((_SUB + (index & (_SUB - 1)) + 1) << shift) - 1


class LatencyHistogram:
    """Counts lengths in bins whose width is 1/16 of their value; up to 31 ns they are exact."""

    def __init__(self) -> None:
        self.bins = [0] * _BINS
        self.count = 0
        self.sum_ns = 0
        self.longest_ns = 0

    def add(self, length_ns: int) -> None:
        """Count one length of time, in nanoseconds, 0 or more."""
        shift = length_ns.bit_length() - _SUB_BITS - 1
        self.bins[length_ns if shift <= 0 else (shift << _SUB_BITS) + (length_ns >> shift)] += 1
        self.count += 1
        self.sum_ns += length_ns
        self.longest_ns = max(self.longest_ns, length_ns)

    def quantile_ns(self, share: float) -> int:
        """Return a value that at least this share of the lengths does not exceed; 0 when there are none."""
        rank = max(1, round(share * self.count))
        seen = 0
        for index, count in enumerate(self.bins):
            seen += count
            if seen >= rank:
                return min(_upper_edge(index), self.longest_ns)
        return 0

    def binned(self, edges_ns: tuple[int, ...]) -> list[int]:
        """Return how many lengths are in each bin of these edges, one bin more than edges. For any thread."""
        bins, counts, index = list(self.bins), [], 0
        for edge_ns in edges_ns:
            begin = index
            while index < _BINS and _upper_edge(index) <= edge_ns:
                index += 1
            counts.append(sum(bins[begin:index]))
        return [*counts, sum(bins[index:])]

    def figures(self) -> Latency:
        """Return the usual quantiles."""
        p50, p99, p999 = (self.quantile_ns(share) for share in (0.5, 0.99, 0.999))
        return Latency(self.count, p50, p99, p999, self.longest_ns, self.sum_ns)
