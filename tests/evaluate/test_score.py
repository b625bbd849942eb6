"""From predictions to an entry of the results."""

from __future__ import annotations

from runtime.evaluate.asked import Asked
from runtime.evaluate.score import evaluation, metrics_of, statistics_of
from tests.evaluate.made import CHOSEN
from tests.evaluate.metrics.cases import prediction
from tests.report.runs import program


def test_of_a_slice_of_one_class_no_mean_over_classes_is_told():
    answers = [("a", "a", "north"), ("b", "b", "north"), ("a", "a", "south"), ("b", "a", "south")]
    rows = [prediction(given, wanted, row=n, slices={"clinic": own}) for n, (given, wanted, own) in enumerate(answers)]
    whole = program()
    asked, statistics = Asked("note_filing", "test", 0, 1), statistics_of(metrics_of(whole.tasks["note_filing"]), rows)

    found = evaluation(whole, whole.evaluations[0], asked, "base", rows, statistics, how=CHOSEN, tokenizer="")

    figures = {name: {n: m.value for n, m in part.metrics.items()} for name, part in found.slices["clinic"].items()}
    assert figures == {"north": {"accuracy": 1, "macro_f1": 1}, "south": {"accuracy": 0.5, "macro_f1": None}}
    assert found.metrics["macro_f1"].value is not None
