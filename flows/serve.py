"""The ingestion as a served deployment: on a schedule, and when asked to in Prefect's UI. It needs no work pool."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from flows import parameters, server
from flows.options import OptionError, Options
from flows.terminal import say

PORT = 4200
_NAME = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Service:
    """What is served: the options of every run, and when it runs (`cron` none: when asked to)."""

    options: Options
    cron: str | None = None
    timezone: str = "Asia/Shanghai"
    name: str | None = None
    port: int = PORT

    def check(self) -> None:
        """Refuse what makes no sense, before anything starts."""
        self.options.check()
        if self.timezone not in available_timezones():
            raise OptionError(f"timezone is {self.timezone!r}: give the name of one, such as Asia/Shanghai or UTC")
        if self.cron is not None and not _is_cron(self.cron):
            raise OptionError(
                f"cron is {self.cron!r}: give minute, hour, day, month and weekday as in a crontab, such as "
                '"0 2 * * *" for every night at two'
            )
        if not _NAME.fullmatch(self.deployment):
            raise OptionError(f"name is {self.name!r}: give letters, digits, dots, dashes, such as reports-2024")
        if not 0 < self.port < 65536:
            raise OptionError(f"port is {self.port}: give a number between 1 and 65535, such as {PORT}")

    @property
    def deployment(self) -> str:
        """Its name: as asked, else that of the dataset's folder."""
        folder = self.options.dataset.absolute().name
        return self.name if self.name is not None else "-".join(_NAME.findall(folder)) or "dataset"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The options of every run as Prefect keeps them, with paths that hold from any folder."""
        given = {name: getattr(self.options, name) for name in parameters.names()}
        model = given["model"]
        if model is not None and Path(model).is_dir():
            given["model"] = Path(model)
        return {name: str(value.absolute()) if isinstance(value, Path) else value for name, value in given.items()}


def serve(service: Service) -> None:
    """Serve the deployment until interrupted, with a server of its own unless one is there."""
    service.check()
    os.environ["PYTHONSAFEPATH"] = "1"  # a folder `flows` where the user stands is not ours
    with server.running(service.port) as url:
        _refuse_taken(service)
        page = url.removesuffix("/api")
        say(f"Serving ingest/{service.deployment} for {service.options.dataset}; see {page}, end with Ctrl-C")
        _serve(service)


def _serve(service: Service) -> None:
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    from flows.ingest import ingest  # Prefect must first know its server

    ingest.serve(
        name=service.deployment,
        schedule=Cron(service.cron, timezone=service.timezone) if service.cron else None,
        parameters=dict(service.parameters),
        global_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        pause_on_shutdown=False,
        print_starting_message=False,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def _is_cron(cron: str) -> bool:
    from prefect.client.schemas.schedules import CronSchedule

    try:
        CronSchedule(cron=cron)
    except ValueError:
        return False
    return True


def _refuse_taken(service: Service) -> None:
    """Two datasets under one name would be one deployment: the second would take the first one's schedule away."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    name = f"ingest/{service.deployment}"
    with get_client(sync_client=True) as client:
        try:
            other = client.read_deployment_by_name(name).parameters.get("dataset")
        except ObjectNotFound:
            return
    if other is None or Path(other).resolve() != service.options.dataset.resolve():
        raise OptionError(
            f"name {service.deployment}: already serves the dataset {other}; choose another --name, or free it with: "
            f"PREFECT_API_URL={os.environ['PREFECT_API_URL']} prefect deployment delete {name}"
        )
