"""Questions in SQL: what the named ones answer, what is refused, and how answers are written."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from benchmarks import analyst_dataset
from extractors.dataset import SCHEMAS
from extractors.errors import DatasetError
from flows import answers, fence, query, store
from flows.cli import app
from flows.fence import QueryError
from tests.conftest import ROOT
from tests.flows.made import document, funding, indicator, mention, write

WATER, SCHOOL = "a" * 32, "b" * 32
OUTPUT = {"category": "产出", "subcategory": "数量"}
CONTENT = {"category": "满意度", "kind": "rate", "unit": "%"}
MONEY = {"kind": "amount", "unit": "万元", "currency": "CNY"}


def ask(dataset: Path, question: str) -> list[dict[str, Any]]:
    """The answer's rows."""
    with query.session(dataset) as session:
        rows: list[dict[str, Any]] = session.ask(query.sql_of(question)).read_all().to_pylist()
        return rows


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two departments over two years, small enough to reckon by hand."""
    water, school = {"org": "水利局", "region": "甲县"}, {"org": "教育局", "region": "乙县"}
    last = "c" * 32
    return write(
        tmp_path_factory.mktemp("made"),
        {
            "documents": [
                document(WATER, fiscal_year=2022, **water),
                document(last, fiscal_year=2021, budget=100.0, spent=50.0, **water),
                document(SCHOOL, fiscal_year=2022, **school),
            ],
            "funding": [
                funding(WATER, "年度资金总额", project="供水", budget=200.0, spent=150.0),
                funding(WATER, "其中：当年财政拨款", project="供水", budget=200.0, spent=150.0),
                funding(WATER, "一般公共预算", project="灌溉", budget_initial=40.0, spent=10.0),
                funding(WATER, "其他资金", project="灌溉", budget=10.0, spent=5.0),
            ],
            "mentions": [
                mention(WATER, 1, value=12, item="泵站", year=2022, **OUTPUT),
                mention(WATER, 2, value=15, text="15个", item="泵站", role="target", **OUTPUT),
                mention(WATER, 3, value=94, **CONTENT),
                mention(WATER, 4, value=94, **CONTENT),
                mention(last, 1, value=10, item="泵站", year=2021, **OUTPUT),
                mention(SCHOOL, 1, value=80, stage="预算", **MONEY),
                mention(SCHOOL, 2, value=60, stage="支出", **MONEY),
                mention(SCHOOL, 3, value=20, stage="支出", **MONEY),
                mention(SCHOOL, 4, value=500, sentence="=1+1", **MONEY),
                mention(SCHOOL, 5, value=30, item="教室", **OUTPUT),
            ],
            "indicators": [
                indicator(WATER, 1, category="满意度", actual_value=94, actual_unit="%"),
                indicator(WATER, 2, category="满意度", actual_value=90, actual_unit="%"),
                indicator(
                    SCHOOL,
                    3,
                    level3="合格率",
                    target="100%",
                    actual="95%",
                    target_value=100,
                    target_unit="%",
                    actual_value=95,
                    actual_unit="%",
                    attained=False,
                ),
            ],
        },
    )


ANSWERS: list[tuple[str, list[dict[str, Any]]]] = [
    (
        "spent-against-planned",
        [
            {
                "department": "水利局",
                "fiscal_year": 2022,
                "planned_wan_yuan": 250,
                "spent_wan_yuan": 165,
                "basis": "表",
            },
            {
                "department": "水利局",
                "fiscal_year": 2021,
                "planned_wan_yuan": 100,
                "execution_rate": 50,
                "basis": "概况",
            },
            {"department": "教育局", "planned_wan_yuan": 80, "spent_wan_yuan": 60, "execution_rate": 75, "basis": "文"},
        ],
    ),
    ("satisfaction-by-region", [{"region": "甲县", "figures": 2, "mean": 92, "lowest": 90, "highest": 94}]),
    (
        "targets-missed",
        [
            {
                "org": "水利局",
                "indicator": "泵站",
                "target": "15个",
                "actual": "12个",
                "attained_share": 80,
                "stated_in": "文",
            },
            {"org": "教育局", "indicator": "合格率", "actual": "95%", "attained_share": 95, "stated_in": "表"},
        ],
    ),
    (
        "largest-amounts-without-indicator",
        [{"wan_yuan": 500, "mention_id": f"{SCHOOL}:4"}, {"wan_yuan": 80}, {"wan_yuan": 60}, {"wan_yuan": 20}],
    ),
    (
        "outputs-per-wan-yuan",
        [
            {"item": "泵站", "reports": 2, "fiscal_year": 2021, "value": 10, "per_wan_yuan": 0.2},
            {"item": "泵站", "reports": 2, "fiscal_year": 2022, "value": 12, "per_wan_yuan": 0.0727},
            {"item": "教室", "reports": 1, "department": "教育局", "value": 30, "per_wan_yuan": 0.5},
        ],
    ),
    (
        "year-on-year",
        [{"department": "水利局", "item": "泵站", "year": 2022, "value_before": 10, "value": 12, "growth": 20}],
    ),
    (
        "year-on-year-money",
        [
            {
                "department": "水利局",
                "spent_before": 50,
                "spent_wan_yuan": 165,
                "spent_growth": 230,
                "execution_rate_change": 16,
            }
        ],
    ),
]


@pytest.mark.parametrize(("question", "expected"), ANSWERS)
def test_a_named_question_answers_what_was_reckoned_by_hand(
    dataset: Path, question: str, expected: list[dict[str, Any]]
) -> None:
    found = ask(dataset, question)
    known = [{name: row[name] for name in wanted} for row, wanted in zip(found, expected, strict=True)]
    assert known == [pytest.approx(wanted) for wanted in expected]


def test_every_question_is_described_in_both_languages_and_tested() -> None:
    known = query.questions()
    assert set(known) == {question for question, _ in ANSWERS}
    for question in [*known.values(), *query.questions(query.QUESTIONS / "views").values()]:
        chinese, english = question.description.split("\n")
        assert "。" in chinese, question.name
        assert english[0].isupper(), question.name


def test_every_table_is_a_view_also_one_that_the_snapshot_does_not_have_yet(dataset: Path, tmp_path: Path) -> None:
    assert ask(dataset, "select count(*) as n from mentions") == [{"n": 10}]
    old = write(tmp_path, {})
    snapshot = store.open(old)
    parts = {path: part for path, part in snapshot.manifest.parts.items() if not path.startswith("funding/")}
    store.write_manifest(snapshot.folder, replace(snapshot.manifest, parts=parts))
    for name, schema in SCHEMAS.items():
        assert ask(old, f"select * from {name}") == []
        assert [row["column_name"] for row in ask(old, f"describe {name}")] == schema.names


def test_a_session_stays_with_its_snapshot(tmp_path: Path) -> None:
    first = write(tmp_path, {"documents": [document(WATER)]})
    with query.session(first) as session:
        write(tmp_path, {})
        assert session.ask("select doc_id from documents").read_all().to_pylist() == [{"doc_id": WATER}]


PART = "{folder}/mentions/part-0000.parquet"
ATTACKS = [
    "",
    "-- nothing",
    "drop view mentions",
    "create table mine as select 1",
    "create macro mine() as 1",
    "create secret mine (type s3)",
    "insert into mentions select * from mentions",
    "copy mentions to '{folder}/stolen.csv'",
    "explain analyze copy mentions to '{folder}/stolen.csv'",
    "export database '{folder}/stolen'",
    "import database '{folder}'",
    "attach '{folder}/stolen.db'",
    "set enable_external_access = true",
    "set temp_directory = '{folder}'",
    "reset disabled_filesystems",
    "pragma enable_profiling",
    "install httpfs",
    "load '{folder}/x.duckdb_extension'",
    "select 1; select 2",
    "select 1; drop view mentions",
    "call pragma_version()",
    "call enable_logging('QueryLog', storage := 'file', storage_path := '{folder}')",
    f"with x as (copy (select * from mentions limit 0) to '{PART}' (format parquet)) select * from x",
    f"with x as (copy (select 1) to '{PART}' (format parquet, use_tmp_file false)) select * from x",
    "with x as (copy (select 1) to 'snapshot://mentions/part-0000.parquet' (use_tmp_file false)) select * from x",
    "with x as (copy (select 1) to '{folder}/manifest.json' (format json)) select * from x",
    "select (with x as (copy (select 1) to '{folder}/x.csv') select * from x)",
    "select 1 union all (with x as (copy (select 1) to '{folder}/x.csv') select * from x)",
    "from (with x as (copy (select 1) to '{folder}/x.csv') from x)",
    "with x as (insert into mentions select * from mentions returning *) select * from x",
    "with x as (update mentions set text = '1' returning *) select * from x",
    "with x as (delete from mentions returning *) select * from x",
    "with recursive x as (copy (select 1) to '{folder}/x.csv') select * from x",
    "select * from query('with x as (copy (select 1) to ''{folder}/x.csv'') select * from x')",
    "select * from json_execute_serialized_sql('{{}}')",
    "select * from read_text('{secret}')",
    "select * from read_blob('/etc/passwd')",
    "select * from '{secret}'",
    'select * from "{secret}"',
    "select * from read_csv('{secret}')",
    "select * from READ_CSV_AUTO('{secret}')",
    "select * from system.main.read_csv('{secret}')",
    "select * from sniff_csv('{secret}')",
    "select * from read_json('{secret}')",
    "select * from read_duckdb('{secret}')",
    "select * from query_table('{secret}')",
    "select * from query('select * from ''{secret}'' ')",
    "select * from glob('{folder}/*')",
    "select * from glob('snapshot://*')",
    "select * from 'snapshot://../../../secret.csv'",
    "select * from read_text('{dataset}/snapshots/1/../../../secret.csv')",
    "select * from read_csv('http://127.0.0.1:9/x.csv')",
    "select * from parquet_metadata('{folder}/mentions/part-0000.parquet')",
    "select * from pandas_scan(1, 2, 3)",
    "select * from arrow_scan(1, 2, 3)",
    "select * from python_arrow_scan(1, 2, 3)",
    "select * from duckdb_secrets()",
    "select * from which_secret('s3://x', 's3')",
    "select * from enable_logging('QueryLog')",
    "select * from import_database('{folder}')",
    "select getenv('HOME')",
    "select * from sql",
    "pivot mentions on kind using count(*)",
]


def state(dataset: Path) -> dict[Path, tuple[int, bytes]]:
    """All that is in the dataset."""
    paths = (path for path in sorted(dataset.rglob("*")) if path.is_file())
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}


@pytest.fixture
def secret(dataset: Path) -> Path:
    path = dataset.parent / "secret.csv"
    path.write_text("word\nsesame\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("sql", ATTACKS)
def test_a_question_writes_nothing_and_reads_nothing_but_the_snapshot(dataset: Path, secret: Path, sql: str) -> None:
    before, beside = state(dataset), sorted(dataset.parent.iterdir())
    with pytest.raises(QueryError):
        ask(dataset, sql.format(folder=dataset / "snapshots" / "1", dataset=dataset, secret=secret) + " ")
    assert state(dataset) == before
    assert sorted(dataset.parent.iterdir()) == beside


NAMES_ONLY = tuple(f"select {name}" for name in ("* from '", '* from "', "getenv", "* from sql"))
"""A strange name in the place of a table or a function is left to the engine."""


@pytest.mark.parametrize("sql", [sql for sql in ATTACKS if not sql.startswith(NAMES_ONLY)])
def test_the_statement_alone_tells_whether_it_only_reads(sql: str) -> None:
    """Before an engine that may do anything: whatever does more than read is refused as it is parsed."""
    with duckdb.connect() as connection, pytest.raises((QueryError, duckdb.ParserException)):
        fence.tables(connection, sql.format(folder="f", dataset="d", secret="s"))


@pytest.mark.parametrize("sql", [sql for sql in ATTACKS if "{" in sql or "snapshot:" in sql or "http" in sql])
def test_the_engine_alone_can_neither_write_nor_read_other_files(dataset: Path, secret: Path, sql: str) -> None:
    """Without the look at the parsed statement: what the engine was given is enough of a fence."""
    before, beside = state(dataset), sorted(dataset.parent.iterdir())
    said = sql.format(folder=dataset / "snapshots" / "1", dataset=dataset, secret=secret)
    with query.session(dataset) as session:
        try:
            answer = session.connection.execute(said).fetchall()
        except (duckdb.Error, RuntimeError):
            answer = []
    assert "sesame" not in str(answer)
    assert state(dataset) == before
    assert sorted(dataset.parent.iterdir()) == beside


READS = [
    "from mentions",
    "table mentions",
    "describe mentions",
    "summarize mentions",
    "show tables",
    "select * from duckdb_columns() where table_name = 'mentions'",
    "with a as (select 1 as x), b as materialized (select x + 1 as x from a) select * from a union all by name from b",
    "with recursive t as (select 1 as n union all select n + 1 from t where n < 5) select * from t",
    "select *, row_number() over (partition by kind order by start) from mentions qualify true",
    "from mentions pivot (count(*) for kind in ('count', 'rate'))",
    "select * from (unpivot (select 1 as a, 2 as b) on a, b into name n value v)",
    "select kind, value::decimal(9, 2), [x for x in [1, 2] if x > 1], {'a': 1}, map {'a': 1} from mentions limit 40%",
    "select unnest([1, 2]), (select max(value) from mentions), exists (from funding) from range(3)",
    "select count(*) filter (value > 1), median(value) from mentions group by rollup (kind, unit)",
    "select count(*) from mentions using sample 50%",
    "select distinct on (kind) * from mentions m semi join documents d using (doc_id) order by kind desc nulls last",
    "from mentions m asof join (select 1.0 as value, 1 as y) o on m.value >= o.value",
    "values (1), (2)",
]


@pytest.mark.parametrize("sql", READS)
def test_whatever_reads_is_answered(dataset: Path, sql: str) -> None:
    assert ask(dataset, sql)


@pytest.mark.parametrize(
    ("sql", "said", "unsaid"),
    [
        ("select nope from mentions", "\n  mentions: mention_id, doc_id", "\n  documents:"),
        ("select nope from Mentions join funding using (doc_id)", "\n  funding: doc_id", "\n  documents:"),
        ("select * from mention", "\n  mentions: mention_id, doc_id", "\n  funding:"),
        ("with x as (select 1) select nope from x", "\n  money: doc_id, department", "Permission"),
        ("selec 1", "Parser Error", "Tables and columns"),
        ("select text::int from mentions", "Conversion Error", "Tables and columns"),
    ],
)
def test_wrong_sql_is_answered_with_what_it_names(dataset: Path, sql: str, said: str, unsaid: str) -> None:
    with pytest.raises(QueryError) as refused:
        ask(dataset, sql)
    assert said in str(refused.value)
    assert unsaid not in str(refused.value)


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from range(1000000000000)",
        "select * from range(1000000000000)",
        "select count(*) from mentions a, mentions b, mentions c, range(1000000000) d",
        "with recursive t as (select 1 as n union all select n + 1 from t) select count(*) from t",
        "select list_sum(range(50000000))",
    ],
)
def test_an_answer_ends_within_its_time(dataset: Path, sql: str) -> None:
    begin = time.monotonic()
    with query.session(dataset, 0.5) as session, pytest.raises(QueryError, match=r"no answer within 0.5 s.*--timeout"):
        for _ in session.ask(sql):
            pass
    assert time.monotonic() - begin < 0.5 + 2 * query.GRACE + 1


def test_the_time_of_who_reads_an_answer_does_not_count(dataset: Path) -> None:
    with query.session(dataset, 0.5) as session:
        answer = session.ask("select range from range(200000)")
        first = next(answer)
        time.sleep(0.7)
        assert first.num_rows + sum(batch.num_rows for batch in answer) == 200_000


@pytest.mark.parametrize(
    "sql", ["select list(range) from range(1000000000)", "select * from range(100000000) order by hash(range)"]
)
def test_an_answer_stays_within_its_memory(dataset: Path, sql: str) -> None:
    with (
        query.session(dataset, memory="100MB") as session,
        pytest.raises(QueryError, match=r"needs more memory than 100MB.*--memory"),
    ):
        session.ask(sql).read_all()


def test_an_interrupt_ends_a_question_at_once(dataset: Path) -> None:
    command = [sys.executable, "-m", "flows.cli", "query", str(dataset), "select count(*) from range(1000000000000)"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=5)
    assert process.returncode in {1, 130}
    assert "Traceback" not in said


def spoil(path: Path) -> None:
    """Overwrite what lies between the marks at both ends."""
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[:4] + bytes(len(data) - 12) + data[-8:])


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[:-100])


@pytest.mark.parametrize("harm", [spoil, cut, Path.unlink])
def test_a_damaged_file_is_named_with_the_remedy(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    rows = [mention(WATER, start) for start in range(3)]
    write(tmp_path, {"documents": [document(WATER)], "mentions": rows})
    harm(store.open(tmp_path).parts("mentions")[0])
    result = CliRunner().invoke(app, ["query", str(tmp_path), "select max(sentence) from mentions"])
    assert result.exit_code == 1, result.output
    assert "mentions/part-0000.parquet: " in result.output
    assert f"jixiao restore {tmp_path}" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("terms", [300, 450, 900])
def test_a_long_sum_is_answered_or_refused_in_one_line(tmp_path: Path, terms: int) -> None:
    write(tmp_path, {"documents": [document(WATER)]})
    result = CliRunner().invoke(app, ["query", str(tmp_path), "select " + "+".join("1" * terms)])
    assert str(terms) in result.output or "nested too deeply; use `in (…)`" in result.output
    assert "Traceback" not in result.output


def test_a_dataset_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="jixiao ingest"):
        ask(tmp_path, "select 1")


FORMULAS = (
    *("=1+1", "@SUM(A1)", "  =cmd|'/c calc'!A1", "\t=1", "\t1", "\r1", "\n1", "=\n1", "= 1", "-2+3", "+1-1", "-A1"),
    *("-1%|A1", "-1,2.3.4", "-1e5", "＝1+1", "＋1", "－1", "＠A", "﹦1+1", "﹢1", "﹣1", "﹫A1", "−1", "⁺1", "⁻1"),
    *("⁼1", "₊1", "₋1", "₌1", "\u3000=1", "\u00a0=1", "\u200b=1", "\u200e=1", "\u202e=1", "\u2060=1"),
    *("\ufeff=1", "\u00ad=1", "\u0085=1", "\u2028=1", "\u2000\u3000 =1", "\x00=1", "\x07=1", "\x1b=1"),
    *("\x7f=1", "\ue000=1", "\u180e=1", "\ufe0f=1", "\u3164=1", "\u2800=1", "\u115f=1"),
    *("\U000e0020=1", "=\u200b1", "=\u3000\u00a0SUM(A1)"),
)
"""What must not come into a cell as it is."""
HARMLESS = (
    *("=", "-", "+", "@", " = ", "\u3000＝\u3000", "-5%", "-3.5", "+86", "-1,234.50", "≥95%", "≤3.5", ">1", "<1", "≈2"),
    *("—2", "–2", "~1", "1-2", "a=1", "张三@某局", "一=1", "（-3）", "'=1", "", "\u3000", "※", "\u30fc1", "3.5", "±1"),
)
"""What must: bounds, dashes, numbers with a sign."""


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        *((text, f"'{text}") for text in FORMULAS),
        *((text, text) for text in HARMLESS),
        ('说"好"，\n换行', '说"好"，\n换行'),
    ],
)
def test_no_text_becomes_a_formula(text: str, cell: str) -> None:
    columns = {"=name": pa.array([text]), "n": pa.array([-5]), "nothing": pa.array([None], pa.string())}
    out = io.BytesIO()
    answers.csv(pa.table(columns).to_reader(), out)
    assert list(csv.reader(io.StringIO(out.getvalue().decode(), newline=""))) == [
        ["'=name", "n", "nothing"],
        [cell, "-5", ""],
    ]


def test_the_same_answer_in_every_format(dataset: Path, tmp_path: Path) -> None:
    sql = "select mention_id, value, [1] as list, null as nothing, date '2022-05-01' as day from mentions order by all"
    for suffix in answers.FORMATS:
        with query.session(dataset) as session:
            answers.save(session.ask(sql), suffix, tmp_path / f"answer.{suffix}", dataset)
    kept = pq.read_table(tmp_path / "answer.parquet").to_pylist()
    assert len(kept) == 10
    assert json.loads((tmp_path / "answer.json").read_text(encoding="utf-8")) == [
        {**row, "day": "2022-05-01"} for row in kept
    ]
    text = (tmp_path / "answer.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    assert [(row["mention_id"], float(row["value"])) for row in rows] == [
        (row["mention_id"], row["value"]) for row in kept
    ]
    assert not list(tmp_path.glob(".*"))


def test_an_answer_is_never_written_into_the_dataset_nor_left_half_written(dataset: Path, tmp_path: Path) -> None:
    with query.session(dataset) as session:
        with pytest.raises(QueryError, match="inside the dataset"):
            answers.save(session.ask("select 1"), "csv", dataset / "current" / "mentions" / "x.csv", dataset)
        with pytest.raises(QueryError):
            answers.save(session.ask("select error('no') from range(3)"), "csv", tmp_path / "x.csv", dataset)
        with pytest.raises(QueryError, match="can't be written"):
            answers.save(session.ask("select 1"), "csv", tmp_path / "no" / "x.csv", dataset)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--list"], "spent-against-planned"),
        ([], "satisfaction-by-region"),
        (["spent-against-planned"], "水利局"),
        (["spent-against-planned", "--sql"], "from money"),
        (["select 1 as one", "--format", "json"], '{"one": 1}'),
        (["select 'a' as one", "--format", "csv"], '"one"\n"a"'),
        (["select * from range(300)"], "the first 200 rows"),
        (["select 1 as one"], "1 row"),
    ],
)
def test_the_command_answers(dataset: Path, arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["query", str(dataset), *arguments])
    assert result.exit_code == 0, result.output
    assert said in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["spent-on-lunch"], "no question named 'spent-on-lunch'"),
        (["select nope"], "Tables and columns"),
        (["select 1", "--timeout", "0"], "timeout is 0: give the seconds"),
        (["select 1", "--memory", "much"], "memory is 'much': give an amount such as 4GB"),
        (["select 1", "--format", "xml"], "xml: no format"),
        (["select 1", "-o", "answer"], "a file without suffix"),
        (["drop view mentions"], "DROP"),
    ],
)
def test_the_command_says_what_is_wrong(dataset: Path, arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["query", str(dataset), *arguments])
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


def test_generated_datasets_answer_every_question(tmp_path: Path) -> None:
    analyst_dataset.write(tmp_path / "dataset", 20_000, buckets=4)
    assert ask(tmp_path / "dataset", "select count(*) as n from mentions") == [{"n": 20_000}]
    for name in query.questions():
        assert ask(tmp_path / "dataset", name) or name == "year-on-year", name
