"""``resattn doctor``, as it is typed (chapter 10)."""

from __future__ import annotations

import typer

from resattn_tutorial.cli.plainly import show

EXAMPLES = ("resattn doctor",)


def command() -> None:
    """Tell in ten lines what there is, and what to fix.

    The status is 1 if something must be fixed.
    """
    from resattn_tutorial.cli.doctor import examine

    findings = examine()
    show([line for finding in findings for line in str(finding).splitlines()])
    if any(finding.mend for finding in findings):
        raise typer.Exit(1)
