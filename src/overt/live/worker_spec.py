"""What a camera worker is told at its start: everything it needs, and no list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from overt.config import Config
from overt.errors import BadConfig, OvertError
from overt.faces.zone import zone_of
from overt.values import CameraId
from overt.video.camera_address import CameraAddress, password_variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overt.config import CameraConfig

MAX_SPEC_BYTES = 1_000_000


class WorkerSpec(BaseModel):
    """Handed over a pipe, never on the command line: an address may hold a password."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    camera: str
    source: str = Field(default="", repr=False)
    """As `overt.video.open.open_source` takes it."""
    transport: Literal["auto", "tcp", "udp"] = "auto"
    zone: list[list[float]] | None = None
    config: Config = Config()
    threads: int = 1
    """Processors' worth of threads for this worker's networks."""
    factory: str | None = None
    """``module:function`` that makes the source in place of `source`, from the camera's name, a
    clock and `arguments`: for generated cameras."""
    arguments: dict[str, str | int | float | bool] = Field(default_factory=dict)
    retry_s: float = 0.5
    """Pause before the camera is opened again, or its worker started again, at first."""
    retry_most_s: float = 15.0
    """It doubles up to this."""
    track_base: int = 0
    """Added to the number of each track, so that no number of an earlier worker comes again."""
    parent: int = 0
    """Process id of the session: without it the worker ends."""
    messages: int = -1
    """Descriptor that messages are written to."""
    heartbeat: int = -1
    """Descriptor of the shared heartbeat."""

    @property
    def shown(self) -> str:
        """The source as it may be shown and recorded.

        Raises:
            BadVideo: if it is a network camera's address and holds a password, or is no address.
        """
        if self.factory is not None:
            return self.factory
        return (
            str(CameraAddress.parse(self.source.strip())) if "://" in self.source else self.source
        )


def specs_of(cameras: Mapping[str, CameraConfig], config: Config, threads: int) -> list[WorkerSpec]:
    """A spec for each camera of a configuration.

    Args:
        cameras: by name.
        config: the session's.
        threads: for each worker.

    Raises:
        BadConfig: if a zone is no zone.
        BadVideo: if an address is no address, or holds a password.
    """
    alone = config.model_copy(update={"cameras": {}})
    specs = []
    for name, camera in cameras.items():
        try:
            zone_of(camera.zone)
        except OvertError as error:
            msg = f"camera {name}: {error.message}"
            raise BadConfig(msg, rule=error.rule, advice=error.advice) from error
        spec = WorkerSpec(
            camera=name,
            source=camera.source,
            transport=camera.transport,
            zone=camera.zone,
            config=alone,
            threads=threads,
        )
        _ = spec.shown  # refuses what is no address
        specs.append(spec)
    return specs


def names_for(count: int) -> list[str]:
    """Names for cameras that were given without one, `count` of them."""
    return [f"camera-{number}" for number in range(1, count + 1)]


def environment_for(spec: WorkerSpec, environment: Mapping[str, str]) -> dict[str, str]:
    """A worker's environment variables: of the cameras' passwords, its own alone.

    Args:
        spec: the worker's.
        environment: this process's.
    """
    own = password_variable(CameraId(spec.camera))
    passwords = password_variable(CameraId(""))
    threads = str(spec.threads)
    return {
        **{
            name: value
            for name, value in environment.items()
            if not name.startswith(passwords) or name in {own, f"{own}_FILE"}
        },
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
    }
