"""What all tests share: Prefect keeps to a folder of its own, and worker processes find the tests' stand-ins."""

import os
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_HOME = tempfile.TemporaryDirectory(prefix="jixiao-prefect-")
os.environ["PREFECT_HOME"] = _HOME.name
os.environ["PREFECT_SERVER_LOGGING_LEVEL"] = "WARNING"
os.environ["PYTHONPATH"] = str(ROOT)
os.environ.pop("PREFECT_API_URL", None)

import flows  # noqa: E402, F401 -- the rest of Prefect's settings, before anything imports Prefect


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample reports, ingested once for all tests that look at a real dataset."""
    from flows import run  # noqa: PLC0415 (Prefect reads the environment above when it is first imported)
    from flows.options import Options  # noqa: PLC0415

    dataset = tmp_path_factory.mktemp("samples") / "dataset"
    run.run(Options(ROOT / "data" / "reports", dataset, workers=1))
    return dataset


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a browser is slow, wherever it stands."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
