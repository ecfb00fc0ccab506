"""The command ``mpk``: its table of commands, and the one place where the process ends."""

from __future__ import annotations

import errno
import signal
import sys
from typing import TYPE_CHECKING, Any

import typer

from mpk_build.cli import (
    build,
    cache,
    doctor,
    explain,
    inspect,
    lock,
    plan,
    predict,
    requirements,
    schema,
    serve,
    validate,
)

if TYPE_CHECKING:
    from mpk_build.foundation.errors import MpkError

_INTERRUPTED = 130
# What the machine refuses, and no bug of mpk's.
_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EBUSY)

app = typer.Typer(
    name="mpk",
    help="Build machine-learning models: from a manifest to a package, an image and a tested endpoint.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("build")(build.command)
app.command("validate")(validate.command)
app.command("lock")(lock.command)
app.command("predict")(predict.command)
app.command("serve")(serve.command)
app.command("plan")(plan.command)
app.command("explain")(explain.command)
app.command("inspect")(inspect.command)
app.command("schema")(schema.command)
app.command("doctor")(doctor.command)
app.add_typer(requirements.app, name="requirements")
app.add_typer(cache.app, name="cache")


def _version(value: bool) -> None:
    if value:
        from mpk_build import __version__

        typer.echo(f"mpk {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    pass


def run() -> None:
    """Run the command line and end the process with the exit code of the design."""
    # What ends a job in CI ends a build in order, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    from mpk_build.foundation.errors import MpkError

    try:
        # Outside of standalone mode a command's exit code comes back as a value.
        code: Any = app(arguments, standalone_mode=False, prog_name="mpk")
        return _interrupted(arguments) if code == _INTERRUPTED else code if isinstance(code, int) else 0
    except MpkError as error:
        return _failed(error, arguments)
    except (KeyboardInterrupt, EOFError):
        return _interrupted(arguments)
    except Exception as error:  # noqa: BLE001 - the last resort
        return _unexpected(error, arguments)


def _unexpected(error: Exception, arguments: list[str]) -> int:
    if type(error).__name__ == "Abort":
        return _interrupted(arguments)
    if hasattr(error, "show") and hasattr(error, "format_message"):
        error.show()
        if "--json" in arguments:
            from mpk_build.foundation.errors import UsageError
            from mpk_build.report.documents import failure_document, printed

            typer.echo(printed(failure_document(UsageError(str(error.format_message())))))
        return 2
    if isinstance(error, BrokenPipeError):
        return 0
    if isinstance(error, OSError) and error.errno in _MACHINE:
        return _failed(_not_possible(error), arguments)
    import traceback

    from mpk_build.foundation.errors import MpkError
    from mpk_build.store.location import default_root

    text = "".join(traceback.format_exception(error))
    log = default_root() / "logs" / "mpk.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(text)
    except OSError:
        print(text, file=sys.stderr)  # noqa: T201 - there is no other place for it
    message = f"mpk has a bug: {type(error).__name__}: {error}"
    return _failed(MpkError(message, hint=f"report it with its log: {log}"), arguments)


def _interrupted(arguments: list[str]) -> int:
    from mpk_build.foundation.errors import InterruptedByUserError

    return _failed(InterruptedByUserError("interrupted"), arguments)


def _not_possible(error: OSError) -> MpkError:
    from mpk_build.foundation.errors import MachineError

    where = f": {error.filename}" if error.filename else ""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = (
        "mpk cache clear, or set MPK_CACHE to a folder with more room"
        if full
        else "make it writable; -o puts outputs elsewhere, MPK_CACHE the store"
    )
    return MachineError(f"{error.strerror}{where}", hint=hint)


def _failed(error: MpkError, arguments: list[str]) -> int:
    from mpk_build.report.console import Console
    from mpk_build.report.documents import failure_document, printed

    Console().error(error)
    if "--json" in arguments:
        typer.echo(printed(failure_document(error)))
    return error.exit_code
