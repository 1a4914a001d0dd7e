"""Every number that bounds a text, with its unit and reason.

The grammar is the lowest layer and imports nothing of the controller, so its bounds live here.
"""

from __future__ import annotations

from typing import Final

FILE_CHARACTERS: Final = 16 * 1024 * 1024
"""A contract is a page; sixteen million characters are not one, and would only cost memory."""
LINE_CHARACTERS: Final = 4096
"""A line that a person can review. Longer ones are data that strayed into a contract."""
NESTING_LEVELS: Final = 32
"""Levels of indentation or of nested lists: far more than a reader follows, far below recursion."""
MISTAKES_PER_FILE: Final = 500
"""Past this a file is not a contract, and looking for near words would take seconds."""
NEAR_WORD_CHARACTERS: Final = 64
"""Longer words are not compared with others: the comparison is quadratic in their length."""
NEAR_WORD_CANDIDATES: Final = 1000
"""Known words that an unknown one is compared with in full: some 5 ms of work."""
WORDS_LISTED: Final = 12
"""Words that a hint lists; a reader does not look for one in a longer list."""
HASH_DIGITS_LEAST: Final = 12
"""Hex digits that name an allele in a phenotype: 48 bits, so a clash needs 16 million alleles."""
HASH_DIGITS_MOST: Final = 64
"""A whole SHA-256."""
REPORT_COLUMNS: Final = 80
"""Width of a report for people: what every terminal and every review page shows."""
LIST_ITEMS: Final = 65_536
"""Items that a bounded list may ask for: more than any host has interfaces, or any plan VLANs."""
LANGUAGE_VERSION: Final = 1
"""The one version of the language so far; a file may declare it, so that it may evolve."""
INTEGER_BITS: Final = 64
"""Integers are signed and of this many bits, so that every JSON reader keeps them whole."""
