// Starts the slides, and makes the letters of one that is too full smaller.
(() => {
  const HEIGHT = 720;
  const ROOM = HEIGHT - 50;
  const SMALLEST = 50;

  const fit = (slide) => {
    if (!slide || slide.querySelector(":scope > section")) return;
    slide.style.fontSize = "";
    const pictures = slide.querySelectorAll("figure svg");
    pictures.forEach((one) => one.style.removeProperty("height"));
    let size = 100;
    while (slide.scrollHeight > ROOM && size > SMALLEST) {
      size -= 5;
      slide.style.fontSize = `${size}%`;
      const high = `${Math.round(5 * size)}px`;
      pictures.forEach((one) => one.style.setProperty("height", high, "important"));
    }
  };

  const shown = (event) => {
    fit(event.currentSlide);
    Reveal.layout();
  };

  Reveal.on("ready", shown);
  Reveal.on("slidechanged", shown);
  Reveal.on("pdf-ready", () => Reveal.getSlides().forEach(fit));
  Reveal.initialize({
    width: 1280, height: HEIGHT, margin: 0.04, hash: true, slideNumber: "c/t",
    transition: "none", controlsTutorial: false,
  });
})();
