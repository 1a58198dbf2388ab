"""An answer as plain data, and as rows of a table; the same for the command line and HTTP.

Shares are between 0 and 1 in the data, and in percent where they are written for people. Nothing
here is ever NaN or infinite: what does not apply is ``None``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping

from .answer import Answer
from .compatibility import Remark
from .findings import Flag
from .inputs import Candidate
from .models import Pooled
from .picks import LeftOut
from .request import Named, Request
from .subgroups import Subgroups
from .taken import Input
from .wording import Data

METHODS = {
    "proportion": "Shares are pooled as logits, each with the variance 1/events + 1/others.",
    "hazard-ratio": "Ratios are pooled as natural logarithms; their standard error comes from"
    " the printed interval.",
    "risk-ratio": "Ratios are pooled as natural logarithms; their standard error comes from the"
    " counts of both arms or from the printed interval.",
    "mean-difference": "Differences of means are pooled as they are; their standard error comes"
    " from standard deviations and sizes of both arms or from the printed interval.",
}
MODELS = {
    "random": "Random effects: tau² by REML, interval and test by the Hartung-Knapp method,"
    " prediction interval with k - 1 degrees of freedom, interval of tau² by the Q-profile method.",
    "fixed": "Fixed effect: studies are weighed by the inverse of their variance.",
    "single": "One figure: nothing is pooled.",
    "rank": "Nothing is pooled: figures are put in the order of their size.",
}
COLUMNS = (
    "row", "rank", "label", "study", "group", "count", "denominator", "count_derived", "estimate",
    "lower", "upper", "interval", "weight", "reported", "locator", "result", "findings", "note",
)  # fmt: skip


def as_data(answer: Answer) -> Data:
    """The whole answer: strings, numbers, lists and mappings, as JSON has them."""
    request = answer.request
    return {
        "title": request.title,
        "kind": "ranking" if request.rank else "synthesis",
        "measure": request.measure.value,
        "scale": "share from 0 to 1" if request.measure.value == "proportion" else "as named",
        "level": request.level,
        "forced": bool(answer.overruled),
        "refusals_overruled": [_remark(one) for one in answer.overruled],
        "warnings": [_remark(one) for one in answer.warnings],
        "notes": list(answer.notes),
        "method": method(answer),
        "inputs": [_input(one) for one in answer.inputs],
        "pooled": _pooled(answer.pooled),
        "subgroups": _subgroups(request, answer.subgroups),
        "leave_one_out": [
            {"without": one.label, "result": one.key, **_estimate(one.pooled)}
            for one in answer.influence
        ],
        "left_out": [_left_out(one) for one in answer.left_out],
        "selection": _selection(request),
        "queries": [
            {"name": name, "candidates": text, "inputs": only or None}
            for name, text, only in answer.queries
        ],
        "software": {"name": "anlokg", "version": answer.version},
        "release": answer.release,
    }


def method(answer: Answer) -> list[str]:
    """How the numbers were made, in sentences."""
    request = answer.request
    model = "rank" if request.rank else answer.pooled.model if answer.pooled else "single"
    told = [] if request.rank else [METHODS[request.measure.value]]
    told.append(MODELS[model])
    if request.measure.value == "proportion":
        told.append(f"Intervals of single figures are exact (Clopper-Pearson), {_level(request)}.")
    return told


def _level(request: Request) -> str:
    return f"level {request.level:g}"


def _input(one: Input) -> Data:
    figure, reference = one.pick.figure, one.pick.reference
    told: Data = {"rank": one.rank} if one.rank else {}
    told |= {
        "label": one.label,
        "study": {"iri": figure.study_iri, "label": figure.study},
        "group": {"iri": figure.group_iri or None, "label": figure.group or None},
        "result": figure.result,
        "outcome": figure.outcome,
        "reported": figure.reported,
        "locator": figure.locator,
        "count": one.pick.count,
        "denominator": figure.denominator,
        "count_derived": one.pick.derived,
        "printed_interval": _printed(figure),
        "estimate": one.estimate,
        "lower": one.lower,
        "upper": one.upper,
        "interval": one.interval,
        "weight_percent": one.weight,
        "corrected": one.effect.corrected if one.effect else False,
        "cited": figure.is_cited,
        "context": _context(figure),
        "findings": [_flag(flag) for flag in one.flags],
    }
    if reference is not None:
        told["reference"] = {
            "group": {"iri": reference.group_iri, "label": reference.group},
            "result": reference.result,
            "reported": reference.reported,
            "locator": reference.locator,
            "count": one.pick.reference_count,
            "denominator": reference.denominator,
        }
    return told


def _printed(figure: Candidate) -> Data | None:
    if figure.interval is None:
        return None
    lower, upper = figure.interval
    level = None if figure.level is None else float(figure.level)
    return {"lower": lower, "upper": upper, "level": level, "unit": figure.unit or None}


def _context(figure: Candidate) -> Data:
    told = {
        "condition": figure.condition,
        "regimen": figure.regimen,
        "regimen_type": figure.regimen_type,
        "analysis_set": figure.analysis_set,
        "ctcae_version": figure.ctcae_version,
        "relatedness": figure.relatedness,
        "timepoint": figure.timepoint,
        "adjustment": figure.adjustment,
        "registration": figure.registration,
    }
    if figure.grade_min is not None:
        told["grades"] = f"{figure.grade_min}-{figure.grade_max}"
    return {name: text for name, text in told.items() if text}


def _flag(flag: Flag) -> Data:
    return {
        "finding": flag.iri,
        "rule": flag.rule,
        "severity": flag.severity,
        "reported": flag.reported,
        "recomputed": flag.recomputed,
        "explanation": flag.explanation,
    }


def _remark(remark: Remark) -> Data:
    return {"code": remark.code, "text": remark.text, "results": list(remark.results)}


def _left_out(one: LeftOut) -> Data:
    figure = one.figure
    return {
        "label": figure.label,
        "result": figure.result,
        "reported": figure.reported,
        "reason": one.reason,
        "locator": figure.locator,
    }


def _pooled(pooled: Pooled | None) -> Data | None:
    if pooled is None:
        return None
    names = ("tau2", "i2", "h2")
    spread = {
        name: {"value": value, "lower": getattr(pooled, f"{name}_lower"),
               "upper": getattr(pooled, f"{name}_upper")}
        for name in names if (value := getattr(pooled, name)) is not None
    }  # fmt: skip
    q = None if pooled.q is None else {"value": pooled.q, "df": pooled.q_df, "p": pooled.q_p}
    return {
        **_estimate(pooled),
        "model": pooled.model,
        "tau2_method": pooled.method if pooled.model == "random" else None,
        "degrees_of_freedom": pooled.df,
        "p": pooled.p if pooled.scale.value != "logit" else None,
        "heterogeneity": {"q": q, **spread} if q else None,
    }


def _estimate(pooled: Pooled) -> Data:
    natural = pooled.natural
    ahead = None
    if natural.prediction_lower is not None:
        ahead = {"lower": natural.prediction_lower, "upper": natural.prediction_upper}
    return {
        "k": pooled.k,
        "estimate": natural.estimate,
        "lower": natural.lower,
        "upper": natural.upper,
        "prediction_interval": ahead,
        "i2_percent": pooled.i2,
        "tau2": pooled.tau2,
    }


def _subgroups(request: Request, made: Subgroups | None) -> Data | None:
    if made is None or request.subgroup_by is None:
        return None
    return {
        "by": request.subgroup_by.value,
        "groups": [{"label": label, **_estimate(pooled)} for label, pooled in made.groups],
        "common_tau2": made.common_tau2,
        "test": {
            "statistic": made.statistic,
            "df": made.df,
            "df_residual": made.df_residual,
            "p": made.p,
        },
    }


def _selection(request: Request) -> Data:
    def told(names: Iterable[Named]) -> list[Data]:
        return [{"iri": named.iri, "label": named.label} for named in names]

    return {
        "outcomes": told(request.outcomes),
        "grade": request.grade if request.events else None,
        "drugs": told(request.drugs),
        "conditions": told(request.conditions),
        "regimens": told(request.regimens),
        "groups": told(request.groups),
        "studies": told(request.studies),
        "factor": told((request.factor,))[0] if request.factor else None,
        "model": request.model.value,
        "subgroup_by": request.subgroup_by.value if request.subgroup_by else None,
    }


def as_json(data: Data) -> str:
    """The data as JSON; ``ValueError`` would tell of a number that JSON does not have."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def as_csv(data: Data) -> str:
    """A row for each input, then the pooled numbers, then what goes with them as notes."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(data):
        writer.writerow({name: "" if value is None else value for name, value in row.items()})
    return file.getvalue()


def _rows(data: Data) -> Iterable[Mapping[str, object]]:
    for one in data["inputs"]:
        yield {
            **{name: one[name] for name in COLUMNS if name in one},
            "row": "input",
            "study": one["study"]["label"],
            "group": one["group"]["label"],
            "weight": one["weight_percent"],
            "findings": "; ".join(flag["rule"] for flag in one["findings"]),
        }
    if data["pooled"]:
        yield from _numbers("pooled", "all inputs", data["pooled"])
    for group in (data["subgroups"] or {}).get("groups", ()):
        yield from _numbers("subgroup", group["label"], group)
    for one in data["leave_one_out"]:
        yield from _numbers("without", one["without"], {**one, "prediction_interval": None})
    for one in data["refusals_overruled"]:
        yield {"row": "forced", "note": one["text"]}
    for one in data["warnings"]:
        yield {"row": "warning", "note": one["text"]}
    for text in (*data["notes"], *data["method"]):
        yield {"row": "note", "note": text}
    for one in data["left_out"]:
        told = {name: one[name] for name in ("label", "result", "reported", "locator")}
        yield {"row": "left out", **told, "note": one["reason"]}
    software = data["software"]
    release = f"release {data['release']}"
    yield {"row": "note", "note": f"{software['name']} {software['version']}, {release}"}


def _numbers(row: str, label: str, told: Data) -> Iterable[Mapping[str, object]]:
    yield {"row": row, "label": label, **{n: told[n] for n in ("estimate", "lower", "upper")}}
    if ahead := told["prediction_interval"]:
        yield {"row": f"{row}, prediction interval", "label": label, **ahead}
