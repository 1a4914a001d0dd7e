"""Coverage-guided fuzzing of the languages: `make fuzz SECONDS_TO_FUZZ=600`.

Whatever bytes come, reading them ends in a value and diagnostics; rendering what was read without
an error and reading it again gives the same value; formatting twice changes nothing more. What
breaks this is kept by the fuzzer as a file beside the corpus and becomes a case in the suite.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["grammar"]):
    from grammar.decode import decode
    from grammar.diagnostic import Severity
    from grammar.report import as_json, human
    from grammar.sg.check import check
    from grammar.sg.parse import parse
    from grammar.sg.render import render

from tests.grammar import samples, samples_levels

SEED_FOLDERS = ("contracts", "phenotypes", "tests/fuzz/cases")
SEED_TEXTS = {
    "gene": samples.GENE,
    "diagnostic": samples.DIAGNOSTIC,
    "phenotype": samples.PHENOTYPE,
    "inner": samples_levels.INNER,
    "pathway": samples_levels.PATHWAY,
    "topology": samples_levels.TOPOLOGY,
    "intent": samples_levels.INTENT,
    "system": samples_levels.SYSTEM,
}
"""A text of every level, so that the fuzzer need not invent the levels itself."""
UNIT_SECONDS = 10
"""One input of a few kilobytes that takes longer is a finding."""


def one_input(data: bytes) -> None:
    """Read, judge, render and read again."""
    text, undecodable = decode(data, "fuzz.sg")
    parsed = parse(text, "fuzz.sg")
    remarks = [*undecodable, *parsed.diagnostics]
    assert parsed.value is not None
    remarks += check((parsed.value,), {}, lambda sentence: len(sentence) % 2 == 0)
    human(remarks)
    as_json(remarks)
    if any(remark.severity is Severity.ERROR for remark in parsed.diagnostics):
        return
    written = render(parsed.value)
    again = parse(written, "fuzz.sg")
    assert again.value == parsed.value, written
    assert render(again.value) == written


def main() -> None:
    """Fuzz for as many seconds as the first argument says; the corpus grows in the second."""
    seconds, corpus = sys.argv[1], Path(sys.argv[2])
    corpus.mkdir(parents=True, exist_ok=True)
    for folder in SEED_FOLDERS:
        for path in Path(folder).rglob("*.sg"):
            (corpus / f"seed-{path.stem}").write_bytes(path.read_bytes())
    for name, text in SEED_TEXTS.items():
        (corpus / f"seed-level-{name}").write_text(text, "utf-8")
    arguments = [
        sys.argv[0],
        f"-max_total_time={seconds}",
        f"-timeout={UNIT_SECONDS}",
        "-max_len=4096",
        f"-artifact_prefix={corpus}/found-",
        str(corpus),
    ]
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
