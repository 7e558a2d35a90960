// Typeset formulas: a line of JSON in, {tex, display}, a line out, {html} or {error}.
// The first argument is the folder that MathJax lies in.
const path = require("path");
const readline = require("readline");
const mathjax = path.resolve(process.argv[2]);

require(path.join(mathjax, "node-main.js")).init({
  loader: {
    paths: { mathjax },
    load: ["input/tex-full", "output/svg", "a11y/assistive-mml"],
  },
  // A formula that is wrong is to be told, not printed in red.
  tex: { packages: { "[-]": ["noundefined", "noerrors"] } },
  svg: { fontCache: "local" },
  startup: { typeset: false },
}).then((MathJax) => {
  const adaptor = MathJax.startup.adaptor;
  readline.createInterface({ input: process.stdin }).on("line", (line) => {
    const { tex, display } = JSON.parse(line);
    const made = MathJax.tex2svg(tex, { display });
    const [wrong] = adaptor.tags(made, "merror");
    const error = wrong && adaptor.getAttribute(wrong, "data-mjx-error");
    const told = wrong ? { error } : { html: adaptor.outerHTML(made) };
    process.stdout.write(`${JSON.stringify(told)}\n`);
  });
}).catch((error) => {
  console.error(error);
  process.exit(1);
});
