"""Reading the XPath of an XLSForm into a tree.

Covers what form authors write: `${name}`, `.`, literals, operators, functions, and a condition
behind a repeat. Must not know JSON Logic. Neighbours: `understanding` gives the tree a meaning.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<text>'[^']*'|\"[^\"]*\")|\$\{(?P<ref>[^}]*)\}"
    r"|(?P<name>[A-Za-z_][\w:-]*)|(?P<sign>!=|<=|>=|\.\.|//|[-+*/=<>()\[\],.|]))"
)
#: How tightly each operator binds; the same for all of one line.
BINDS = {
    **dict.fromkeys(("or",), 1),
    **dict.fromkeys(("and",), 2),
    **dict.fromkeys(("=", "!="), 3),
    **dict.fromkeys(("<", "<=", ">", ">="), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "div", "mod"), 6),
}
DEEPEST = 40
LONGEST = 400
"""Brackets within brackets, and tokens: more than any author writes."""


class NotXPath(Exception):
    """A text that is no XPath of the kind read here; the message says where it ends."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A node: `kind` is number, text, ref, dot, name, call, filter or an operator."""

    kind: str
    word: str = ""
    parts: tuple["Tree", ...] = ()


def parse(xpath: str) -> Tree:
    """Return the tree of an expression; raises NotXPath."""
    reader = _Reader(list(_tokens(xpath)))
    if len(reader.tokens) > LONGEST:
        raise NotXPath("the expression is too long")
    tree = reader.expression(0)
    if reader.place < len(reader.tokens):
        raise NotXPath(f"'{reader.tokens[reader.place][1]}' is not expected")
    return tree


def conjuncts(xpath: str) -> list[str]:
    """Return the parts of an expression that are joined by `and` outside all brackets."""
    parts, depth, begin = [], 0, 0
    for kind, word, start, end in _placed(xpath):
        depth += (word in "([") - (word in ")]") if kind == "sign" else 0
        if kind == "name" and word == "and" and depth == 0:
            parts.append(xpath[begin:start].strip())
            begin = end
        if kind == "name" and word == "or" and depth == 0:
            return [xpath.strip()]
    return [*parts, xpath[begin:].strip()]


def _placed(xpath: str) -> Iterator[tuple[str, str, int, int]]:
    place, text = 0, xpath.rstrip()
    while place < len(text):
        found = TOKEN.match(text, place)
        if not found:
            raise NotXPath(f"'{text[place : place + 20]}' cannot be read")
        kind = str(found.lastgroup)
        yield kind, found[kind], found.start(kind), found.end()
        place = found.end()


def _tokens(xpath: str) -> Iterator[tuple[str, str]]:
    for kind, word, _, _ in _placed(xpath):
        yield kind, word


class _Reader:
    """A place in the tokens, moving on. Brackets too deep for any author are refused."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0

    def next(self) -> tuple[str, str]:
        if self.place >= len(self.tokens):
            return "", ""
        return self.tokens[self.place]

    def take(self) -> tuple[str, str]:
        token = self.next()
        if not token[0]:
            raise NotXPath("the expression ends too early")
        self.place += 1
        return token

    def expect(self, sign: str) -> None:
        if self.take()[1] != sign:
            raise NotXPath(f"'{sign}' is missing")

    def expression(self, least: int) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotXPath("too many brackets")
        left = self.operand()
        while (bind := self._binding()) > least:
            sign = self.take()[1]
            left = Tree(sign, "", (left, self.expression(bind)))
        self.depth -= 1
        return left

    def _binding(self) -> int:
        kind, word = self.next()
        return BINDS.get(word, 0) if kind in ("sign", "name") else 0

    def operand(self) -> Tree:
        kind, word = self.take()
        if kind == "number":
            return Tree("number", word)
        if kind == "text":
            return Tree("text", word[1:-1])
        if kind == "ref":
            return self._filtered(Tree("ref", word.strip()))
        if kind == "name":
            return self._named(word)
        if word == "(":
            inner = self.expression(0)
            self.expect(")")
            return inner
        if word == "-":
            return Tree("negative", "", (self.operand(),))
        if word == ".":
            return Tree("dot")
        raise NotXPath(f"'{word}' cannot be read here")

    def _named(self, word: str) -> Tree:
        if self.next()[1] != "(":
            return Tree("name", word)
        self.take()
        parts: list[Tree] = []
        while self.next() != ("sign", ")"):
            parts.append(self.expression(0))
            if self.next() == ("sign", ","):
                self.take()
        self.take()
        return Tree("call", word, tuple(parts))

    def _filtered(self, tree: Tree) -> Tree:
        if self.next() != ("sign", "["):
            return tree
        self.take()
        test = self.expression(0)
        self.expect("]")
        return Tree("filter", "", (tree, test))
