"""Trains the models that the package ships: `python -m flows.train`, or by name, `python -m flows.train ner`."""

from __future__ import annotations

import argparse

from flows import train_items, train_linking, train_ner

MODELS = {"ner": train_ner.retrain, "items": train_items.main, "linking": train_linking.main}
"""How each model is trained, in the order in which they build on each other."""


def main() -> None:
    """Trains the models asked for."""
    parser = argparse.ArgumentParser(description="Trains the models that the package ships.")
    parser.add_argument("models", nargs="*", metavar="model", help=f"{', '.join(MODELS)}; all where none is named")
    asked = parser.parse_args().models
    if unknown := [name for name in asked if name not in MODELS]:
        parser.error(f"no model is called {', '.join(unknown)}; there are {', '.join(MODELS)}")
    for name in asked or MODELS:
        print(f"== {name}", flush=True)
        MODELS[name]()


if __name__ == "__main__":
    main()
