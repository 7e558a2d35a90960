"""A slider over drawings that needs nothing but the page it stands on.

All frames are in the page, one of them shown; the others are templates, which cost a
browser nothing until they are wanted. Each control is a range input, so that
keyboard, pointer, touch and screen reader work as everywhere. Nothing has an id: any
number of these figures, also the same one twice, can share a page. Where no script
runs, the first frame stands there with its values and without a slider; in print, the
frame that was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from resattn_tutorial.plotting._svg.svg import PALETTE, Drawing

# As many letters as stand side by side under a slider on a phone.
LETTERS_IN_A_ROW = 44

# The handle is drawn here, so that the ticks are right under it in every browser.
_TRACK = "height: 4px; border-radius: 2px; background: #888;"
_HANDLE = f"""box-sizing: border-box; width: 18px; height: 18px; border-radius: 50%;
  border: 9px solid {PALETTE[0]};"""
STYLE = f"""<style>
.explorable .control {{ display: grid; margin-bottom: 0.75em; line-height: 1.5; }}
.explorable label, .explorable output {{ grid-area: 1 / 1; }}
.explorable label {{ display: block; margin: 0; }}
.explorable output {{ justify-self: end; align-self: start; font-weight: 600; }}
.explorable input {{
  display: block; box-sizing: border-box; width: 100%; height: 24px; margin: 0;
  padding: 0; -webkit-appearance: none; appearance: none; background: none;
  cursor: pointer;
}}
.explorable input::-webkit-slider-runnable-track {{ {_TRACK} }}
.explorable input::-moz-range-track {{ {_TRACK} }}
.explorable input::-webkit-slider-thumb {{
  -webkit-appearance: none; margin-top: -7px; {_HANDLE}
}}
.explorable input::-moz-range-thumb {{ {_HANDLE} }}
.explorable .ticks {{
  display: flex; justify-content: space-between; padding: 0 9px; font-size: 0.85em;
}}
.explorable .ticks span {{
  display: flex; flex-direction: column; align-items: center; width: 0;
  white-space: nowrap;
}}
.explorable .ticks span::before {{
  content: ""; flex: none; width: 1px; height: 5px; background: #888;
}}
.explorable .ticks .first {{ align-items: start; translate: -4px; }}
.explorable .ticks .first::before {{ translate: 4px; }}
.explorable .ticks .last {{ align-items: end; translate: 4px; }}
.explorable .ticks .last::before {{ translate: -4px; }}
.explorable .crowded span:not(.first, .last) {{ font-size: 0; }}
.explorable [hidden] {{ display: none; }}
/* On a phone a name and a value share a row, in wide letters, too. */
@media (max-width: 480px) {{
  .explorable label, .explorable output {{ font-size: 0.85em; }}
}}
@media print {{
  .explorable {{ break-inside: avoid; }}
  .explorable input, .explorable .ticks {{ display: none; }}
}}
</style>"""

# It looks for all figures that no script has reached, since notebooks differ in where
# they put a script that came with an output.
SCRIPT = """<script>
(() => {
  function enliven(figure) {
    const controls = [...figure.querySelectorAll(".control")];
    const frames = [...figure.querySelectorAll(".frame")];
    function fill(frame) {
      const template = frame.querySelector("template");
      if (template) frame.replaceChildren(template.content);
    }
    function show() {
      let chosen = 0;
      for (const control of controls) {
        const input = control.querySelector("input");
        const texts = control.querySelectorAll(".ticks span");
        const text = texts[input.value].textContent;
        control.querySelector("output").textContent = text;
        input.setAttribute("aria-valuetext", `${input.dataset.name}: ${text}`);
        chosen = chosen * texts.length + Number(input.value);
      }
      fill(frames[chosen]);
      frames.forEach((frame, place) => { frame.hidden = place !== chosen; });
    }
    // Pictures that come from files are there before the slider moves.
    for (const near of ["pointerenter", "focusin", "touchstart"]) {
      const all = () => frames.forEach(fill);
      figure.addEventListener(near, all, { once: true, passive: true });
    }
    for (const control of controls) {
      control.querySelector("input").hidden = false;
      control.querySelector(".ticks").hidden = false;
      control.addEventListener("input", show);
    }
    show();
  }
  for (const figure of document.querySelectorAll("figure.explorable")) {
    if (!figure.enlivened) enliven(figure);
    figure.enlivened = true;
  }
})();
</script>"""


def slider_html(
    controls: Mapping[str, Sequence[str]], frames: Sequence[Drawing]
) -> str:
    """The figure: a slider for each control above the frames, the first one shown.

    Args:
        controls: each control's name and the texts of its values.
        frames: one for each combination of values, the last control's changing first.
    """
    sliders = "".join(_control(name, texts) for name, texts in controls.items())
    first, *others = frames
    pictures = f'<div class="frame">{first.svg}</div>' + "".join(
        f'<div class="frame" hidden><template>{frame.svg}</template></div>'
        for frame in others
    )
    width = max(frame.width for frame in frames)
    return (
        f'<figure class="explorable" style="max-width:{width:g}px;margin:1em auto">'
        f'{STYLE}{sliders}<div aria-live="polite">{pictures}</div>{SCRIPT}</figure>'
    )


def _control(name: str, texts: Sequence[str]) -> str:
    """One slider under its name, with its value and a tick for each of its values.

    Without ``data-lm-suppress-shortcuts``, JupyterLab would take the arrow keys.
    """
    name, first = escape(name), escape(texts[0])
    return (
        f'<div class="control"><label>{name}'
        f'<input type="range" min="0" max="{len(texts) - 1}" value="0" hidden '
        f'autocomplete="off" data-lm-suppress-shortcuts="true" '
        f'data-name="{name}" aria-valuetext="{name}: {first}">'
        f'</label><output aria-live="off">{first}</output>{_ticks(texts)}</div>'
    )


def _ticks(texts: Sequence[str]) -> str:
    """A mark for each value, named where all names fit; else only the two at the ends.

    A listener hears the value from the slider, so these are for the eye alone.
    """
    letters = len(texts) * (max(map(len, texts)) + 1)
    crowded = " crowded" if letters > LETTERS_IN_A_ROW else ""
    places = ["first", *["between"] * (len(texts) - 2), "last"]
    marks = "".join(
        f'<span class="{place}">{escape(text)}</span>'
        for place, text in zip(places, texts, strict=True)
    )
    return f'<div class="ticks{crowded}" aria-hidden="true" hidden>{marks}</div>'
