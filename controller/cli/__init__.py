"""`germline`: one file for each group of commands.

Exit codes: 0 done, 1 refused or failed, 2 something would change or has drifted. What the world
or a person got wrong is printed as `Error: …` then `Hint: …`; no traceback reaches a user.
"""

from __future__ import annotations

import click

from controller.cli.group import Germline, Place

COMMANDS = {
    "init": Place("genome:init", "Make a new genome repository with a working genome in..."),
    "check": Place(
        "language:check", "Say everything that is wrong with the genome, or with the..."
    ),
    "explain": Place("genome:explain", "Explain a diagnostic's CODE, such as SG-E104."),
    "fmt": Place("formatting:fmt", "Write contracts in their canonical form; comments stay..."),
    "doc": Place("language:doc", "Write a static site of the genome's contracts: plain HTML,..."),
    "diff": Place("language:diff", "Say in words what changed in contracts and phenotypes from..."),
    "show": Place("system:show", "Show what people wrote as the controller understands it."),
    "lsp": Place("language:lsp", "Serve editors over standard input and output (Language..."),
    "status": Place("status:status", "What waits for a person, what is wrong, what is going on..."),
    "doctor": Place("doctor:doctor", "Look at this machine and the genome, and say how to mend..."),
    "gaps": Place("run:gaps", "What should have happened and has not."),
    "lineage": Place(
        "history:lineage", "Every allele at LOCUS: parents, engine, what prompted it,..."
    ),
    "fitness": Place(
        "fitness:fitness", "How the alleles of LOCUS have done in each world, on the..."
    ),
    "why": Place("history:why", "Why REF is as it is: a locus, an allele, an event, a..."),
    "plan": Place(
        "plan:plan_command", "Show what NAME would change: a locus, a pathway, a topology..."
    ),
    "drift": Place("drift:drift", "Show what has drifted of what NAME, or everything that was..."),
    "express": Place(
        "express:express", "Express NAME: run it, verify it, heal it or say what it needs."
    ),
    "test": Place("trials:test", "Try what LOCUS's contract alone demands, on the dominant..."),
    "draft": Place("draft:draft", "Proposals: branches that would be the next state of main."),
    "key": Place("signing:key", "Keys that sign; `ssh-keygen` makes them."),
    "events": Place("events:events", "The log: append to it, read it, follow it, check it."),
    "projection": Place(
        "projection:projection", "What is built from the log and can be asked; disposable,..."
    ),
    "forget": Place(
        "forget:forget", "Destroy the key of SUBJECT (entity:id), and every copy of..."
    ),
    "vault": Place("forget:vault", "The keys of subjects that may ask to be forgotten."),
    "backfill": Place(
        "backfill:backfill", "Decide whether what SYSTEM newly demands is asked of older..."
    ),
    "controller": Place(
        "controller:controller", "Compare what should be with what is, and close the gaps,..."
    ),
    "service": Place("service:service", "Run the controller as a systemd service."),
    "pause": Place("brake:pause", "Halt everything but reads until `germline resume`, and say..."),
    "resume": Place("brake:resume", "Let a paused controller go on; WHY is for the log."),
    "demo": Place("demo:demo", "Watch a living system live."),
}


@click.group(
    cls=Germline, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "-C",
    "--genome",
    "path",
    type=click.Path(file_okay=False),
    default=".",
    show_default=True,
    help="The genome repository.",
)
@click.version_option(package_name="germline")
@click.pass_context
def main(context: click.Context, path: str) -> None:
    """Grow, prove, express and take back implementations of contracts, by git."""
    context.obj = path
