"""A hostile recipe costs little: what grows without end is cut, and it is said where."""

from __future__ import annotations

from recipe_lang.check.names import EXPANSION_LIMIT
from recipe_lang.check.reports import REPORT_LIMIT
from tests.check.written import checked, said


def test_a_recipe_of_mistakes_is_read_no_further(tmp_path):
    result = checked(tmp_path, "".join(f"task k{i} {{ templates = [t{i}] }}\n" for i in range(REPORT_LIMIT + 50)))

    assert len(result.diagnostics) == REPORT_LIMIT
    assert f"{REPORT_LIMIT} problems" in result.diagnostics[-1].help


def test_parameters_do_not_unfold_like_a_tree(tmp_path):
    depth = 40
    tree = "".join(f"p{i} = record(a = p{i + 1}, b = p{i + 1})\n" for i in range(depth))
    recipe = f'{tree}p{depth} = text\ndataset d {{ source = hub("a/b"), columns {{ x = p0 }} }}\n'

    assert [code for code, _ in said(checked(tmp_path, recipe))] == ["IFT222"]


def test_a_parameter_may_be_used_often(tmp_path):
    blocks = "".join(f'dataset d{i} {{ source = hub("a/b"), limit = n }}\n' for i in range(300))

    assert said(checked(tmp_path, f"n = 5 rows\n{blocks}")) == []
    assert EXPANSION_LIMIT > 300


def test_of_very_many_variants_the_first_are_checked(tmp_path):
    variants = "".join(f"variant v{i} {{ rank = {i} }}\n" for i in range(2000))

    assert [code for code, _ in said(checked(tmp_path, f"rank = 1\n{variants}"))] == ["IFT343"]


def test_the_chosen_variant_is_checked_wherever_it_stands(tmp_path):
    variants = "".join(f"variant v{i} {{ rang = {i} }}\n" for i in range(2000))
    result = checked(tmp_path, f"rank = 1\n{variants}", variant="v1999")

    assert "1999" in {str(d.place.source.position(d.place.span.start).line - 2) for d in result.diagnostics}
