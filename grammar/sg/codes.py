"""Every remark that the `.sg` language makes, with its code, title and explanation.

A code never changes its meaning. SG-E1xx: how a text is written; SG-E2xx: names and types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from grammar.diagnostic import Severity
from grammar.remarks import Code
from grammar.sg import codes_composition as composition
from grammar.system import codes as system

_WARNING = Severity.WARNING
_NOTE = Severity.NOTE

_FILE: Final = {
    "SG-E101": Code(
        "not UTF-8",
        "Contracts are UTF-8 text, so that every editor, diff and model reads the same "
        "characters. A byte was found that no UTF-8 text can hold. The rest of the file was "
        "checked with a replacement character in its place.",
    ),
    "SG-E102": Code(
        "byte order mark",
        "The file begins with the invisible character U+FEFF, which some editors write. It is "
        "harmless here, but it shows up in diffs and in the first line of excerpts.",
        _WARNING,
    ),
    "SG-E103": Code(
        "carriage returns",
        "Lines end with CR LF. They are read as if they ended with LF; but a file with mixed "
        "line ends gives diffs in which nothing seems to change.",
        _WARNING,
    ),
    "SG-E104": Code(
        "tab in the indentation",
        "Indentation says what belongs to what, and a tab has no agreed width. Each level is "
        "two more spaces. Tabs between the columns of a line are allowed.",
    ),
    "SG-E105": Code(
        "invisible character",
        "A control character stands in a line that is not prose. People who review the "
        "contract would not see it, so it is refused.",
    ),
    "SG-E106": Code(
        "line too long",
        "A line is longer than a person can review. It was skipped, and nothing on it took "
        "effect. The bound is LINE_CHARACTERS in grammar/limits.py.",
    ),
    "SG-E107": Code(
        "file too long",
        "The file is larger than a contract can be. Only its beginning was read. The bound is "
        "FILE_CHARACTERS in grammar/limits.py.",
    ),
    "SG-E108": Code(
        "nested too deep",
        "Lines or lists are nested deeper than a reader can follow. The bound is NESTING_LEVELS "
        "in grammar/limits.py.",
    ),
    "SG-E109": Code(
        "nothing in the file",
        "The file holds no contract: it is empty, or all of it is comments. It has no effect.",
        _WARNING,
    ),
    "SG-E199": Code(
        "too many mistakes",
        "The file has so many mistakes that the rest of it was not read. Mend the first ones; "
        "they often cause the others.",
    ),
}

_LINES: Final = {
    "SG-E110": Code(
        "uneven indentation",
        "The lines of one section stand below each other, in the same column. This line stands "
        "in another column than the lines before it, so what it belongs to is a guess.",
    ),
    "SG-E111": Code(
        "indented under nothing",
        "A line that is indented more belongs to the line above it; but the line above cannot "
        "hold others. Sentences in particular stay on one line.",
    ),
    "SG-E112": Code(
        "contract not in the first column",
        "The line that opens a contract, such as `gene NAME`, begins in the first column.",
    ),
    "SG-E113": Code(
        "unknown kind of contract",
        "A contract begins with its kind and its name. The kinds are `gene`, `pathway`, "
        "`topology`, `phenotype`, `intent` and `system`.",
    ),
    "SG-E114": Code(
        "unknown section",
        "A contract has a fixed set of sections and keywords. A section with another name would "
        "be ignored, and with it what somebody meant to promise; so it is an error.",
    ),
    "SG-E115": Code(
        "colon missing",
        "The name of a section ends with a colon: `takes:`. Keywords such as `is` have none.",
    ),
    "SG-E116": Code(
        "text after the colon",
        "What belongs to a section is written on the lines below its name, indented.",
    ),
    "SG-E117": Code(
        "empty section",
        "A section without lines says nothing. Leave it out, or write what it should hold.",
    ),
    "SG-E118": Code(
        "given twice",
        "A section or keyword may appear once in a contract. Of two, a reader would see one and "
        "the machine might take the other.",
    ),
    "SG-E119": Code(
        "missing",
        "Every contract says in prose what it `does:`; implementations are written from that. "
        "A gene says which family it `is`, genes and pathways their `risk`, and each level names "
        "the parts that it cannot do without.",
    ),
    "SG-E120": Code(
        "unknown family",
        "A gene is `configuration`, if it changes the world, `diagnostic`, if it only looks, or "
        "`projection`, if it builds what can be asked from events.",
    ),
    "SG-E121": Code(
        "unknown risk",
        "The risk tells how much a wrong implementation can break, and so how carefully a new "
        "one is tried: none, low, medium, high or critical.",
    ),
    "SG-E122": Code(
        "unknown timescale",
        "A diagnostic feeds the `convergence` part of a fitness, measured right after a change, "
        "or the `resilience` part, measured hours later.",
    ),
}

_ITEMS: Final = {
    "SG-E130": Code(
        "not a field",
        'A field is a name, a type, maybe a default, maybe a description: `ports string[] "…"`, '
        '`stp bool = false "…"`. `[]` after a type makes a list, `?` lets the value be absent.',
    ),
    "SG-E131": Code(
        "not a type",
        "Under `types:` each record type is its name with a colon, and its fields below it.",
    ),
    "SG-E132": Code(
        "not a sentence",
        "Conditions are sentences, one on each line, after a hyphen and a space. A sentence may "
        "name fields in braces: `- Bridge {bridge} exists`.",
    ),
    "SG-E133": Code(
        "not a failure mode",
        "A failure mode is a condition, an arrow and an outcome: "
        "`- interface not found -> success=false`.",
    ),
    "SG-E134": Code(
        "not a call",
        "Under `verify:` each line is a diagnostic locus with arguments, "
        "`check_link_state device={bridge}`, and one line tells the time: `within 30s`.",
    ),
    "SG-E135": Code(
        "not a duration",
        "A duration is a number and a unit without a space: 500ms, 30s, 5m, 2h or 7d.",
    ),
    "SG-E136": Code(
        "not a feed",
        "Under `feeds:` each line is a configuration locus and a timescale: "
        "`bridge_uplink convergence`.",
    ),
    "SG-E137": Code(
        "not an expression",
        "Under `expresses:` each line is a locus, the hash of its dominant allele, and maybe the "
        "fallback stack: `bridge_uplink 3f2a…  then 91bc…, 07de…`.",
    ),
    "SG-E138": Code(
        "not a binding",
        "A phenotype binds a name to a value: `nic = [eno1, eno2]`.",
    ),
    "SG-E139": Code(
        "not a name",
        "After the kind of a contract, and after `is`, `risk` or `for`, stands one name: letters, "
        "digits and underscores, not beginning with a digit.",
    ),
    "SG-E140": Code(
        "quote not closed",
        "A text in quotes ends on the line on which it began.",
    ),
    "SG-E141": Code(
        "unknown escape",
        'In quotes a backslash begins an escape: \\" \\\\ \\n \\t or \\u and four hex digits.',
    ),
    "SG-E142": Code(
        "number out of range",
        "Integers have 64 bits and a sign; other numbers are finite. Larger ones would change "
        "on their way through JSON.",
    ),
    "SG-E143": Code(
        "not a hash",
        "An allele is named by the first hex digits of its SHA-256, at least 12 and at most 64, "
        "in lower case.",
    ),
    "SG-E144": Code(
        "no convergence window",
        "`verify:` needs to know when to look: a line such as `within 30s`. Too early, and a "
        "change that still converges is called broken.",
    ),
}

_NAMES: Final = {
    "SG-E201": Code(
        "unknown type",
        "A type is string, int, float or bool, or a record that the contract declares under "
        "`types:`.",
    ),
    "SG-E202": Code(
        "field twice",
        "Two fields of one section or record have the same name; in JSON only one would remain.",
    ),
    "SG-E203": Code(
        "type twice",
        "Two record types have the same name, or one is named like a basic type.",
    ),
    "SG-E204": Code(
        "default does not fit",
        "The default of a field must be a value of its type. `null` fits a type with `?` only; "
        "a text that looks like a number or a truth value needs quotes.",
    ),
    "SG-E205": Code(
        "section of the other family",
        "A configuration gene fails, and is verified; a diagnostic gene reports health, and "
        "feeds fitness. `fails when:` and `verify:` belong to the first, `unhealthy when:` and "
        "`feeds:` to the second.",
    ),
    "SG-E206": Code(
        "binding twice",
        "A phenotype binds each name once. Of two values, a reader would see one and the machine "
        "might take the other.",
    ),
    "SG-E207": Code(
        "locus expressed twice",
        "A phenotype has one stack for each locus: the dominant allele, then the fallbacks.",
    ),
    "SG-E208": Code(
        "allele twice in a stack",
        "Trying the same allele again cannot help; each stands in a stack once.",
    ),
    "SG-E209": Code(
        "argument twice",
        "A call gives each argument once; of two values, it is undecided which one counts.",
    ),
    "SG-E210": Code(
        "unknown reference",
        "A name in braces stands for a field of the same contract: of `takes:`, and in `after:` "
        "and `unhealthy when:` also of `gives:`.",
    ),
    "SG-E211": Code(
        "not a reference",
        "Braces hold the name of one field and nothing else: `{bridge}`.",
    ),
    "SG-E212": Code(
        "unknown outcome",
        "What follows the arrow of a failure mode is `error`, or a field of `gives:` with the "
        "value that it has then: `success=false`.",
    ),
    "SG-E220": Code(
        "locus twice",
        "Two genes, or a gene and a pathway, have the same name. A locus has one contract, for "
        "good.",
    ),
    "SG-E221": Code(
        "phenotype twice",
        "Two phenotypes have the same name, so what the deployment expresses is undecided.",
    ),
    "SG-E222": Code(
        "unknown locus",
        "A locus is named for which the genome has no contract, neither a gene nor, where one may "
        "stand, a pathway.",
    ),
    "SG-E223": Code(
        "locus of the wrong family",
        "`verify:` asks diagnostic genes; `feeds:` names the configuration genes that a "
        "diagnostic judges.",
    ),
    "SG-E224": Code(
        "unknown argument",
        "A call or a step gives an argument that the gene or pathway does not take.",
    ),
    "SG-E225": Code(
        "argument missing",
        "A gene or pathway takes a value that has no default and may not be absent, and the call "
        "or the step does not give it.",
    ),
    "SG-E226": Code(
        "argument does not fit",
        "The value that a call, a step or a property gives is not of the type that is taken. A "
        "value that may be absent fits only where it may be absent.",
    ),
    "SG-E227": Code(
        "unknown allele",
        "No allele of the locus has a hash that begins like this. Alleles lie in the genome "
        "under alleles/LOCUS, each named by the SHA-256 of its source.",
    ),
    "SG-E228": Code(
        "ambiguous allele",
        "More than one allele of the locus has a hash that begins like this. Give more digits.",
    ),
    "SG-E290": Code(
        "prose only",
        "No phrase of a domain matches the sentence, so nothing checks it when the gene runs. "
        "People and models still read it. That may be what you want.",
        _NOTE,
    ),
}

_TABLES: Final = (
    _FILE,
    _LINES,
    _ITEMS,
    composition.WRITING,
    system.WRITING,
    _NAMES,
    composition.NAMES,
    system.NAMES,
)

CODES: Final[Mapping[str, Code]] = {code: what for table in _TABLES for code, what in table.items()}
"""Code → what it means."""
