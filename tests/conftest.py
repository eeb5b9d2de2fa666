"""What all tests share: Prefect keeps to a folder of its own, and worker processes find the tests' stand-ins."""

import os
import tempfile
from pathlib import Path

_HOME = tempfile.TemporaryDirectory(prefix="jixiao-prefect-")
os.environ["PREFECT_HOME"] = _HOME.name
os.environ["PREFECT_SERVER_LOGGING_LEVEL"] = "WARNING"
os.environ["PYTHONPATH"] = str(Path(__file__).parent.parent)
os.environ.pop("PREFECT_API_URL", None)
