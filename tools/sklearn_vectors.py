#!/usr/bin/env python3
"""Writes Tests/TestData/sklearn-metrics.json: small prediction sets and what scikit-learn computes from them.

Run by a maintainer, from the repository root: python3 tools/sklearn_vectors.py (made with scikit-learn 1.2.1).
Probabilities are multiples of 1/64, so that ties occur and every number is exact in float32.
"""
import json
import warnings

import numpy as np
import sklearn
from sklearn import metrics
from sklearn.calibration import calibration_curve

BINS = 5
warnings.filterwarnings("ignore")


def probabilities(rng, labels, classes, skill):
    """[N, classes] rows of multiples of 1/64 that sum to 1 and favour the true class."""
    rows = []
    for label in labels:
        weights = np.ones(classes)
        weights[label] += skill
        rows.append(rng.multinomial(64, rng.dirichlet(weights)) / 64)
    return np.array(rows)


def binary(truth, scores):
    """ROC and PR of one binary problem; None where they are undefined."""
    result = {"roc": None, "auc": None, "pr": None, "ap": None}
    if 0 < truth.sum() < len(truth):
        fpr, tpr, _ = metrics.roc_curve(truth, scores, drop_intermediate=False)
        result["roc"] = [fpr.tolist(), tpr.tolist()]
        result["auc"] = float(metrics.roc_auc_score(truth, scores))
    if truth.sum() > 0:
        precision, recall, _ = metrics.precision_recall_curve(truth, scores)
        result["pr"] = [recall[::-1].tolist(), precision[::-1].tolist()]
        result["ap"] = float(metrics.average_precision_score(truth, scores))
    return result


def scores(average, truth, predicted, **options):
    p, r, f, _ = metrics.precision_recall_fscore_support(truth, predicted, average=average, zero_division=0, **options)
    return [np.asarray(p).tolist(), np.asarray(r).tolist(), np.asarray(f).tolist()]


def case(name, labels, probs):
    classes = probs.shape[1]
    predicted = probs.argmax(1)
    one_hot = np.eye(classes, dtype=int)[labels]
    correct = (predicted == labels).astype(int)
    fraction, confidence = calibration_curve(correct, probs.max(1), n_bins=BINS)
    return {
        "name": name,
        "classes": classes,
        "labels": labels.tolist(),
        "probabilities": probs.ravel().tolist(),
        "accuracy": float(metrics.accuracy_score(labels, predicted)),
        "loss": float(metrics.log_loss(labels, np.clip(probs, 1.17549435e-38, 1), labels=range(classes), eps=1e-300)),
        "confusion": metrics.confusion_matrix(labels, predicted, labels=range(classes)).tolist(),
        "perClass": scores(None, labels, predicted, labels=range(classes)),
        "macro": scores("macro", labels, predicted),
        "micro": scores("micro", labels, predicted),
        "curves": [binary(one_hot[:, c], probs[:, c]) for c in range(classes)],
        "microCurves": binary(one_hot.ravel(), probs.ravel()),
        "calibration": [confidence.tolist(), fraction.tolist()],
    }


def main():
    rng = np.random.default_rng(20240501)
    cases = []
    for name, classes, count, skill, present in (
        ("three classes", 3, 40, 3, range(3)),
        ("ten classes, good", 10, 60, 12, range(10)),
        ("five classes, bad", 5, 50, 0.2, range(5)),
        ("class 1 absent", 4, 30, 2, (0, 2, 3)),
        ("two classes", 2, 25, 1, range(2)),
        ("one class only", 3, 12, 2, (1,)),
    ):
        labels = rng.choice(list(present), count)
        cases.append(case(name, labels, probabilities(rng, labels, classes, skill)))
    with open("Tests/TestData/sklearn-metrics.json", "w", encoding="utf-8", newline="\n") as file:
        json.dump({"scikit-learn": sklearn.__version__, "bins": BINS, "cases": cases}, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
