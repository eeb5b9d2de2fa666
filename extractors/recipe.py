"""What made a row: the version and the settings in words, and a digest of all that decides what is read.

That is the code, the lexicons and models beside it, the libraries that cut words, fold characters, search and reckon,
and a model of the user's own by its content. Where the digest is the same, a report need not be read again.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extractors.pipeline import Settings

LIBRARIES = ("ahocorasick-rs", "jieba", "numpy", "opencc", "regex", "spacy", "thinc")
SEGMENTERS = {"jieba": (), "pkuseg": ("pkuseg",)}
"""What else decides where this segmenter is chosen; jieba's dictionary tells the model of names about words anyway."""
SUFFIXES = {"extractors": (".py",), "lexicons": (".tsv", ".toml")}


def version(settings: Settings) -> str:
    """The version of Jixiao, the segmenter, and the name and version that a model of the user's own gives itself.

    `0.1.0+jieba`, `0.1.0+jieba.zh_core_web_sm-3.8.0`.
    """
    chosen = f"{metadata.version('jixiao')}+{settings.segmenter}"
    return chosen if settings.model is None else f"{chosen}.{_calls_itself(_model(settings.model))}"


def digest(settings: Settings) -> str:
    """The first 16 hex digits of a SHA-256 over everything that decides rows."""
    content = hashlib.sha256()
    for name, data in _parts(settings):
        content.update(f"{name}\0{len(data)}\0".encode() + data)
    return content.hexdigest()[:16]


def _parts(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """All that decides rows, by name."""
    yield "python", f"{sys.version_info.major}.{sys.version_info.minor}".encode()
    for library in (*LIBRARIES, *SEGMENTERS[settings.segmenter]):
        yield library, _installed(library).encode()
    for package, suffixes in SUFFIXES.items():
        yield from _content(package, files(package), suffixes)
    yield from _content("models", files("extractors") / "models")
    if settings.model is not None:
        yield from _content("model", _model(settings.model))


def _installed(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "none"


def _content(name: str, place: Traversable, suffixes: tuple[str, ...] = ("",)) -> Iterator[tuple[str, bytes]]:
    """The files below the place with their paths, sorted; what Python and editors leave there is no part of it."""
    for inner in sorted(place.iterdir(), key=lambda path: path.name):
        path = f"{name}/{inner.name}"
        if inner.name == "__pycache__" or inner.name.startswith(".") or inner.name.endswith("~"):
            continue
        if inner.is_dir():
            yield from _content(path, inner, suffixes)
        elif inner.name.endswith(suffixes):
            yield path, inner.read_bytes()


def is_package(model: str) -> bool:
    """Whether a spaCy model is an installed package, as spaCy looks for it first, and no folder."""
    try:
        metadata.distribution(model)
    except metadata.PackageNotFoundError:
        return False
    return True


def _model(name: str) -> Traversable:
    return files(name) if is_package(name) else Path(name)


def _calls_itself(model: Traversable) -> str:
    try:
        facts = json.loads((model / "meta.json").read_text(encoding="utf-8"))
        return f"{facts['lang']}_{facts['name']}-{facts['version']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "model"
