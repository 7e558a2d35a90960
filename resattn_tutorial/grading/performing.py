"""What the shut-in process does, by the word of its task."""

from __future__ import annotations

from resattn_tutorial.grading.judging import judge_alone
from resattn_tutorial.grading.probing import try_the_wall
from resattn_tutorial.grading.recording import Note, in_words
from resattn_tutorial.grading.running import run_notebook
from resattn_tutorial.grading.tasks import JUDGE, RUN, Task


def perform(task: Task, note: Note) -> None:
    """Do a task, and note what came of it; whatever is raised, is noted as well."""
    try:
        if task.do == RUN:
            run_notebook(task.notebook, task.every, note)
        elif task.do == JUDGE:
            judge_alone(task.check, task.source, note)
        else:
            try_the_wall(task.source, note)
    except BaseException as error:                   # exit() as well
        note("failed", words=in_words(error))
