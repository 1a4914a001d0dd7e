"""Hypothesis strategies for documents of all levels together."""

from __future__ import annotations

from hypothesis import strategies as st

from grammar.sg.nodes import Document
from tests.grammar.documents import genes, phenotypes
from tests.grammar.documents_levels import intents, pathways, topologies
from tests.grammar.documents_system import systems


def _few(one: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(one, max_size=1).map(tuple)


def _with(**levels: st.SearchStrategy) -> st.SearchStrategy[Document]:
    few = {level: _few(one) for level, one in levels.items()}
    return st.builds(Document, language=st.none() | st.just(1), **few)


documents = st.one_of(
    _with(genes=genes(), phenotypes=phenotypes),
    _with(pathways=pathways(), systems=systems),
    _with(topologies=topologies, intents=intents()),
)
"""Documents of two levels each, so that a failure is small enough to read."""
