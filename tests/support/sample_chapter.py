"""A chapter with every directive and role that chapters may use, and its export."""

from __future__ import annotations

from sample_project import code

CHAPTER = (
    r"""
(start)=
# A sample of *everything*

A promise. % not a comment

% a comment of the author's

```{chapter-strip}
:read: 25
:needs: PyTorch tensors and `nn.Module`
:paper: Section 3.1, Table 2
```

"""
    + code("import math")
    + r"""
(roles)=
## Roles and `code`

See {ref}`roles`, {ref}`these words <roles>`, {numref}`roles`, {doc}`02_short`,
{doc}`that one </chapters/02_short>`, [here](02_short.md) and
[there](https://example.org/a_b). {term}`Residual unit`, {term}`masks <soft
mask>`.
{cite}`he2016`, {cite:p}`he2016,one1999`, {cite:t}`one1999`.
{py:class}`~resattn_tutorial.sample.Unit`, {py:func}`resattn_tutorial.sample.halve`,
{py:meth}`forward <resattn_tutorial.sample.Unit.forward>`,
{py:mod}`resattn_tutorial.sample`, {py:class}`torch.nn.Module`.
{math}`x_{i}` and $y_{{j}}$ and {code}`z`, but `{ref}` and ``{ref}`roles` `` are shown.
Equations {eq}`eq-sum` and {eq}`eq-long`, {numref}`fig-pixel`,
{numref}`picture %s <fig-pixel>`, {ref}`ex-unit`, {numref}`tab-sizes`,
{numref}`fig-cell`.

```markdown
{ref}`roles` stays, as it stands in a fence.
```

- a list with {eq}`eq-sum`
  and `code`

$$
a + b = \mathrm{c}
$$ (eq-sum)

$$ unnumbered $$

```{math}
:label: eq-long
a &= b \\
c &= d
```

## Boxes

```{note}
With *words* and {term}`residual unit`.

- and a list
```

:::{tip}
Colons.
:::

```{important}
I.
```

```{warning}
W.
```

```{seealso}
S.
```

:::{admonition} A title with `code`
A.
:::

```{admonition} Think first
:class: dropdown
Then look: {eq}`eq-sum`.
```

````{dropdown} More
:open:
Inside:

```{note}
Nested.
```
````

````{tab-set}
```{tab-item} One
First.
```
```{tab-item} Two
Second.
```
````

```{figure} pixel.svg
:name: fig-pixel
:alt: one pixel [grey]
A *caption* with {eq}`eq-sum`.
```

:::{table} Sizes of {term}`soft mask`
:name: tab-sizes
| a | b |
|---|---|
| 1 | {eq}`eq-sum` |
:::

```{code-cell} ipython3
---
tags: [hide-input]
mystnb:
  figure:
    name: fig-cell
    caption: What the cell drew, by {cite:t}`he2016`.
---
draw()
```

:::{exercise-start} Write the `unit`
:label: ex-unit
:::
*Core · 10 minutes.* Write it.

```{dropdown} Hint 1: where to begin
At $x$.
```

```{dropdown} Hint 2: further
At {eq}`eq-sum`.
```

"""
    + code("def unit():\n    raise NotImplementedError", "exercise")
    + code("checks.unit(unit)", "check")
    + """\
```{exercise-end}
```

```{solution-start} ex-unit
:class: dropdown
```
The reason, {eq}`eq-sum`.

"""
    + code("def unit():\n    return 1", "solution")
    + code("checks.unit(unit)", "solution-check")
    + """\
```{solution-end}
```

After it.
"""
)

BOOK = "https://owner.github.io/repo"
SAMPLE, SHORT = f"{BOOK}/chapters/01_sample.html", f"{BOOK}/chapters/02_short.html"
# What stands in the notebook; with no address, links are their texts alone.
PIECES = [
    "# A sample of *everything*\n\nA promise. % not a comment\n\n"
    "**To read:** 25 minutes. **You need:** PyTorch tensors and `nn.Module`. "
    "**In the paper:** Section 3.1, Table 2.",
    "## Roles and `code`",
    f"See [Roles and `code`]({SAMPLE}#roles), [these words]({SAMPLE}#roles), "
    f"[Section 1.1]({SAMPLE}#roles), [The second chapter]({SHORT}),\n"
    f"[that one]({SHORT}), [here]({SHORT}) and\n",
    f"[Residual unit]({BOOK}/book/glossary.html#term-residual-unit), "
    f"[masks]({BOOK}/book/glossary.html#term-Soft-mask).",
    "([He et al., 2016](BIB)), ([He et al., 2016](BIB); [van Dyke, 1999](BIB)), "
    "[van Dyke (1999)](BIB).".replace("BIB", f"{BOOK}/book/bibliography.html"),
    "[`Unit`](API#resattn_tutorial.sample.Unit), "
    "[`resattn_tutorial.sample.halve()`](API#resattn_tutorial.sample.halve),\n"
    "[`forward`](API#resattn_tutorial.sample.Unit.forward),\n"
    "[`resattn_tutorial.sample`](API#module-resattn_tutorial.sample), "
    "`torch.nn.Module`.\n".replace("API", f"{BOOK}/book/api.html"),
    "$x_{i}$ and $y_{{j}}$ and `z`, but `{ref}` and ``{ref}`roles` `` are shown.\n",
    f"Equations [(1.1)]({SAMPLE}#equation-eq-sum) and "
    f"[(1.2)]({SAMPLE}#equation-eq-long), [Fig. 1.1]({SAMPLE}#fig-pixel),\n"
    f"[picture 1.1]({SAMPLE}#fig-pixel), [Exercise 1.1]({SAMPLE}#ex-unit), "
    f"[Table 1.1]({SAMPLE}#tab-sizes),\n[Fig. 1.2]({SAMPLE}#fig-cell).",
    "```markdown\n{ref}`roles` stays, as it stands in a fence.\n```",
    f"- a list with [(1.1)]({SAMPLE}#equation-eq-sum)\n  and `code`",
    "$$\na + b = \\mathrm{c} \\tag{1.1}\n$$\n\n$$\nunnumbered\n$$",
    "$$\n\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned} \\tag{1.2}\n$$",
    "> **Note**\n>\n> With *words* and [residual unit]"
    f"({BOOK}/book/glossary.html#term-residual-unit).\n>\n> - and a list",
    "> **Tip**\n>\n> Colons.",
    "> **Important**\n>\n> I.",
    "> **Warning**\n>\n> W.",
    "> **See also**\n>\n> S.",
    "> **A title with `code`**\n>\n> A.",
    "<details><summary><b>Think first</b></summary>\n\nThen look: "
    f"[(1.1)]({SAMPLE}#equation-eq-sum).\n\n</details>",
    "<details><summary><b>More</b></summary>\n\nInside:\n\n"
    "> **Note**\n>\n> Nested.\n\n</details>",
    "<details open><summary><b>One</b></summary>\n\nFirst.\n\n</details>\n\n"
    "<details open><summary><b>Two</b></summary>\n\nSecond.\n\n</details>",
    "![one pixel \\[grey\\]](data:image/svg+xml;base64,",
    f"**Fig. 1.1.** A *caption* with [(1.1)]({SAMPLE}#equation-eq-sum).",
    f"**Table 1.1.** Sizes of [soft mask]({BOOK}/book/glossary.html#term-Soft-mask)"
    f"\n\n| a | b |\n|---|---|\n| 1 | [(1.1)]({SAMPLE}#equation-eq-sum) |",
    "**Fig. 1.2.** What the cell drew, by "
    f"[He et al. (2016)]({BOOK}/book/bibliography.html).",
    "---\n\n### Exercise 1.1: Write the `unit`\n\n*Core · 10 minutes.* Write it.",
    "<details><summary><b>Hint 1: where to begin</b></summary>\n\nAt $x$.",
    "<details><summary><b>Solution</b></summary>\n\n"
    f"The reason, [(1.1)]({SAMPLE}#equation-eq-sum).\n\n"
    "```python\ndef unit():\n    return 1\n```\n\n</details>",
    "After it.",
    "## References\n\n- Kaiming He, Ann Müller, and Jian Sun. Identity mappings. ",
]
