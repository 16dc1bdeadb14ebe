"""Runs one BigQuery query over the given rows of a billing export, in DuckDB.

Reads JSON with `sql`, `parameters` and `rows` from standard input; prints the rows of the result.
BigQuery's dialect is translated by sqlglot, which refuses what it cannot parse.
"""

import json
import re
import sys

import duckdb
import sqlglot

# https://cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/detailed-usage
SCHEMA = """
billing_account_id VARCHAR,
service STRUCT(id VARCHAR, description VARCHAR),
sku STRUCT(id VARCHAR, description VARCHAR),
usage_start_time TIMESTAMPTZ,
usage_end_time TIMESTAMPTZ,
project STRUCT(id VARCHAR, name VARCHAR),
labels STRUCT(key VARCHAR, value VARCHAR)[],
system_labels STRUCT(key VARCHAR, value VARCHAR)[],
location STRUCT(region VARCHAR, zone VARCHAR),
cost DOUBLE,
currency VARCHAR,
currency_conversion_rate DOUBLE,
usage STRUCT(amount DOUBLE, unit VARCHAR, amount_in_pricing_units DOUBLE, pricing_unit VARCHAR),
credits STRUCT(name VARCHAR, amount DOUBLE, type VARCHAR)[],
invoice STRUCT(month VARCHAR),
cost_type VARCHAR,
resource STRUCT(name VARCHAR, global_name VARCHAR),
cost_at_list DOUBLE,
_PARTITIONTIME TIMESTAMPTZ
"""
COLUMNS = [line.split()[0] for line in SCHEMA.strip().splitlines()]


def main() -> None:
    job = json.load(sys.stdin)
    expression = sqlglot.parse_one(job["sql"], dialect="bigquery")
    for table in expression.find_all(sqlglot.exp.Table):
        table.replace(sqlglot.exp.to_table("bill"))
    sql = expression.sql(dialect="duckdb")
    # What the translation makes of a decimal is too short, and of a date's form too long.
    sql = re.sub(r"DECIMAL\(38, \d+\)", "DECIMAL(38, 12)", sql)
    sql = re.sub(r"STRPTIME\('1970 ' \|\| ([^,]+), '%Y ' \|\| ('[^']+')\)", r"STRPTIME(\1, \2)", sql)
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    database.execute(f"CREATE TABLE bill ({SCHEMA})")
    for row in job["rows"]:
        # An empty structure is no value of DuckDB's.
        values = [None if row.get(column) == {} else row.get(column) for column in COLUMNS]
        database.execute(f"INSERT INTO bill VALUES ({', '.join('?' * len(COLUMNS))})", values)
    used = {name: job["parameters"][name] for name in job["parameters"] if f"${name}" in sql}
    json.dump(database.execute(sql, used).fetchall(), sys.stdout)


main()
