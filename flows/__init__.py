"""Orchestration: from a folder of reports to a published dataset. No rule of extraction lives here.

Prefect reads its settings when it is first imported, so they are set here: it keeps to a folder of its own, tells
nobody that it runs, passes the log lines of this package on, and forgets runs after a month. What the environment
already sets stays.
"""

import os
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent.parent
_HOME = _PROJECT / ".prefect" if (_PROJECT / "pyproject.toml").exists() else Path.home() / ".jixiao" / "prefect"
_MONTH = 30 * 24 * 3600

_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_HOME": str(_HOME),
    "PREFECT_LOGGING_EXTRA_LOGGERS": "flows",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(_MONTH),
    "RAY_USAGE_STATS_ENABLED": "0",
}
for _name, _value in _SETTINGS.items():
    os.environ.setdefault(_name, _value)
