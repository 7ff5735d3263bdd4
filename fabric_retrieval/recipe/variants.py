"""The file of variants: what is to be tried against the base, a line each."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

from fabric_retrieval.errors import UserError

BASE = "base"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")  # of folders too


class Variant(NamedTuple):
    """`flags`: training flags over those of the base, as on a command line; `factor`: what they are about."""

    factor: str
    name: str
    flags: tuple[str, ...]


def read_variants(path):
    """The variants of a text file, in its order.

    A line `[factor]` begins the variants of a factor, a line `name: --flag=value ...` is one; empty lines and
    those that begin with # are left out.

    Raises:
        UserError: no such file, or a line that is neither, names the same twice, or has no factor above it.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--variants={path} cannot be read: {error}") from error
    factor, variants = None, {}
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            factor = _named(line[1:-1].strip(), path, number)
            continue
        name, colon, rest = line.partition(":")
        if not colon or not factor:
            raise UserError(
                f"{path}, line {number}: expected `[factor]` first, then lines `name: --flag=value ...`; "
                f"found {line!r}."
            )
        name = _named(name.strip(), path, number)
        if name in variants or name == BASE:
            raise UserError(f"{path}, line {number}: the name {name} is taken; give another.")
        variants[name] = Variant(factor, name, _split(rest, path, number))
    if not variants:
        raise UserError(f"{path} holds no variants; expected lines `name: --flag=value ...`.")
    return list(variants.values())


def chosen(variants, only):
    """Those whose name or factor is among `only`, or all of them if that is empty.

    Raises:
        UserError: `only` has a name that is neither.
    """
    for name in only:
        if not any(name in (variant.name, variant.factor) for variant in variants):
            known = dict.fromkeys(variant.factor for variant in variants)
            raise UserError(f"--only: there is no {name}; factors are {', '.join(known)}.")
    return [v for v in variants if not only or v.name in only or v.factor in only]


def _named(name, path, number):
    if not _NAME.fullmatch(name):
        raise UserError(
            f"{path}, line {number}: a name has letters, digits and _ . + - only; found {name!r}."
        )
    return name


def _split(text, path, number):
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise UserError(f"{path}, line {number}: {error}") from error
