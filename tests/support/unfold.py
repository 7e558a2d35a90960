"""What a page shows when a reader has opened all that is folded."""

UNFOLD = """async () => {
  document.querySelectorAll("details").forEach((box) => { box.open = true; });
  document.querySelectorAll(".toggle-button-hidden").forEach((it) => it.click());
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  await Promise.all(document.getAnimations().map((moving) => moving.finished));
}"""
