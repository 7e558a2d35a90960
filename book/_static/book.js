// What the theme leaves to be mended once the page is there.
(() => {
  // The icons of the colour switch are one button, which has a name of its own.
  function silenceIcons() {
    for (const icon of document.querySelectorAll("button .theme-switch")) {
      icon.setAttribute("aria-hidden", "true");
      icon.removeAttribute("title");
      icon.querySelector("title")?.remove();
    }
  }

  // A button is announced by its label; where its text says more, the text is better.
  function nameButtonsByTheirText() {
    for (const button of document.querySelectorAll("button[aria-label]")) {
      const text = button.innerText.replace(/\s+/g, " ").trim();
      if (text) button.setAttribute("aria-label", text);
    }
  }

  // The theme's two sidebars hold more than their lists of links.
  function makeSidebarsLandmarks() {
    const names = { "pst-primary-sidebar": "Book", "pst-secondary-sidebar": "Page" };
    for (const [id, name] of Object.entries(names)) {
      const sidebar = document.getElementById(id);
      if (!sidebar) continue;
      sidebar.setAttribute("role", "region");
      sidebar.setAttribute("aria-label", name);
    }
  }

  // docutils gives the works of a list a role that no longer exists.
  function makeWorksListItems() {
    for (const work of document.querySelectorAll("[role=list] > .citation")) {
      work.setAttribute("role", "listitem");
    }
  }

  // What scrolls sideways must be reachable from the keyboard, also once unfolded.
  function reachWhatScrolls() {
    const observer = new ResizeObserver((entries) => {
      for (const { target } of entries) {
        if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
        else target.removeAttribute("tabindex");
      }
    });
    const boxes = "pre, table, .output, .math, mjx-container, .sd-card-body";
    const article = document.querySelector("article");
    for (const box of article?.querySelectorAll(boxes) ?? []) observer.observe(box);
  }

  // Paper is light, and nothing opens on it: drawings and text take the ink of the light
  // theme there, and choices, hints and answers stand open; folded code is left out.
  function dressForPrint() {
    const root = document.documentElement;
    window.addEventListener("beforeprint", () => {
      const theme = root.dataset.theme;
      const closed = [...document.querySelectorAll("article details:not(.hide, [open])")];
      root.dataset.theme = "light";
      for (const fold of closed) fold.open = true;
      const back = () => {
        root.dataset.theme = theme;
        for (const fold of closed) fold.open = false;
      };
      window.addEventListener("afterprint", back, { once: true });
    });
  }

  // What the search shows of a page is its prose.
  function excerptProse() {
    if (typeof Search === "undefined") return;
    const whole = Search.htmlToText;
    Search.htmlToText = (page, anchor) => {
      const read = new DOMParser().parseFromString(page, "text/html");
      const rest = "pre, svg, table, details, mjx-container, .chapter-strip, figcaption";
      read.querySelectorAll(rest).forEach((part) => part.remove());
      return whole(read.documentElement.outerHTML, anchor);
    };
  }

  document.addEventListener("DOMContentLoaded", () => {
    excerptProse();
    dressForPrint();
    silenceIcons();
    nameButtonsByTheirText();
    makeSidebarsLandmarks();
    makeWorksListItems();
    reachWhatScrolls();
  });
})();
