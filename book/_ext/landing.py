"""What the landing page alone has: its picture, the way into each part, two buttons.

    ```{trained-masks}
    ```
    ```{network-map}
    ```
    ```{start}
    ```
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools.chapters import main_chapters
from tools.settings import address

FIRST = "00_ten_minutes"


class TrainedMasks(SphinxDirective):
    """The picture that the packaged weights make, its caption in the body."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """A figure; made again whenever something that it is made from changes."""
        from tools import picture  # loads PyTorch

        for path in picture.made_from():
            self.env.note_dependency(str(path))
        figure = nodes.container(classes=["trained-masks"])
        figure += nodes.raw("", picture.drawing().svg, format="html")
        self.state.nested_parse(self.content, self.content_offset, figure)
        return [figure]


class NetworkMap(SphinxDirective):
    """The whole network, each part a way into its chapter."""

    def run(self) -> list[nodes.Node]:
        """The drawing, whose links lead from this page."""
        # A small project, made for a test, has another package.
        from resattn_tutorial.plotting.course_diagram import course

        links = {
            str(number): f"chapters/{path.stem}.html"
            for number, path in main_chapters(Path(self.env.srcdir)).items()
        }
        # A picture has no parts for who listens to it; a group has.
        svg = course(links).svg.replace('role="img"', 'role="group"', 1)
        found = nodes.container(classes=["network-map"])
        found += nodes.raw("", svg, format="html")
        return [found]


class Start(SphinxDirective):
    """Two buttons: to read, and to run."""

    def run(self) -> list[nodes.Node]:
        """Links; the second leads to Colab once there is an address."""
        colab = address(Path(self.env.srcdir)).colab(FIRST)
        run = f"[Run it in Colab]({colab})" if colab else "{doc}`Run it </book/setup>`"
        text = f"{{doc}}`Read: ten minutes </chapters/{FIRST}>` {run}"
        self.env.note_dependency("pyproject.toml")
        found = nodes.container(classes=["start"])
        self.state.nested_parse(StringList([text], "start"), self.content_offset, found)
        return [found]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("trained-masks", TrainedMasks)
    app.add_directive("network-map", NetworkMap)
    app.add_directive("start", Start)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
