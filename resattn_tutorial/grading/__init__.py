"""A class's notebooks, each run in a sandbox of its own, and judged by the checks.

The grader itself runs nothing that a learner wrote, and loads no PyTorch. It hands each
notebook to a process that has loaded the package (``warm``), which forks; the copy
shuts itself in (``walls``) and runs the cells (``running``). What the checks judge is
reported in signed lines (``recording``). Each answer is then judged once more, in
another sandbox, from its source alone (``judging``): that judgement counts.
"""
