"""Diagnostics: what is wrong, where, why it matters and what to do.

`model.py` has the one `Diagnostic` type, `problems/` one constructor a problem, `registry.py` the codes
(read from `explain/IFT….md`), `render/` one small renderer a format.
"""
