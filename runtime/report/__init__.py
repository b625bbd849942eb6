"""What a run says of itself: `results.json`, the table in the terminal, `report.html` and the model card.

Each is made from the results document and the run folder's own files, so that it can be made again at any time.
"""
