"""What people and the world do while a controller works, or between its passes.

Whatever takes the controller's lock (`germline draft`) happens between passes only; whatever does
not (a push, a branch deleted, an event, the brake) may happen in the middle of one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import timedelta

from controller.domains.network import NETWORK
from controller.domains.world import Json, Operation, OperationRefused
from controller.history.event import Occurrence
from controller.membrane.verdict import MayMerge
from controller.ports import Blocked, DraftRef
from controller.stories import brake
from controller.stories.chronicle import Chronicle
from controller.stories.express import Workbench
from controller.stories.mainline import Main, read_main
from controller.stories.merge import Membrane, end_draft, judge, merge_draft, note_opened
from controller.stories.request import request
from grammar.sg.edit import with_stack
from tests.simulation.genomes import (
    LAB,
    LAB_FILE,
    LATER,
    OFFICE_FILE,
    RULES,
    SERVED,
    SYSTEM_FILE,
    UPLINK,
    UPLINK_STACKS,
    office_changes,
    office_stack,
    system,
)
from tests.simulation.in_process_sandbox import InProcessSandbox
from tests.simulation.life import ANA, Life
from tests.simulation.memory_log import MemoryIndex, MemorySnapshots, Shelf, events_of
from tests.simulation.worlds import SimulatedWorlds

HAPPENS = ("interaction.logged", "order.placed", "complaint.made", "weather.changed")
CONTRACT = f"contracts/network/{UPLINK}.sg"


class People:
    """Everybody but the controller."""

    def __init__(self, life: Life, rng: random.Random) -> None:
        self._life = life
        self._rng = rng
        self._whole = self._files()[CONTRACT]
        self._handed: list[Occurrence] = []
        self._later = False

    def act(self, *, meanwhile: bool = False) -> None:
        """Do one thing; in the middle of a pass only what needs no lock."""
        actions: list[tuple[int, Callable[[], None]]] = [
            (4, self._ask),
            (8, self._happen),
            (2, self._repeat),
            (3, self._drift),
            (2, self._commit),
            (1, self._revert),
            (1, self._brake),
            (1, self._delete_branch),
        ]
        if not meanwhile:
            actions += [(3, self._decide_draft), (1, self._restart), (1, self._break_main)]
        weights = [weight for weight, _ in actions]
        (chosen,) = self._rng.choices([action for _, action in actions], weights)
        chosen()

    def go_home(self) -> None:
        """Leave things in order: main is right, nothing is paused."""
        self._mend_main()
        pause = self._pause()
        if pause is not None:
            brake.resume(self._life.log, self._life.clock, f"person:{ANA}", "", pause)
            self._life.tell("* resume")

    # --- the log ------------------------------------------------------------------------

    def _ask(self) -> None:
        world = self._rng.choice(list(self._life.places))
        given = dict(self._life.scenarios[world].input)
        if self._rng.random() < 0.4:
            given["from_nic"], given["to_nic"] = given["to_nic"], given["from_nic"]
        if self._rng.random() < 0.05:
            given["to_nic"] = "nosuch0"
        self._life.tell(f"* ask: {world} {given}")
        main = self._main()
        if main is None:
            return
        chronicle = self._chronicle()
        worlds = SimulatedWorlds(self._life.places, self._life.chance)
        try:
            request(chronicle, worlds, main, UPLINK, world, given, LAB, f"person:{ANA}")
        except Blocked as refused:
            self._life.tell(f"  {refused.reason}")

    def _happen(self) -> None:
        many = self._rng.choice((1, 1, 1, 2, 3))
        self._append([self._occurrence() for _ in range(many)])

    def _occurrence(self) -> Occurrence:
        now = self._life.clock.now()
        if self._rng.random() < 0.15:
            now -= timedelta(seconds=self._rng.choice((1, 60, 3600)))
        kind, customer = self._rng.choice(HAPPENS), f"customer:c{self._rng.randrange(4)}"
        data: dict[str, Json] = {"because": self._rng.choice(("asked", "late", "cross"))}
        return Occurrence(kind, customer, data, now, None, "person:ana")

    def _repeat(self) -> None:
        if self._handed:
            self._append([self._rng.choice(self._handed)])

    def _append(self, occurrences: list[Occurrence]) -> None:
        self._life.tell(f"* append {', '.join(f'{o.type} {o.subject}' for o in occurrences)}")
        self._handed += occurrences
        self._life.handed_in += [event.id for event in self._life.log.append(occurrences)]

    def _brake(self) -> None:
        pause, life = self._pause(), self._life
        life.tell("* pause" if pause is None else "* resume")
        if pause is None:
            brake.pause(life.log, life.clock, f"person:{ANA}", "a look")
        else:
            brake.resume(life.log, life.clock, f"person:{ANA}", "", pause)

    # --- main ---------------------------------------------------------------------------

    def _commit(self) -> None:
        files = self._files()
        change = self._rng.choice(
            (self._other_uplinks, self._other_genes, self._note, self._rules, self._unexpressed)
        )
        changes = change(files)
        self._life.tell(f"* commit {', '.join(changes)}")
        self._life.repository.commit_main(changes, "A person's change", ANA)

    def _other_uplinks(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        stack = UPLINK_STACKS[self._rng.choice(["good", "fallback", "none"])]
        text = with_stack(files[LAB_FILE].decode(), LAB_FILE, LAB, UPLINK, stack)
        return {LAB_FILE: text.encode()}

    def _other_genes(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        name = self._rng.choice(SERVED)
        return office_changes(files[OFFICE_FILE].decode(), {name: office_stack(self._rng, name)})

    def _note(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        return {"README.md": files["README.md"] + b"\nOne more line.\n"}

    def _unexpressed(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        lines = files[LAB_FILE].decode().splitlines(keepends=True)
        kept = "".join(line for line in lines if not line.startswith(f"    {UPLINK} "))
        return {LAB_FILE: kept.encode()}

    def _rules(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        self._later = not self._later
        return {SYSTEM_FILE: system([*RULES, LATER] if self._later else RULES)}

    def _revert(self) -> None:
        repository = self._life.repository
        (_, message), *_ = repository.first_parents(repository.main(), 1)
        commit = repository.refs.commits[repository.main()]
        if not commit.parents:
            return
        parent = commit.parents[0]
        before = repository.files(parent)
        changes = {path: before.get(path) for path in repository.changed(parent, commit.id)}
        self._life.tell(f"* revert {commit.id[:8]}")
        title = message.partition("\n")[0]
        repository.commit_main(changes, f'Revert "{title}"\n\nThis reverts {commit.id}.', ANA)

    def _break_main(self) -> None:
        if self._files()[CONTRACT] != self._whole:
            self._mend_main()
            return
        self._life.tell("* break main")
        broken = {CONTRACT: b"gene bridge_uplink\n  takess:\n"}
        self._life.repository.commit_main(broken, "Oops", ANA)

    def _mend_main(self) -> None:
        if self._files()[CONTRACT] != self._whole:
            self._life.tell("* mend main")
            self._life.repository.commit_main({CONTRACT: self._whole}, "Mended", ANA)

    # --- drafts -------------------------------------------------------------------------

    def _decide_draft(self) -> None:
        drafts, main = self._life.repository.drafts(), self._main()
        if not drafts or main is None or self._pause() is not None:
            return
        draft = self._rng.choice(drafts)
        chronicle = self._chronicle()
        bench = Workbench(NETWORK, InProcessSandbox())
        membrane = Membrane(bench, self._life.repository, chronicle)
        note_opened(membrane, draft)
        if self._rng.random() < 0.3:
            self._life.tell(f"* close {draft.name}")
            end_draft(membrane, draft, "closed", "no", f"person:{ANA}")
        else:
            self._merge(membrane, draft, main)

    def _merge(self, membrane: Membrane, draft: DraftRef, main: Main) -> None:
        judged = judge(membrane, draft, main.policy, person=True)
        self._life.tell(f"* merge {draft.name}: {type(judged).__name__}")
        if isinstance(judged, MayMerge):
            merge_draft(membrane, draft, f"person:{ANA}", ANA)

    def _delete_branch(self) -> None:
        drafts = self._life.repository.refs.drafts
        if drafts:
            name = self._rng.choice(sorted(drafts))
            self._life.tell(f"* git branch -D {name}")
            del drafts[name]

    # --- the world and the machine ------------------------------------------------------

    def _drift(self) -> None:
        world = self._rng.choice(list(self._life.places))
        given = self._life.scenarios[world].input
        nic = given[self._rng.choice(("from_nic", "to_nic"))]
        operation = self._rng.choice(
            [
                Operation("detach_port", {"bridge": given["bridge"], "interface": nic}),
                Operation("attach_port", {"bridge": given["bridge"], "interface": nic}),
                Operation("set_link_state", {"interface": nic, "up": False}),
                Operation("set_link_state", {"interface": nic, "up": True}),
            ]
        )
        self._life.tell(f"* drift: {world} {operation.name} {nic}")
        try:
            self._life.places[world].live_on().perform(operation)
        except OperationRefused as refused:
            self._life.tell(f"  {refused.reason}")

    def _restart(self) -> None:
        if self._life.process is not None:
            self._life.tell("* restart")
            self._life.process.close()
            self._life.process = None

    # --- what people see ----------------------------------------------------------------

    def _files(self) -> Mapping[str, bytes]:
        return self._life.repository.files(self._life.repository.main())

    def _main(self) -> Main | None:
        try:
            return read_main(self._life.repository, NETWORK)
        except Blocked as broken:
            self._life.tell(f"  {broken.reason}")
            return None

    def _pause(self) -> brake.Pause | None:
        return brake.standing(self._life.log, MemoryIndex(self._life.log))

    def _chronicle(self) -> Chronicle:
        return Chronicle(self._life.log, self._life.clock, MemorySnapshots(Shelf()))


def told(life: Life, first: int) -> list[str]:
    """The events from a number on, a line for each."""
    return [
        f"{event.id[:8]} {event.type} {event.subject}" for event in events_of(life.shelf)[first:]
    ]
