"""Makes synthetic studies in the tables of the Data Package, as many as asked for.

``python -m benchmarks.generate FOLDER --studies 90`` writes an evidence folder that conforms to
the shapes (``anlokg validate FOLDER``). Tables have as many rows as those of the shipped studies
have on average, half as many to half as many more; keys are those of the shipped vocabularies; a
seed decides the rest.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from anlokg import resources as resource_folders
from anlokg.tables import schema
from anlokg.tables.schema import Package

SEED = 20220101
Row = dict[str, str]

ARMS = 2
BASELINE, COUNTED, DURATIONS = (
    "Characteristic",
    ("orr", "dcr", "cr", "pr", "sd", "pd"),
    ("pfs", "os"),
)
CTCAE = "5.0"
LEVELS = ("Yes", "No", "≤5", ">5", "0–1", "≥2", "Normal", "Above normal upper limit", "G2–G3")
DRUGS = ("anlotinib", "placebo")
FACTS = (
    ("design", "study"), ("design", "study"), ("design", "study"), ("eligibility", "study"),
    ("treatment", "drug"), ("mechanism", "drug"), ("design", "group"), ("treatment", "regimen"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pattern:
    """What synthetic studies are modelled on: the shipped tables and their vocabularies."""

    package: Package
    keys: Mapping[str, list[str]]
    characteristics: list[str]
    rows_per_study: Mapping[str, float]

    @classmethod
    def read(cls, folder: Path) -> Pattern:
        package = schema.load(folder)
        vocabulary = {t.name: _read(package.file(t.name)) for t in package.vocabulary_tables()}
        keys = {
            name: [next(iter(row.values())) for row in rows] for name, rows in vocabulary.items()
        }
        characteristics = [r["endpoint"] for r in vocabulary["endpoints"] if r["class"] == BASELINE]
        means = {
            table.name: sum(len(_read(folder / path)) for path in table.paths) / len(table.paths)
            for table in package.study_tables()
        }
        return cls(package, keys, characteristics, means)


def generate(folder: Path, studies: int, seed: int = SEED, size: float = 1.0) -> Path:
    """Writes an evidence folder of synthetic studies and gives it back.

    ``size`` makes every study larger or smaller than the shipped ones are on average.
    """
    pattern = Pattern.read(resource_folders.find().evidence)
    source = pattern.package.folder
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source / "vocabulary", folder / "vocabulary")
    names = [f"synthetic-{number:04}" for number in range(1, studies + 1)]
    _describe(pattern.package, folder, names)
    for name in names:
        study = _Study(name, pattern, random.Random(f"{seed} {name}"), size)
        study.make()
        (folder / name).mkdir()
        for table in pattern.package.study_tables():
            _write(folder / name / f"{table.name}.csv", table.header, study.tables[table.name])
        for table in ("studies", "documents"):
            _append(folder / "vocabulary" / f"{table}.csv", study.tables[table])
    return folder


def merged(folder: Path, target: Path) -> Path:
    """One folder with the tables of all studies of an evidence folder below one another."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for table in schema.load(folder).study_tables():
        with (target / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(table.header)
            for path in table.paths:
                file.write((folder / path).read_text(encoding="utf-8").partition("\n")[2])
    return target


@dataclass(slots=True)
class _Study:
    """One study while it is made up, table by table."""

    name: str
    pattern: Pattern
    random: random.Random
    size: float
    tables: dict[str, list[Row]] = field(default_factory=dict)
    number: int = 0
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def document(self) -> str:
        return f"{self.name}-article"

    def make(self) -> None:
        """Fills every table; groups first, because the others name them."""
        self.tables = {name: [] for name in (*self.pattern.package.tables,)}
        self._entry()
        self._regimens()
        self._groups()
        self._endpoints()
        self._fill("thresholds", self._threshold)
        self._fill("measurements", self._measurement)
        self._fill("comparisons", self._comparison)
        self._fill("adverse-events", self._adverse_event)
        self._fill("activities", self._activity)
        self._fill("facts", self._fact)
        self._fill("repeats", self._repeat)
        self.tables["reporting"] = [
            self._row(item=item, status=self.random.choice(("yes", "no")), stated="as printed")
            for item in self.pattern.keys["report-items"]
        ]

    def _fill(self, table: str, make: Callable[[], Row]) -> None:
        self.tables[table] = [make() for _ in range(self._count(table))]

    def _count(self, table: str) -> int:
        mean = self.pattern.rows_per_study[table] * self.size
        return round(mean * self.random.uniform(0.5, 1.5))

    # What the study is and whom it treats

    def _entry(self) -> None:
        patients = self.random.randint(40, 400)
        self.sizes["all"] = patients
        self.tables["studies"] = [
            {
                "study": self.name, "label": f"Synthetic study {self.name}",
                "class": "RetrospectiveStudy", "role": "primary",
                "definition": "Made up to measure speed.", "allocation": "non-randomised",
                "masking": "open-label", "time_perspective": "retrospective",
                "setting": "single-centre",
                "condition": self._key("conditions"), "size": str(patients),
                "response_criteria": "RECIST 1.1", "ctcae_version": CTCAE,
            }
        ]  # fmt: skip
        self.tables["documents"] = [
            {
                "document": self.document, "label": f"Article of {self.name}",
                "class": "JournalArticle", "title": f"A study made up: {self.name}",
                "journal": "Journal of Made-up Results", "year": "2022", "study": self.name,
            }
        ]  # fmt: skip

    def _regimens(self) -> None:
        for arm in range(ARMS):
            single = arm == ARMS - 1
            kind = "monotherapy" if single else "combination"
            name = f"regimen-{arm + 1}"
            row = self._row(regimen=name, label=f"Regimen {arm + 1}", type=kind, line_min="2")
            self.tables["regimens"].append(row)
            for component in range(1 if single else 2):
                drug = "anlotinib" if component == 0 else self._key("drugs")
                self.tables["regimen-components"].append(
                    self._row(
                        regimen=name, component=f"component-{component + 1}", drug=drug, dose="12",
                        dose_unit="mg", route="oral", days_on="14", cycle_length="21",
                        cycle_unit="d", frequency="once daily", reductions="10;8",
                        **self._sentence(),
                    )
                )  # fmt: skip

    def _groups(self) -> None:
        patients = self.sizes["all"]
        self._group("all", "All patients", "study-population", patients)
        for arm in range(1, ARMS + 1):
            label = f"Arm {arm} (n = {patients // ARMS})"
            self._group(
                f"arm-{arm}", label, "arm", patients // ARMS, parent="all", regimen=f"regimen-{arm}"
            )
        for number in range(max(2, self._count("groups") - 1 - ARMS)):
            parent = self.random.choice(("all", "arm-1", "arm-2"))
            size = self.random.randint(self.sizes[parent] // 4, self.sizes[parent])
            self._group(
                f"subgroup-{number + 1}", f"Subgroup {number + 1}", "subgroup", size, parent=parent,
                variable=self.random.choice(self.pattern.characteristics), operator="eq",
                level=self.random.choice(LEVELS),
            )  # fmt: skip

    def _group(self, name: str, label: str, kind: str, size: int, **cells: str) -> None:
        self.sizes[name] = size
        self.tables["groups"].append(
            self._row(
                group=name, label=label, type=kind, size=str(size), of_study=self.name,
                **self._cell("Table 1", label), **cells,
            )
        )  # fmt: skip

    def _endpoints(self) -> None:
        for endpoint in ("pfs", "os", "orr", "dcr", "safety"):
            role = "primary" if endpoint == "pfs" else "secondary"
            self.tables["study-endpoints"].append(
                self._row(
                    study_endpoint=endpoint, endpoint=endpoint, role=role,
                    definition="from enrolment to progression or death of any cause",
                    start_event="enrolment", end_event="progression or death",
                    criteria="RECIST 1.1", status="defined", **self._sentence(),
                )
            )  # fmt: skip

    def _threshold(self) -> Row:
        biomarker = self._key("biomarkers")
        return self._row(
            threshold=f"{biomarker}-{self._next()}", biomarker=biomarker, matrix="plasma",
            operator="<", value=self._decimal(1, 20), unit="ng/mL", rule="median concentration",
            **self._sentence(),
        )  # fmt: skip

    # What is printed

    def _measurement(self) -> Row:
        make = self.random.choices(
            (self._share, self._response, self._median, self._rate, self._level, self._people),
            (50, 15, 15, 5, 8, 7),
        )[0]
        group = self.random.choice(list(self.sizes))
        cells = make(group)
        key = f"{group}.{cells['endpoint']}.{cells['statistic']}.{self._next()}"
        return self._row(result=key, group=group, **cells)

    def _share(self, group: str) -> Row:
        endpoint = self.random.choice(self.pattern.characteristics)
        level = self.random.choice(LEVELS)
        place = self._cell("Table 1", f"{endpoint}, n (%): {level}", group)
        cells = {"kind": "baseline", "endpoint": endpoint, "category": level}
        return cells | {"statistic": "proportion"} | self._part(group) | place

    def _response(self, group: str) -> Row:
        endpoint = self.random.choice(COUNTED)
        place = self._cell("Table 2", group, f"Tumor response: {endpoint.upper()} No.(%)")
        cells = {"kind": "efficacy", "endpoint": endpoint, "statistic": "proportion"}
        return cells | {"analysis_set": "itt"} | self._part(group) | place

    def _median(self, group: str) -> Row:
        endpoint = self.random.choice(DURATIONS)
        cells = {"kind": "efficacy", "endpoint": endpoint, "statistic": "median", "unit": "mo"}
        place = self._cell("Table 3", group, f"Median {endpoint.upper()} (95% CI)")
        return cells | {"analysis_set": "itt"} | self._interval() | place

    def _rate(self, group: str) -> Row:
        endpoint = self.random.choice(DURATIONS)
        time = self.random.choice(("12 wk", "6 mo", "12 mo"))
        cells = {"kind": "efficacy", "endpoint": endpoint, "statistic": "rate-at-time"}
        place = self._cell("Table 3", group, f"{time} {endpoint.upper()} rate (95% CI)")
        return cells | {"timepoint": time, "unit": "%"} | self._interval() | place

    def _level(self, group: str) -> Row:
        biomarker = self._key("biomarkers")
        cells = {"kind": "biomarker", "endpoint": "cytokine-change", "biomarker": biomarker}
        cells |= {"statistic": "median", "unit": "ng/mL"} | self._interval("iqr")
        return cells | self._p() | self._cell("Table 4", biomarker.upper(), group)

    def _people(self, group: str) -> Row:
        count = str(self.random.randint(0, self.sizes[group]))
        cells = {"kind": "disposition", "endpoint": "enrolled", "statistic": "count"}
        return cells | {"reported": count, "count": count, "unit": "{patient}"} | self._sentence()

    def _comparison(self) -> Row:
        one, other = self.random.sample(list(self.sizes), 2)
        endpoint = self.random.choice(DURATIONS)
        cells = {"group": "all", "endpoint": endpoint, "experimental": one, "reference": other}
        cells |= {"variable": self.random.choice(self.pattern.characteristics)}
        if self.random.random() < 0.5:
            cells |= {"direction": "none", "statistic": "p-value", "adjustment": "univariate"}
            cells |= {"test": "log-rank"} | self._p()
        else:
            cells |= {"direction": "stated", "statistic": "hazard-ratio", "test": "cox"}
            cells |= {"adjustment": "multivariable"} | self._interval()
        key = f"{one}-vs-{other}.{endpoint}.{cells['statistic']}.{self._next()}"
        return self._row(result=key, **cells, **self._cell("Table 5", f"{one} – {other}", endpoint))

    def _adverse_event(self) -> Row:
        group = self.random.choice(("all", "arm-1", "arm-2"))
        term = self._key("adverse-event-terms")
        low, high, band = self.random.choice((("1", "5", "any grade"), ("3", "4", "Grade 3–4")))
        column = f"{group} (N = {self.sizes[group]}): {band} N (%)"
        return self._row(
            result=f"{group}.{term}.g{low}-{high}.{self._next()}", group=group, term=term,
            grade_min=low, grade_max=high, ctcae_version=CTCAE, relatedness="not-stated",
            statistic="incidence", analysis_set="ss", **self._part(group),
            **self._cell("Table 6", term.replace("-", " "), column),
        )  # fmt: skip

    def _activity(self) -> Row:
        target, value = self._key("targets"), self._decimal(0.1, 50)
        return self._row(
            result=f"anlotinib.{target}.ic50.{self._next()}", drug="anlotinib", target=target,
            system="in vitro", statistic="ic50", reported=value, value=value, unit="nmol/L",
            **self._sentence(),
        )  # fmt: skip

    def _fact(self) -> Row:
        kind, about_type = self.random.choice(FACTS)
        about = {
            "study": self.name, "drug": "anlotinib", "group": "arm-1", "regimen": "regimen-1",
        }[about_type]  # fmt: skip
        attribute = self._key("attributes")
        figure = self._decimal(1, 99) if self.random.random() < 0.5 else ""
        return self._row(
            result=f"{about_type}.{attribute}.{self._next()}", kind=kind, about_type=about_type,
            about=about, attribute=attribute, text=f'{attribute}, "as the methods give it"',
            reported=figure, value=figure, **self._sentence(),
        )  # fmt: skip

    def _repeat(self) -> Row:
        table = self.random.choice(
            ("measurements", "measurements", "comparisons", "adverse-events")
        )
        first = self.random.choice(self.tables[table] or self.tables["measurements"])
        shared = {c: first[c] for c in self.pattern.package.tables["repeats"].header if c in first}
        return shared | {"statement": f"{first['result']}.r{self._next()}"} | self._sentence()

    # Cells

    def _row(self, **cells: str) -> Row:
        return {"study": self.name} | cells

    def _part(self, group: str) -> Row:
        whole = self.sizes[group]
        count = self.random.randint(0, whole)
        percent = f"{100 * count / whole:.1f}"
        cells = {"reported": f"{count} ({percent})", "count": str(count)}
        return cells | {"denominator": str(whole), "percent": percent}

    def _interval(self, kind: str = "ci") -> Row:
        low, middle, high = sorted(self.random.uniform(0.2, 30) for _ in range(3))
        value, lower, upper = f"{middle:.2f}", f"{low:.2f}", f"{high:.2f}"
        cells = {"reported": f"{value} ({lower}–{upper})", "value": value, "lower": lower}
        cells |= {"upper": upper, "interval_type": kind}
        return cells | ({"ci_level": "0.95"} if kind == "ci" else {})

    def _p(self) -> Row:
        p = self._decimal(0.001, 0.999, 3)
        return {"reported": p, "p": p, "p_operator": "="}

    def _cell(self, item: str, row: str, column: str = "No. of patients (%)") -> Row:
        cells = {"document": self.document, "section": "Tables", "item": item}
        return cells | {"row": row, "column": column}

    def _sentence(self) -> Row:
        cells = {"document": self.document, "section": "3.2 Clinical outcomes", "item": "text"}
        paragraph, sentence = self.random.randint(1, 9), self.random.randint(1, 9)
        return cells | {"row": f"paragraph {paragraph}", "column": f"sentence {sentence}"}

    def _decimal(self, low: float, high: float, places: int = 1) -> str:
        return f"{self.random.uniform(low, high):.{places}f}"

    def _key(self, table: str) -> str:
        return self.random.choice(self.pattern.keys[table])

    def _next(self) -> int:
        self.number += 1
        return self.number


def _describe(package: Package, folder: Path, names: list[str]) -> None:
    data = json.loads((package.folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in data["resources"]:
        if package.tables[resource["name"]].per_study:
            resource["path"] = [f"{name}/{resource['name']}.csv" for name in names]
    (folder / "datapackage.json").write_text(json.dumps(data), encoding="utf-8")


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, header: tuple[str, ...], rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _append(path: Path, rows: list[Row]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, header, restval="", lineterminator="\n").writerows(rows)


def main() -> None:
    """Writes an evidence folder, as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--studies", type=int, default=5)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--size", type=float, default=1.0)
    told = parser.parse_args()
    print(generate(told.folder, told.studies, told.seed, told.size))


if __name__ == "__main__":
    main()
