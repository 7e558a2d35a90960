{
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
    if (page.startsWith("chapters/")) return 2 * score + (/_aside_/.test(page) ? 0 : 1);
    return /^book\/(api|ledger|reproduction|usual-mistakes)$/.test(page) ? score / 2 : score;
  },
}
