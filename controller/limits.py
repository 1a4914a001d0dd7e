"""Every number that bounds something: its name, unit, default and reason, in one place.

Those of a gene's process are next door, in `gene_limits`, those of a twin in `twin_limits`.
"""

from __future__ import annotations

from typing import Final

# --- transactions -----------------------------------------------------------------------
TRANSACTION_NAME_CHARACTERS: Final = 120
"""A transaction's name is a file's name, which may have 255 bytes with its number and ending."""
TRANSACTION_BYTES: Final = 64 * 1024 * 1024
"""One transaction on disk: 1000 operations, each with an inverse of at most 64 KiB."""

CONFIRM_GRACE_SECONDS: Final = 120.0
"""Beyond a gene's time and its contract's window, until a change that nobody has confirmed is
undone: a pass between them may search for half a minute (Junos gives 600)."""
UNDO_LOCK_SECONDS: Final = 60.0
"""Wait for another process that is undoing: each namespace's call ends within half of that."""
UNDO_LOCK_POLL_SECONDS: Final = 0.02
"""Between two looks at that lock."""
WATCHDOG_START_SECONDS: Final = 30.0
"""Start of the process that watches deadlines: 0.05 s on a machine at rest."""
WATCHDOG_POLL_SECONDS: Final = 0.5
"""Between two looks of the watchdog at the journal; deadlines are tens of seconds away."""
WATCHDOG_IDLE_SECONDS: Final = 10.0
"""How long a watchdog stays without a transaction, since the next one may be a fallback's."""
WATCHDOG_PATIENCE_SECONDS: Final = 3600.0
"""How long it tries to reach a world that is away, before it leaves it to the controller."""

# --- the conductor ----------------------------------------------------------------------
MAX_SEARCHES_PER_DEMAND: Final = 3
"""Fruitless searches for one demand on one stack before a person is asked (seed 000)."""
MAX_ACTIONS_PER_PASS: Final = 200
"""Actions in one pass; a pass that wants more is going round in circles and says so."""
THRESHOLDS_CACHED: Final = 256
"""Constants that are held read, by name and text: configuration is read in every pass."""
RESILIENCE_HOURS: Final = (1.0, 6.0, 24.0, 72.0)
"""After a confirmed change its diagnostics are asked again, so many hours after its gene came
back: leases are renewed within hours, hosts are rebooted within days (seed 003, section 7)."""
DRIFT_COOLDOWN_SECONDS: Final = 30.0
"""Between two answers to the drift of one demand: seed 000's cooldown_per_gap."""
UNCONFIRMED_RETRY_SECONDS: Final = 30.0
"""Seconds until a change is tried again for which the controller was late twice in a row; doubled
each time: work that holds it up so long is over by then, or not soon."""
UNCONFIRMED_RETRY_MAX_SECONDS: Final = 3_600.0
"""Seconds at most: a machine that has got faster is found within the hour."""
CONTROLLER_STOP_SECONDS: Final = 0.2
"""How long a resting controller may take to notice that it is to stop."""
CONTROLLER_WAKE_SECONDS: Final = 30.0
"""A pass at least this often, in case a wake-up was lost."""

# --- the network domain -----------------------------------------------------------------
INTERFACE_NAME_BYTES: Final = 15
"""IFNAMSIZ less its terminating zero (linux/if.h)."""
AGEING_SECONDS_MIN: Final = 10.0
"""Shortest ageing time of a bridge's forwarding table (IEEE 802.1Q, table 8-5)."""
AGEING_SECONDS_MAX: Final = 1_000_000.0
"""Longest ageing time of a bridge's forwarding table (IEEE 802.1Q, table 8-5)."""
ROUTE_METRIC_MAX: Final = 2**32 - 1
"""RTA_PRIORITY is an unsigned number of 32 bits (linux/rtnetlink.h)."""
PING_ATTEMPTS_MAX: Final = 10
"""Echo requests in one operation: all of them lost still fits three times in a gene's time."""
PING_SECONDS: Final = 0.3
"""Wait for one echo reply: a local network answers in a millisecond, resolution included."""
WATCH_MILLISECONDS_MAX: Final = 5000
"""One listening to a forwarding table: half of the time that a gene has."""
BOND_MIIMON_MS_DEFAULT: Final = 100
"""How often a bond looks at its ports' carriers: what bonding.rst calls a good starting point."""
BOND_MIIMON_MS_MAX: Final = 1000
"""A bond that looks less often leaves an outage unnoticed for longer than a ping's second."""
BOND_LOOKS_AWAITED: Final = 3
"""Looks until a bond has drawn its conclusions: one sees, one finds the lock taken, one acts."""
BOND_SETTLE_SECONDS: Final = 5.0
"""Longest wait for a bond's conclusions, whatever interval somebody gave it."""
LINK_SETTLE_SECONDS: Final = 1.5
"""The kernel tells a bridge of a port's carrier within a second (net/core/link_watch.c)."""
RESTORE_ROUNDS: Final = 6
"""Readings of a world that is put back: making an interface anew takes three, its losses two."""
NAMESPACE_CALL_SECONDS: Final = 30.0
"""One request to a namespace's thread: the longest listens for five seconds."""
NETLINK_DUMP_TRIES: Final = 5
"""Reading a table that changes meanwhile is repeated; traffic changes it for milliseconds."""
FRAME_DELIVERIES_MAX: Final = 256
"""Deliveries that one frame may cause in a simulated network: a loop ends here, not in a storm."""
TRAFFIC_ROUNDS_MIN: Final = 3
"""Rounds of background traffic however short the time: caches refresh as if it were there."""
TRAFFIC_ROUNDS_MAX: Final = 60
"""Rounds of background traffic however long the time: an hour passes in milliseconds."""
FORWARD_DELAY_SECONDS: Final = 30.0
"""A port of a bridge with STP listens and learns, 15 s each, before it forwards (IEEE 802.1D)."""
AGEING_SECONDS_DEFAULT: Final = 300.0
"""Ageing time of a new Linux bridge and of the usual switch (IEEE 802.1Q, table 8-5)."""
LAB_NEIGHBOUR_MILLISECONDS: Final = 86_400_000
"""A day: a neighbour in a lab stays as it is, so that nothing heals by a chance probe."""
LAB_PROCESS_SECONDS: Final = 5.0
"""`ip netns` and the end of a `ping` take milliseconds; a machine that needs longer is stuck."""
LAB_TRAFFIC_INTERVAL_SECONDS: Final = 0.5
"""Between two pings of a lab's background traffic: enough to keep tables fresh."""

# --- the search engine ------------------------------------------------------------------
MUTATION_SOURCE_NODES: Final = 3000
"""Nodes of a source's syntax tree that are looked through; a long gene has a thousand."""
MUTATION_CALL_DEPTH: Final = 4
"""Functions of a gene that call one another, followed to see what a parameter holds."""
MUTATION_SITES: Final = 48
"""Places of one source where an operation is tried, the most promising of them."""
MUTATION_FILLINGS: Final = 48
"""Ways to fill one operation's parameters that are tried at one place."""
MUTATION_COMBINATIONS: Final = 512
"""Combinations of arguments that are looked at to choose those fillings."""
MUTATION_SIMILAR_NAMES: Final = 3
"""Operations of the catalogue that are tried for a name which it does not have."""
MUTATION_EDITS: Final = 6000
"""Edits of one parent that are weighed; more than a search has candidates for."""
MUTATION_EXCERPT_CHARACTERS: Final = 80
"""What an edit quotes of the source: enough to recognise a statement in a sentence."""
SKELETON_DEPTH: Final = 4
"""Record types inside record types that a skeleton spells out; deeper ones stay empty."""
SEARCH_CANDIDATES: Final = 3000
"""Candidates per search: half a minute where one takes 10 ms in a shadow world."""
SEARCH_GENERATIONS: Final = 5
"""Edits on top of one another: a repair of more steps is for a model or a person."""
SEARCH_BEAM: Final = 6
"""Parents of a generation: enough for different ideas, few enough to go deep."""
SEARCH_FOUND: Final = 16
"""Repaired candidates that are kept of the generation that had the first."""
SEARCH_GENERATION_SHARE: Final = 0.5
"""Part of what is left that one generation may spend, so that later ones have a turn."""

# --- the git repository -----------------------------------------------------------------
EVENT_BYTES: Final = 1024 * 1024
"""One event as a line: a fact is small; what is large belongs in git and is named by it."""
SEGMENT_EVENTS: Final = 1000
"""Events in one blob: whoever reads one event of a segment reads them all."""
SEGMENT_BYTES: Final = 16 * 1024 * 1024
"""Bytes in one blob: a thousand of the largest events would be a gigabyte."""
SEGMENT_CACHE_EVENTS: Final = 50_000
"""Decoded events that a log keeps: some 100 MB when an event is 2 KB."""
JOURNAL_AHEAD_BYTES: Final = 256 * 1024
"""Zeros written ahead of the journal's end: a sync within them moves no metadata, half the cost."""
JOURNAL_FILE_BYTES: Final = 16 * 1024 * 1024
"""A journal file that is longer is followed by a new one, and goes when all of it is sealed."""
JOURNAL_KEEP_BYTES: Final = 1024 * 1024
"""A journal file that is sealed to its end and shorter than this is written on, not replaced."""
JOURNAL_READ_BYTES: Final = 512 * 1024
"""Bytes read from the journal at a time; a longer event is read whole."""
JOURNAL_LOCK_SECONDS: Final = 30.0
"""Appenders take turns of microseconds; who waits longer has met a stopped process."""
JOURNAL_LOCK_POLL_SECONDS: Final = 0.0002
"""Between two tries at the journal's lock."""
SEAL_EVENTS: Final = 1000
"""Journalled events that begin a seal."""
SEAL_SECONDS: Final = 1.0
"""Age of the oldest journalled event that begins a seal, with however few."""
SEAL_PAUSE_SECONDS: Final = 0.25
"""From one seal to the next: each syncs several files, which appenders would feel more often."""
SEAL_EVENTS_MAX: Final = 50_000
"""Events in one commit of the log: some 15 MB are held in memory meanwhile."""
SEAL_BACKLOG_EVENTS: Final = 200_000
"""Events that may wait for their seal: an appender that is so far ahead seals before it goes on."""
SEAL_RETRY_SECONDS: Final = 5.0
"""Between two tries of a seal that failed; the events are safe in the journal meanwhile."""
PACKS_SMALL: Final = 40
"""Packs of seals that may lie beside each other before they are made one."""
PACK_LARGE_BYTES: Final = 8 * 1024 * 1024
"""A pack that is larger stays as it is: repacking it again would cost more than it saves."""
RECENT_IDS: Final = 50_000
"""Ids kept to know an event, or a cause, again without asking the index: about 5 MB."""
TAIL_POLL_SECONDS: Final = 0.002
"""Between two looks at the journal's end while somebody follows it: 0.1 % of a core."""
APPEND_ATTEMPTS: Final = 20
"""Tries at a ref that others move too: with the back-off below, about half a second of losing."""
REF_LOCK_ATTEMPTS: Final = 6
"""Tries to get git's lock on a ref, 60 ms in all: a fetch or a push holds it for milliseconds."""
BACKOFF_FIRST_SECONDS: Final = 0.002
"""The first wait after a lost try: one commit takes about so long."""
BACKOFF_MAX_SECONDS: Final = 0.032
"""The longest wait between two tries, and between two looks at a lock that another one holds."""
WRITER_LOCK_SECONDS: Final = 30.0
"""Writers of one repository on one machine take turns of milliseconds; a checkout of seconds."""
STALE_LOCK_SECONDS: Final = 1.0
"""Age from which a lock file left by a killed writer is removed; git holds one for milliseconds."""
FILES_CACHE_TREES: Final = 16
"""Listings of trees that a repository keeps: main, a few drafts and their bases."""

# --- folds, snapshots, the index --------------------------------------------------------
SNAPSHOT_EVENTS: Final = 20_000
"""Events after which a fold's state is stored again: reading so many takes a tenth of a second."""
SNAPSHOT_SHARE: Final = 10
"""The same as a part of the log: storing a large state stays a small part of the work."""
SNAPSHOT_CLOSE_EVENTS: Final = 1000
"""Events since the last snapshot from which a process that ends leaves one behind."""
SNAPSHOTS_KEPT: Final = 3
"""Snapshots of one fold on disk: a damaged one has two behind it."""
SNAPSHOT_BYTES: Final = 1024 * 1024 * 1024
"""One state as bytes; what is larger is not read back faster than it is folded."""
INDEX_BLOCK_EVENTS: Final = 1000
"""Events that share an entry of the index by time, and that may wait in memory: one segment."""
INDEX_BATCH_EVENTS: Final = 100_000
"""Events that are indexed at a time, with the lock held: a third of a second, some 30 MB."""
INDEX_RUN_EVENTS: Final = 1_000_000
"""Events in one file of the index: merging needs about 100 bytes of memory for each."""
INDEX_RUN_RATIO: Final = 2
"""A new run takes in those before it that are up to so many times its size."""
INDEX_LOCK_SECONDS: Final = 30.0
"""Waiting for another process that indexes: it lets go after every batch."""
INDEX_PREFIX_DIGITS: Final = 4
"""Hex digits that name an event at least; fewer would mean many."""
INDEX_READ_ON_EVENTS: Final = 1000
"""Two events so near each other are read in one go: they may well be in one segment."""
INDEX_HASHES_CACHED: Final = 65_536
"""Subjects whose hash is kept: they recur, and hashing is most of the work."""
UPCAST_STEPS: Final = 64
"""Upcasters that follow one another on one event; a type has no more versions in its life."""

# --- the command line -------------------------------------------------------------------
EVENT_TYPE_CHARACTERS: Final = 200
"""Of an event's type that is handed in: a few words."""
EVENT_NESTING: Final = 64
"""Levels of an event's data that is handed in, far below Python's recursion limit."""
APPEND_BATCH_EVENTS: Final = 1000
"""Events handed in that become durable together: more would not make each cheaper."""
APPEND_BATCH_BYTES: Final = 8 * 1024 * 1024
"""The same in bytes: what may wait in memory."""
FOLLOW_WAIT_SECONDS: Final = 60.0
"""One wait for a new event; then the next begins. Ctrl-C ends it at once."""
SHOW_CAUSES: Final = 100
"""Causes that are shown of one event: a longer chain explains nothing."""
SHOW_DEPTH: Final = 8
"""Levels of the tree of consequences of one event; what is deeper is shown from below."""
SHOW_EVENTS: Final = 200
"""Events in that tree: some screens."""
CHECKPOINT_BYTES: Final = 4096
"""A checkpoint's file: four members, 300 bytes."""
OTHER_LOG_SECONDS: Final = 600.0
"""Fetching another clone's log: a million events are about 100 MB."""
APPEND_READ_BYTES: Final = 64 * 1024
"""Read from a pipe at a time: what a pipe holds."""
CONTROLLER_END_SECONDS: Final = 15.0
"""A controller that is asked to stop finishes its step: a gene, a probe, a rehearsal."""
EXPRESS_WAIT_SECONDS: Final = 120.0
"""`germline express` waits for its outcome: a few windows, a search and a merge."""
EXPRESS_POLL_SECONDS: Final = 0.1
"""Between two looks at the log while another process runs the passes."""
DEMO_STEP_SECONDS: Final = 90.0
"""One step of the demonstration on the real kernel; it takes about ten."""
DEMO_DAYS_PASSES: Final = 100
"""Passes between two events of the story of an office; a weekend has some five."""
DEMO_STEP_TURNS: Final = 200
"""One step of the demonstration in virtual time, in passes; it takes about ten."""

# --- the tools of who writes contracts --------------------------------------------------
SITE_TREE_LEVELS: Final = 32
"""Levels of composition that the site's tree shows; a reader is lost long before."""
LSP_FILES: Final = 5000
"""Contracts on disk that the language server reads: five times the largest genome in mind."""
LSP_ENTRIES: Final = 50_000
"""Files of a folder that is no genome which are looked at for contracts: a second of work."""
LSP_PAUSE_SECONDS: Final = 0.02
"""Between a keystroke and reading the text: what is typed faster than this is read once."""
LSP_REST_SECONDS: Final = 0.5
"""Without a keystroke for so long, the files that were not typed in are checked again too."""
LSP_FILES_AT_ONCE: Final = 5
"""Files checked again before the server looks whether somebody typed: 30 ms with their
remarks, which take an editor longer to receive than us to find."""
LSP_GAP_SECONDS: Final = 0.005
"""Between such portions: long enough to read a whole message that came in meanwhile."""
LSP_HOVER_CHARACTERS: Final = 1200
"""Of a contract's prose, in the small window beside the pointer; the rest is in its file."""
LSP_HOVER_LINES: Final = 12
"""Of what stands below a name that is shown as it is written: what fits beside the pointer."""
LSP_TEXT_MAPS: Final = 64
"""Texts whose line ends are kept: those of one answer, without keeping all that was typed."""
LSP_COMPLETIONS: Final = 200
"""Words that are offered at one place; more come when somebody types on."""

# --- the genome -------------------------------------------------------------------------
PARSED_FILES: Final = 4096
"""Parsed contracts kept in memory: a large genome whole, about 20 KB a file."""

# --- the inventory ----------------------------------------------------------------------
INVENTORY_FILES: Final = 64
"""Inventory files kept in memory as they were read: more than a repository of hosts has."""
INVENTORY_HOSTS: Final = 65_536
"""Hosts that one range may stand for: more than one inventory is ever run for."""

# --- phrases and derived tests ----------------------------------------------------------
PHRASE_SENTENCE_CHARACTERS: Final = 400
"""A sentence that a phrase may match; a longer one is a paragraph, and prose."""
PHRASE_WORDINGS_CACHED: Final = 512
"""Compiled wordings: a few for each phrase."""
PHRASE_SENTENCES_CACHED: Final = 4096
"""Sentences read before: those of a thousand contracts."""
PHRASE_LIKENESS_MIN: Final = 0.5
"""Share of words and letters that a sentence has in common with the phrase it is told to be near;
unrelated sentences about interfaces share less than half."""
SITUATION_INPUTS_MAX: Final = 512
"""Inputs that are looked at for one generated world: all of a contract with few fields."""
DERIVED_EXAMPLES: Final = 5
"""Generated situations of a derived test: names, networks and neighbours vary in each."""
DERIVED_EXAMPLES_MAX: Final = 200
"""The same, at most: about a minute on one core."""
CONTRACT_GATE_EXAMPLES: Final = 2
"""The same in a proof, where held-out cases of the failure are replayed as well."""

# --- projections ------------------------------------------------------------------------
PROJECTION_BATCH_EVENTS: Final = 500
"""Events that one call of a projection gene is given; a gene that cannot is given fewer."""
PROJECTION_BATCH_BYTES: Final = 128 * 1024
"""The same in bytes of JSON: half of what one message to a gene may have."""
PROJECTION_LINEAGE_LATEST: Final = 16
"""Events that a row names besides its first: enough to explain, and a busy row stays small."""
PROJECTION_NAME_CHARACTERS: Final = 48
"""A table's, node's or edge's kind: PostgreSQL cuts names at 63 bytes."""
PROJECTION_KEY_CHARACTERS: Final = 400
"""A key: far below the third of a page (2,700 bytes) that PostgreSQL's indexes take."""
PROJECTION_ROW_CHARACTERS: Final = 64 * 1024
"""One row as JSON: a row is a record, not a document store."""
PROJECTION_SCAN_ROWS: Final = 500
"""Rows or neighbours in one answer to a gene: what fits a message; `after` asks for more."""
PROJECTION_REACH_STEPS: Final = 8
"""Steps that a traversal follows: further away everybody knows everybody."""
PROJECTION_QUERIES_KEPT: Final = 200
"""Real queries kept for each locus, the latest: what a canary asks."""
PROJECTION_QUERY_BYTES: Final = 8 * 1024
"""One query that is kept; a longer one is answered and not remembered."""
PROJECTION_SAMPLE_SUBJECTS: Final = 50
"""Subjects that a canary asks about besides, and that a recount derives anew."""
PROJECTION_QUERY_SHAPES: Final = 8
"""Different questions, of those people asked, that are put about each sampled subject."""
PROJECTION_DIFFERENCES_SHOWN: Final = 5
"""Of the differences or missing data points that refuse a promotion: enough to see a pattern."""
PROJECTION_LAG_EVENTS: Final = 100
"""Events behind the log from which a projection lags; a pass catches up with fewer unnoticed."""
PROJECTION_LAG_SECONDS: Final = 60.0
"""Age of the oldest event that a lagging projection lacks: two passes of a resting controller."""
PROJECTION_RECOUNT_SECONDS: Final = 600.0
"""Between two recounts of a sample: each reads the whole log."""
PROJECTION_WINDOW_HOURS: Final = 72
"""Rollback window: a weekend, so that who promotes on Friday can take it back on Monday."""
PROJECTION_BUSY_SECONDS: Final = 30.0
"""Wait for another process that writes the same projection: a batch takes milliseconds."""
PROJECTION_ORIGINS: Final = 20
"""Rows and edges that one `why` explains: a screen or two."""
# --- forgetting -------------------------------------------------------------------------
VAULT_FILE_BYTES: Final = 64 * 1024
"""A vault's file holds one key and a subject's name; a backup's list has a file of its own."""
VAULT_LOCK_SECONDS: Final = 30.0
"""Appends hold the vault for milliseconds; forgetting somebody waits for disks and projections."""
OWNERS_MAX: Final = 16
"""Subjects that one event may name: when one of them is forgotten, all of it is gone."""
TOMBSTONES_NOTED: Final = 1000
"""Events between two notes of how far the log was searched for tombstones: a moment's reading."""

# --- systems and their gaps -------------------------------------------------------------
MOMENTS_CACHED: Final = 4096
"""Moments and quantities read as values: those that events of one time share."""
EVENT_TYPES_CACHED: Final = 4096
"""Types of events for which it is remembered what to do: more than one system has."""
OCCURRENCES_AT_ONCE: Final = 1000
"""Moments of a clock's rule that are made up for after a silence, the latest ones: a daily rule's
of three years."""
PERIOD_MIN_MS: Final = 1000
"""The shortest period of a clock's rule: obligations that come faster are events' to bring."""
DESCENDANTS_KEPT: Final = 256
"""Events that are remembered as led to by one trigger: an agent's whole work on one gap."""
DUPLICATES_WITHIN: Final = 8192
"""Events among which a repeated one is recognised, if it is not later than the last: what two
writers or a repeated import bring; the log itself refuses an id that it has."""
UNCHANGING_REMEMBERED: Final = 50_000
"""Immutable things of which is remembered what was said first, some 300 bytes each."""
TROUBLES_KEPT: Final = 10_000
"""Events that could not be applied which are told one by one; beyond it they are counted."""
GAPS_TOLD: Final = 100
"""Gaps listed for a person; programs get them all."""
GAPS_DRAWN_LINES: Final = 400
"""Lines of trees drawn for a person before the gaps are listed."""

# --- consequences -----------------------------------------------------------------------

MAX_AGENTS_PER_GAP: Final = 3
"""Attempts at one gap before a person is needed (seed 000, circuit breakers)."""
COOLDOWN_PER_GAP_SECONDS: Final = 30.0
"""Between two attempts at one gap (seed 000, circuit breakers)."""
MAX_AGENT_DEPTH: Final = 5
"""Consequences that led to one another before a person is needed (seed 000, circuit breakers)."""
CAUSES_FOLLOWED: Final = 256
"""Causes looked at for a consequence before it; in a longer chain the depth counts as reached."""
REACTION_EVENTS: Final = 100
"""Events that one gene may append in one call."""
REACTION_HISTORY: Final = 200
"""Events about a thing that a gene may ask for at a time."""
SERVED_PER_STEP: Final = 50
"""Gaps served from one listing, so that five thousand are not listed five thousand times."""
COMPLETIONS: Final = 200
"""Names that a shell is offered at Tab: more than that nobody reads, and shells ask first."""
