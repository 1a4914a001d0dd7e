"""`make simulate SEEDS=1000`: so many lives, judged; `SEED=n` lives one again and tells it all.

Exits with 1 if a checker complained of any life, after naming its seed.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulation.checkers import complaints
from tests.simulation.story import Story, play


def main() -> int:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many lives")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first")
    parser.add_argument("--seed", type=int, help="live this one, and tell it")
    given = parser.parse_args()
    if given.seed is not None:
        return _tell(given.seed)
    return _judge(range(given.first, given.first + given.seeds))


def _tell(seed: int) -> int:
    story = play(seed)
    print("\n".join(story.trace))
    found = complaints(story.evidence)
    print(f"\nseed {seed}: {len(story.evidence.events)} events, {story.fingerprint[:16]}")
    print("\n".join(found) or "nothing to complain of")
    return 1 if found else 0


def _judge(seeds: range) -> int:
    failing, events, faults, start = list[int](), 0, 0, time.perf_counter()
    for seed in seeds:
        story = play(seed)
        events, faults = events + len(story.evidence.events), faults + _faults(story)
        found = complaints(story.evidence)
        if found:
            failing.append(seed)
            print(f"seed {seed}", *found, sep="\n  ", flush=True)
        if sys.stderr.isatty():
            print(f"\r{seed + 1 - seeds.start}/{len(seeds)}", end="", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - start
    print(f"\r{len(seeds)} lives, {events} events, {faults} faults, {seconds:.0f} s")
    if failing:
        print(f"failing: {', '.join(map(str, failing))}")
        print(f"make simulate SEED={failing[0]} tells the first of them")
    return 1 if failing else 0


def _faults(story: Story) -> int:
    return sum(story.counted.values())


if __name__ == "__main__":
    raise SystemExit(main())
