"""The checks of chapter 12: rates, an interval over items, a word."""

from __future__ import annotations

from resattn_tutorial.checks.chapter12.item_intervals import ITEM_INTERVAL
from resattn_tutorial.checks.chapter12.rates import FAIR_RATES
from resattn_tutorial.checks.chapter12.words import HONEST_WORD
from resattn_tutorial.checks.engine.judge import checked

fair_rates = checked(FAIR_RATES)
item_interval = checked(ITEM_INTERVAL)
honest_word = checked(HONEST_WORD)
