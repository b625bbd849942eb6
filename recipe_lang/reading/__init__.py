"""Reading: from the body of a block to the model that declares it, with a side table of places.

    read_body(model, body, scope, subject, head)    an instance of any model of `recipe_lang.program`

An annotation becomes a reader (`annotations.py`), which knows by its form whether a value can stand there; whether it
may, pydantic says: its errors become diagnostics by their type, at the place where the value is written. A value that
was misread is reported once and left out of the instance; asking for it raises `Unresolved`. No kind of block is known
here.

Instances are made with `model_construct`, and pydantic compiles one value type after another as recipes have them:
validators of whole blocks, which a plan needs, would cost a check more than all the rest of its start.
"""
