"""Imports: what they bring, and what they may read."""

from __future__ import annotations

import os

from recipe_lang.check import check
from tests.check.written import checked, said, write

LIBRARY = """
    size = 5 rows
    dataset d { source = hub("org/data"), limit = size, columns { a = text } }
    template t for d { prompt = "{{ a }}", completion = "b" }
    task qa { templates = [t], metrics = [rouge1] }
    task broken { templates = [nothing] }
    train { batch = 4 examples }
    """
USE = 'import "lib.ift" as lib\nmixture m { tasks = [lib.qa] }\n'


def test_imported_blocks_are_known_by_alias_and_name(tmp_path):
    recipe = checked(tmp_path, USE, lib=LIBRARY).recipe

    assert list(recipe.blocks["task"]) == ["lib.qa"]
    assert recipe.task("lib.qa").templates == ["lib.t"]
    assert recipe.dataset("lib.d").limit == 5


def test_only_imported_blocks_that_are_used_are_read(tmp_path):
    assert said(checked(tmp_path, USE, lib=LIBRARY)) == []


def test_a_mistake_in_a_used_block_stands_in_its_file(tmp_path):
    (diagnostic,) = checked(tmp_path, USE.replace("lib.qa", "lib.broken"), lib=LIBRARY).diagnostics

    assert (diagnostic.code, diagnostic.place.file) == ("IFT201", "lib.ift")


def test_a_name_that_the_import_does_not_have(tmp_path):
    result = checked(tmp_path, USE.replace("lib.qa", "lib.qq"), lib=LIBRARY)

    assert said(result) == [("IFT201", "qq")]
    assert "lib.qa" in result.diagnostics[0].help


def test_an_alias_alone_names_no_block(tmp_path):
    assert said(checked(tmp_path, USE.replace("lib.qa", "lib"), lib=LIBRARY)) == [("IFT202", "lib")]


def test_imports_are_not_transitive(tmp_path):
    result = checked(
        tmp_path,
        USE.replace("lib.qa", "lib.inner.qa"),
        lib='import "inner.ift" as inner\n',
        inner=LIBRARY,
    )

    assert said(result) == [("IFT201", "lib.inner.qa")]


def test_an_import_reads_what_it_imports_itself(tmp_path):
    lib = 'import "inner.ift" as inner\nmixture all { tasks = [inner.qa] }\n'
    recipe = checked(tmp_path, USE.replace("lib.qa", "lib.all"), lib=lib, inner=LIBRARY).recipe

    assert recipe.mixture("lib.all").tasks == ["lib.inner.qa"]


def test_a_file_by_two_ways_is_one_file(tmp_path):
    recipe = 'import "inner.ift" as inner\nimport "lib.ift" as lib\nmixture m { tasks = [inner.qa, lib.all] }\n'
    lib = 'import "inner.ift" as other\nmixture all { tasks = [other.qa] }\n'
    found = checked(tmp_path, recipe, lib=lib, inner=LIBRARY).recipe

    assert found.mixture("lib.all").tasks == ["inner.qa"]


def test_a_missing_file_is_reported_once_whatever_hangs_on_it(tmp_path):
    result = checked(tmp_path, USE, libb=LIBRARY)

    assert said(result) == [("IFT210", '"lib.ift"')]
    assert "libb.ift" in result.diagnostics[0].help


def test_a_circle_is_reported_where_it_closes(tmp_path):
    result = checked(tmp_path, 'import "a.ift" as a\n', a='import "b.ift" as b\n', b='import "a.ift" as a\n')

    assert [(d.code, d.place.file) for d in result.diagnostics] == [("IFT214", "b.ift")]


def test_a_file_does_not_import_itself(tmp_path):
    assert said(checked(tmp_path, 'import "recipe.ift" as me\n')) == [("IFT214", '"recipe.ift"')]


def test_a_repository_is_not_left(tmp_path):
    (tmp_path / "outside.ift").write_text("")
    inside = tmp_path / "repository"
    inside.mkdir()
    absolute = (tmp_path / "outside.ift").as_posix()
    for path in ("../outside.ift", "sub/../../outside.ift", absolute):
        assert said(checked(inside, f'import "{path}" as x\n')) == [("IFT211", f'"{path}"')]


def test_a_link_does_not_lead_out(tmp_path):
    (tmp_path / "outside.ift").write_text("")
    inside = tmp_path / "repository"
    inside.mkdir()
    os.symlink("../outside.ift", inside / "link.ift")

    assert said(checked(inside, 'import "link.ift" as x\n')) == [("IFT211", '"link.ift"')]


def test_without_a_repository_the_recipes_folder_is_the_border(tmp_path):
    folder = tmp_path / "a" / "b"
    path = write_without_git(folder, 'import "../other.ift" as x\n')
    (tmp_path / "a" / "other.ift").write_text("")

    assert [d.code for d in check(path, cwd=folder).diagnostics] == ["IFT211"]


def write_without_git(folder, text):
    folder.mkdir(parents=True)
    (folder / "recipe.ift").write_text(text)
    return folder / "recipe.ift"


def test_what_is_no_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.ift")
    (tmp_path / "folder.ift").mkdir()
    for name in ("pipe.ift", "folder.ift"):
        assert said(checked(tmp_path, f'import "{name}" as x\n')) == [("IFT210", f'"{name}"')]


def test_odd_paths_are_only_wrong(tmp_path):
    for path in ("\\u{0}.ift", "a" * 5000 + ".ift", "\\u{D800}.ift"):
        (diagnostic,) = checked(tmp_path, f'import "{path}" as x\n').diagnostics
        assert diagnostic.severity == "error"


def test_the_standard_library_is_named_by_std(tmp_path):
    assert said(checked(tmp_path, 'import "std/no_such_library.ift" as x\n')) == [
        ("IFT210", '"std/no_such_library.ift"')
    ]
    assert said(checked(tmp_path, 'import "std/../quickstart.ift" as x\n')) == [("IFT211", '"std/../quickstart.ift"')]


def test_names_of_files_are_relative_to_the_working_directory(tmp_path):
    path = write(tmp_path, 'import "lib/a.ift" as a\n', **{"lib/a": "x = \n"})
    result = check(path, cwd=tmp_path / "lib")

    assert [d.place.file for d in result.diagnostics] == ["a.ift"]
    assert list(result.sources) == ["../recipe.ift", "a.ift"]


def test_a_missing_recipe_is_a_diagnostic(tmp_path):
    result = check(tmp_path / "none.ift", cwd=tmp_path)

    assert (result.recipe, [d.code for d in result.diagnostics]) == (None, ["IFT001"])


def test_bytes_that_are_no_text_are_a_diagnostic(tmp_path):
    (tmp_path / "recipe.ift").write_bytes(b"rank = \xff\n")

    assert [d.code for d in check(tmp_path / "recipe.ift", cwd=tmp_path).diagnostics] == ["IFT002"]


def test_imports_have_an_end_in_files_and_in_text(tmp_path):
    many = {f"part{i}": "rank = 8\n" for i in range(300)}
    found = said(checked(tmp_path, "".join(f'import "{name}.ift" as {name}\n' for name in many), **many))
    assert found[0] == ("IFT215", '"part255.ift"')
    assert {code for code, _ in found} == {"IFT215"}

    large = {f"large{i}": "# " + "x" * 900_000 + "\n" for i in range(4)}
    found = said(checked(tmp_path, "".join(f'import "{name}.ift" as {name}\n' for name in large), **large))
    assert found == [("IFT215", '"large3.ift"')]


def test_the_importing_file_is_not_suggested(tmp_path):
    (diagnostic,) = checked(tmp_path, 'import "recip.ift" as lib\n').diagnostics

    assert diagnostic.code == "IFT210" and "recipe.ift" not in diagnostic.help


def test_imports_in_a_circle_are_not_called_unused(tmp_path):
    result = checked(tmp_path, 'import "one.ift" as one\nrecipe r {}\n', one='import "recipe.ift" as back\n')

    assert [code for code, _ in said(result)] == ["IFT214"]
