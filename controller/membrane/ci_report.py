"""A proof as continuous integration services show it: statuses, annotations, a summary, JUnit.

Pure. `germline draft prove --ci` tells whichever of these the service documents. Statuses have a
name of their own beside the controller's: they are what another machine found.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final
from xml.etree import ElementTree

from controller.membrane.checks import CONTEXT, Check, checks_of
from controller.membrane.proof import Proof
from controller.membrane.pull_text import proof_section

WITNESS: Final = "germline-ci/"
"""What the names of these statuses begin with."""
_NO_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for (section 2.2)."""
_ESCAPED: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_ESCAPED_IN_PROPERTY: Final = {**_ESCAPED, ":": "%3A", ",": "%2C"}
"""What separates the parts of a workflow command (GitHub, "Workflow commands")."""


def statuses(proof: Proof) -> tuple[Check, ...]:
    """One for each gate and one for all."""
    return tuple(
        replace(check, context=WITNESS + check.context.removeprefix(CONTEXT))
        for check in checks_of(proof)
    )


def workflow_errors(proof: Proof) -> str:
    """A line for each gate that did not pass, which GitHub Actions shows as an error."""
    return "".join(
        f"::error title={_escaped(gate.gate, _ESCAPED_IN_PROPERTY)}::"
        f"{_escaped(_evidence(gate.evidence), _ESCAPED)}\n"
        for gate in proof.gates
        if not gate.passed
    )


def summary(draft: str, proof: Proof) -> str:
    """Markdown for a job's page."""
    verdict = "passed every gate" if proof.passed else "did not pass"
    return f"# `{draft}` {verdict}\n\n{proof_section(proof)}\n"


def junit(draft: str, proof: Proof) -> bytes:
    """A JUnit report: a case for each gate."""
    failed = sum(not gate.passed for gate in proof.gates)
    counts = {"tests": str(len(proof.gates)), "failures": str(failed)}
    root = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(root, "testsuite", {"name": f"proof of {draft}", **counts})
    for gate in proof.gates:
        about = {"classname": "germline", "name": gate.gate}
        case = ElementTree.SubElement(suite, "testcase", about)
        evidence = _NO_XML.sub("�", _evidence(gate.evidence))
        if gate.passed:
            ElementTree.SubElement(case, "system-out").text = evidence
        else:
            first = evidence.partition("\n")[0]
            ElementTree.SubElement(case, "failure", {"message": first}).text = evidence
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _evidence(lines: tuple[str, ...]) -> str:
    return "\n".join(lines) or "no evidence"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)
