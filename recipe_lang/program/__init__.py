"""The document between compiler and engine. Models only; imports nothing of the project.

`program.py` is all that the engine executes, `facts.py` what was measured on data and models (the one way in
which measured numbers enter), `figures.py` what was computed from both, `document.py` the `plan.json` that holds
them with origins and hashes.
"""
