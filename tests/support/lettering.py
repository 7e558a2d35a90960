"""Where the words of a page's drawings do not read: asked of the browser itself."""

from __future__ import annotations

from playwright.sync_api import Page

# Shows each frame of each figure, and puts back what was hidden. A text's box is that
# of its font, so that its letters lie well inside; half a pixel is allowed for.
FAULTS = """() => {
  const SLACK = 0.5, MARGIN = 4;
  // Fills in every frame, as it does for a reader who comes near.
  document.querySelectorAll("figure.explorable").forEach(
    (figure) => figure.dispatchEvent(new Event("pointerenter")));
  const hidden = [...document.querySelectorAll("figure.explorable .frame[hidden]")];
  hidden.forEach((frame) => { frame.hidden = false; });
  const faults = [];
  let texts = 0;
  for (const svg of document.querySelectorAll("svg[role=img]")) {
    const view = svg.viewBox.baseVal;
    const blame = (what) =>
      faults.push(`${what}, in: ${svg.getAttribute("aria-label").slice(0, 60)}`);
    const box = (node) => {
      const { x, y, width, height } = node.getBBox();
      return { left: x, top: y, right: x + width, foot: y + height };
    };
    const meet = (a, b, by) =>
      Math.min(a.right, b.right) - Math.max(a.left, b.left) > by
      && Math.min(a.foot, b.foot) - Math.max(a.top, b.top) > by;
    const inside = (a, b) =>
      a.left >= b.left + b.margin && a.right <= b.right - b.margin
      && a.top >= b.top && a.foot <= b.foot;
    const words = [...svg.querySelectorAll("text")].map(
      (node) => ({ said: node.textContent, ...box(node) }));
    // The boxes of a diagram are rounded; what is not is the frame of a picture.
    const rects = [...svg.querySelectorAll("rect")].map((node) => (
      { margin: node.hasAttribute("rx") ? MARGIN : 0, ...box(node) }));
    const all = { left: view.x, top: view.y, right: view.x + view.width,
                  foot: view.y + view.height };
    words.forEach((one, place) => {
      texts += 1;
      if (one.right - one.left < 1) blame(`'${one.said}' is not shown`);
      if (one.left < all.left - SLACK || one.right > all.right + SLACK
          || one.top < all.top - SLACK || one.foot > all.foot + SLACK)
        blame(`'${one.said}' leaves the drawing`);
      for (const other of words.slice(place + 1))
        if (meet(one, other, SLACK)) blame(`'${one.said}' and '${other.said}' meet`);
      for (const rect of rects)
        if (meet(one, rect, SLACK) && !inside(one, rect))
          blame(`'${one.said}' does not fit its box`);
    });
  }
  hidden.forEach((frame) => { frame.hidden = true; });
  return [texts, faults];
}"""


def faults(page: Page) -> list[str]:
    """Texts that leave their drawing, meet another text, or fill a box to its edge.

    Raises:
        AssertionError: the page has no drawing with a text.
    """
    texts, found = page.evaluate(FAULTS)
    assert texts > 0, "no drawing on the page has a text"
    return found
