"""From what a model asks of conda to the packages that fulfil it, for this platform."""

from __future__ import annotations

import asyncio
from typing import Any

from mpk_build.environment.conda import locked
from mpk_build.environment.conda.library import errors, rattler
from mpk_build.environment.conda.locked import CondaPackage, Wish
from mpk_build.foundation.errors import MachineError, StageError
from mpk_build.package.conda_file import package_name, without_secrets


def conda_lock(lock: str, committed: str | None, conda: dict[str, Any] | None, python: str) -> str:
    """A lock with the conda packages that a model asks for, and without any where it asks for none.

    Args:
        lock: What the packages of the index are locked to.
        committed: The lock that is there, or None.
        conda: The manifest's ``requirements.conda``, or None where conda does not make the environment.
        python: The language version, such as ``3.11``.

    Raises:
        StageError: There is no solution.
        MachineError: py-rattler is missing, or a channel can't be reached.
    """
    if conda is not None:
        return add_to_lock(lock, Wish(tuple(conda["channels"]), tuple(conda["dependencies"]), python), committed)
    return locked.without(lock) if locked.origin_of(lock) else lock


def add_to_lock(lock: str, wish: Wish, committed: str | None) -> str:
    """A lock with the conda packages that are wished for; those of a committed lock as long as they are right.

    Raises:
        StageError: There is no solution.
        MachineError: py-rattler is missing, or a channel can't be reached.
    """
    origin = locked.made_from(wish, str(rattler().Subdir.current()))
    if committed is not None and locked.origin_of(committed) == origin:
        return locked.with_packages(lock, origin, locked.packages_of(committed))
    return locked.with_packages(lock, origin, solve(wish))


def solve(wish: Wish) -> list[CondaPackage]:
    """The packages, that of Python among them.

    Raises:
        StageError: There is no solution, or its Python is not the model's.
        MachineError: py-rattler is missing, or a channel can't be reached.
    """
    asks_for_python = any(package_name(one) == "python" for one in wish.dependencies)
    specs = [*wish.dependencies, *([] if asks_for_python else [f"python {wish.python}.*"])]
    found = [_package(record) for record in asyncio.run(_solve(list(wish.channels), specs))]
    unhashed = next((one.url for one in found if not one.sha256), None)
    if unhashed is not None:
        raise StageError(f"the channel has no sha256 for {unhashed}, so it can't be locked")
    python = next((one.version for one in found if one.name == "python"), "")
    if not f"{python}.".startswith(f"{wish.python}."):
        raise StageError(
            f"conda gives Python {python}, but the model was made with {wish.python}",
            hint=f"requirements: {{conda: {{dependencies: ['python={wish.python}']}}}}, or leave python out",
        )
    return found


async def _solve(channels: list[str], specs: list[str]) -> list[Any]:
    library = rattler()
    shown = ", ".join(map(without_secrets, channels))
    try:
        found: list[Any] = await library.solve(
            channels,
            specs,
            gateway=library.Gateway(show_progress=False),
            virtual_packages=library.VirtualPackage.detect(),
        )
    except errors().SolverError as error:
        raise StageError(f"conda finds no solution in {shown}: {' '.join(str(error).split())}") from None
    except (errors().GatewayError, errors().FetchRepoDataError) as error:
        raise MachineError(
            f"a channel could not be read ({shown}): {' '.join(str(error).split())}",
            hint="check the network and requirements.conda.channels, then run the same command again",
        ) from None
    except (errors().InvalidMatchSpecError, errors().InvalidChannelError) as error:
        raise StageError(f"requirements.conda: {error}") from None
    return found


def _package(record: Any) -> CondaPackage:
    noarch = record.noarch
    return CondaPackage(
        name=record.name.normalized,
        version=str(record.version),
        build=str(record.build),
        build_number=record.build_number,
        subdir=str(record.subdir),
        url=record.url,
        sha256=record.sha256.hex() if record.sha256 else "",
        noarch="python" if noarch.python else "generic" if noarch.generic else "",
        depends=list(record.depends),
    )
