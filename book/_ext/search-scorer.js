// Where a term of the glossary is at home; filled in by book/_ext/finding.py.
var HOMES = {};
var Scorer = {
  // Sphinx's own figures.
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  // The chapter about a thing stands above the pages that list or mention it.
  score([page, , , , score]) {
    const asked = new URLSearchParams(window.location.search).get("q") ?? "";
    if (HOMES[asked.trim().toLowerCase()] === page) return 50 + score;
    if (/^chapters\/\d+_aside_/.test(page)) return score;
    if (page.startsWith("chapters/")) return 2 * score + 1;
    return /^book\/(api|ledger|reproduction|usual-mistakes)$/.test(page) ? score / 4 : score;
  },
};
