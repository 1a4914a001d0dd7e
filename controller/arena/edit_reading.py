"""A source as the search engine understands it: which call is which operation, what names hold.

Built once per parent by `mutation`, then asked by every edit. Nothing is run. Meanings are
followed through assignments, loops, parameters and results of the source's own functions.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from controller.arena.bindings import (
    DATA,
    RAW,
    Meaning,
    Role,
    Scope,
    scopes,
)
from controller.arena.edit_imports import JSON, SDK, Imports
from controller.arena.edit_sites import own_nodes, quiet_by_name
from controller.arena.edit_text import SourceText
from controller.domains.world import OperationSpec
from controller.limits import MUTATION_CALL_DEPTH

_TRANSPARENT = frozenset({"str", "list", "dict", "tuple", "sorted", "copy", "deepcopy"})
_OPAQUE = frozenset({"record", "record[]", "none"})


class Reading:
    """A source with the meaning of its names and calls. Never changes once built."""

    def __init__(self, text: SourceText, catalogue: Mapping[str, OperationSpec]) -> None:
        self.text = text
        self.catalogue = catalogue
        self.imports = Imports(text.tree)
        self.scopes = scopes(text)
        self._functions = self._by_unique_name()
        calls = [node for node in ast.walk(text.tree) if isinstance(node, ast.Call)]
        self._operations = {id(call): self._asked(call) for call in calls}
        self._acting = self._reaching(self._is_mutation)
        self._asking = self._reaching(lambda call: self.operation(call) is not None)
        self._asked_by = {
            scope: frozenset(filter(None, map(self.operation, ast.walk(scope.node))))
            & catalogue.keys()
            for scope in self.scopes
        }
        for _ in range(MUTATION_CALL_DEPTH):
            if not self._follow():
                break

    def operation(self, node: ast.AST) -> str | None:
        """The operation that a call asks of the SDK: None if it asks none, "" if one unknown."""
        return self._operations.get(id(node))

    def callee(self, node: ast.AST) -> Scope | None:
        """The function of this source that a call reaches, if it is plain which."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._functions.get(node.func.id)
        return None

    def acts(self, node: ast.AST) -> bool:
        """True when running a node may, as far as can be seen, change the world."""
        return any(
            self._is_mutation(part) or self.callee(part) in self._acting
            for part in ast.walk(node)
            if isinstance(part, ast.Call)
        )

    def quiet(self, call: ast.Call) -> bool:
        """True when a call itself surely reaches no operation."""
        if self.operation(call) is not None:
            return False
        reached = self.callee(call)
        if reached is not None:
            return reached not in self._asking
        return quiet_by_name(call) or self.imports.member(call.func, JSON) is not None

    def operations_in(self, node: ast.AST) -> tuple[str, ...]:
        """The known operations that a node asks, its functions' own included, by name."""
        found: set[str] = set()
        for part in ast.walk(node):
            reached = self.callee(part)
            name = self.operation(part)
            found |= self._asked_by.get(reached, frozenset()) if reached else frozenset()
            found |= {name} if name is not None and name in self.catalogue else set()
        return tuple(sorted(found))

    def meaning(self, node: ast.expr, scope: Scope) -> Meaning | None:
        """What an expression holds, or None where that is not plain."""
        if isinstance(node, ast.Name):
            return scope.meaning_of(node.id)
        if isinstance(node, ast.NamedExpr):
            return self.meaning(node.value, scope)
        if isinstance(node, ast.BoolOp):
            return self.meaning(node.values[0], scope)
        named = field_key(node)
        if named is not None and self.meaning(named[0], scope) == DATA:
            return Meaning(Role.FIELD, str(named[1].value))
        return self._call_meaning(node, scope) if isinstance(node, ast.Call) else None

    def _call_meaning(self, node: ast.Call, scope: Scope) -> Meaning | None:
        spec = self.catalogue.get(self.operation(node) or "")
        if spec is not None:
            if spec.mutates or spec.returns in _OPAQUE:
                return None
            role = Role.KINDS if spec.returns.endswith("[]") else Role.KIND
            return Meaning(role, spec.returns.removesuffix("[]"))
        reached = self.callee(node)
        if reached is not None:
            return reached.result
        if len(node.args) != 1:
            return None
        inner = self.meaning(node.args[0], scope)
        if self.imports.member(node.func, JSON) == "loads":
            return DATA if inner == RAW else None
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
        return inner if name in _TRANSPARENT else None

    def _follow(self) -> bool:
        """One round of inference over all functions; True when something new was learnt."""
        before = [(dict(scope.known), scope.result) for scope in self.scopes]
        for scope in self.scopes:
            for name, binding in scope.bindings.items():
                found = self.meaning(binding.value, scope)
                found = _element(found) if binding.each else found
                if found is not None:
                    scope.known[name] = found
            returns = [n.value for n in own_nodes(scope.node) if isinstance(n, ast.Return)]
            results = {self.meaning(value, scope) for value in returns if value is not None}
            scope.result = results.pop() if len(results) == 1 else None
        for (scope, name), meanings in self._passed().items():
            passed = meanings.pop() if len(meanings) == 1 else None
            scope.known.pop(name, None)
            if passed is not None:
                scope.known[name] = passed
        return before != [(dict(scope.known), scope.result) for scope in self.scopes]

    def _passed(self) -> dict[tuple[Scope, str], set[Meaning | None]]:
        """What the calls in the source hand to each parameter of its functions."""
        passed: dict[tuple[Scope, str], set[Meaning | None]] = {}
        for scope in self.scopes:
            for node in own_nodes(scope.node):
                reached = self.callee(node)
                if reached is None or reached.node is self.text.entry:
                    continue
                assert isinstance(node, ast.Call)
                for name, value in call_arguments(node, reached.parameters):
                    passed.setdefault((reached, name), set()).add(self.meaning(value, scope))
                unpacked = [k.value for k in node.keywords if k.arg is None]
                if any(self.meaning(value, scope) == DATA for value in unpacked):
                    for name in reached.parameters:
                        passed.setdefault((reached, name), set()).add(Meaning(Role.FIELD, name))
        return passed

    def _reaching(self, wanted: Callable[[ast.Call], bool]) -> frozenset[Scope]:
        """The functions that make a wanted call, themselves or through one another."""
        found: set[Scope] = set()
        for _ in range(MUTATION_CALL_DEPTH):
            found |= {
                scope
                for scope in self.scopes
                for node in ast.walk(scope.node)
                if isinstance(node, ast.Call) and (wanted(node) or self.callee(node) in found)
            }
        return frozenset(found)

    def _is_mutation(self, node: ast.AST) -> bool:
        name = self.operation(node)
        return name is not None and (name not in self.catalogue or self.catalogue[name].mutates)

    def _asked(self, call: ast.Call) -> str | None:
        name = self.imports.member(call.func, SDK)
        if name is not None:
            starred = isinstance(call.func, ast.Name) and call.func.id == name
            return None if starred and name in self._functions else name
        inner = call.func
        if not (isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name)):
            return None
        if inner.func.id != "getattr" or len(inner.args) < 2:
            return None
        if not self.imports.is_module(inner.args[0], SDK):
            return None
        member = inner.args[1]
        return str(member.value) if isinstance(member, ast.Constant) else ""

    def _by_unique_name(self) -> dict[str, Scope]:
        names = [scope.node.name for scope in self.scopes]
        return {s.node.name: s for s in self.scopes if names.count(s.node.name) == 1}


def call_arguments(call: ast.Call, parameters: tuple[str, ...]) -> Iterator[tuple[str, ast.expr]]:
    """(parameter, expression) for the arguments of a call that are plainly one parameter's."""
    for name, value in zip(parameters, call.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        yield name, value
    for keyword in call.keywords:
        if keyword.arg in parameters:
            yield str(keyword.arg), keyword.value


def field_key(node: ast.AST) -> tuple[ast.expr, ast.Constant] | None:
    """(object, key) of `object["key"]` and `object.get("key", …)`."""
    base: ast.expr
    key: ast.expr
    if isinstance(node, ast.Subscript):
        base, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        if node.func.attr != "get":
            return None
        base, key = node.func.value, node.args[0]
    else:
        return None
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return base, key
    return None


def _element(meaning: Meaning | None) -> Meaning | None:
    roles = {Role.KINDS: Role.KIND, Role.FIELD: Role.ELEMENT}
    if meaning is None or meaning.role not in roles:
        return None
    return Meaning(roles[meaning.role], meaning.name)
