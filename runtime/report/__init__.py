"""What a run says of itself: `results.json`, the table in the terminal, `report.html` and the model card.

Each is made from the results document and the run folder's own files, so that it can be made again at any time.
"""

from runtime.report.card import write_card
from runtime.report.compare import show_comparison, write_comparison
from runtime.report.page import write_page
from runtime.report.results import read_results, write_results
from runtime.report.table import show_results

__all__ = [
    "read_results",
    "show_comparison",
    "show_results",
    "write_card",
    "write_comparison",
    "write_page",
    "write_results",
]
