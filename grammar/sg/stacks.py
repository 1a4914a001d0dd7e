"""Whether what a phenotype expresses is there: its loci and its alleles. Called by check.py."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping

from grammar.limits import HASH_DIGITS_LEAST
from grammar.nearest import did_you_mean, nearest
from grammar.remarks import Remarks, somewhere
from grammar.sg.nodes import Expression, Phenotype


class Stacks:
    """The alleles of a genome, in order, so that a prefix is found by bisection."""

    def __init__(self, loci: Iterable[str], alleles: Mapping[str, Collection[str]]) -> None:
        """`loci` are the names that may be expressed: those of genes and of pathways."""
        self._loci = frozenset(loci)
        self._alleles = alleles
        self._sorted: dict[str, list[str]] = {}

    def check(self, remarks: Remarks, phenotype: Phenotype) -> None:
        """Check every line under `expresses:`."""
        for expression in phenotype.expresses:
            if remarks.full:
                return
            if expression.locus not in self._loci:
                remarks.say(
                    "SG-E222",
                    f"unknown locus `{expression.locus}`",
                    somewhere(expression.span),
                    did_you_mean(
                        expression.locus, sorted(self._loci), "no gene or pathway has this name"
                    ),
                )
            else:
                self._check_stack(remarks, expression)

    def matching(self, locus: str, prefix: str) -> list[str]:
        """The whole hashes of a locus that begin with `prefix`; two are enough to be ambiguous."""
        known = self._of(locus)
        start = bisect_left(known, prefix)
        return [found for found in known[start : start + 2] if found.startswith(prefix)]

    def _of(self, locus: str) -> list[str]:
        if locus not in self._sorted:
            self._sorted[locus] = sorted(self._alleles.get(locus, ()))
        return self._sorted[locus]

    def _check_stack(self, remarks: Remarks, expression: Expression) -> None:
        seen: set[str] = set()
        for index, prefix in enumerate(expression.stack):
            span = somewhere(expression.place_of(index))
            found = self.matching(expression.locus, prefix)
            if not found:
                message = f"`{expression.locus}` has no allele `{prefix}`"
                remarks.say("SG-E227", message, span, self._nearest(expression.locus, prefix))
            elif len(found) > 1:
                message = f"`{prefix}` begins more than one allele of `{expression.locus}`"
                remarks.say("SG-E228", message, span, _more_digits(found, prefix))
            elif found[0] in seen:
                message = f"allele `{prefix}` is already in the stack"
                remarks.say("SG-E208", message, span, "an allele stands in a stack once")
            seen.update(found[:1] if len(found) == 1 else ())

    def _nearest(self, locus: str, prefix: str) -> str:
        known = {whole[: max(len(prefix), HASH_DIGITS_LEAST)] for whole in self._of(locus)}
        found = nearest(prefix, sorted(known))
        if found:
            return f"did you mean `{found}`?"
        return f"its alleles are under alleles/{locus}" if known else "it has no allele yet"


def _more_digits(found: list[str], prefix: str) -> str:
    shown = [whole[: len(prefix) + 4] for whole in found]
    return f"give more digits: `{shown[0]}…` or `{shown[1]}…`"
