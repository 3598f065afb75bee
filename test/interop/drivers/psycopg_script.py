"""psycopg 3: simple and extended queries, server-side binding, binary results, pipelines, COPY, cursors, cancel."""

import os
import threading
from datetime import date, datetime, timezone
from decimal import Decimal

import psycopg
from psycopg.types.json import Jsonb

arguments = {"autocommit": True, "connect_timeout": 20}


def show(name, value):
    print(f"{name}: {value!r}", flush=True)


def describe(error):
    about = error.diag
    return [type(error).__name__, error.sqlstate] + [
        getattr(about, name)
        for name in (
            "severity message_primary message_detail message_hint statement_position "
            "schema_name table_name column_name constraint_name source_function"
        ).split()
    ]


def run(connection, name, query, parameters=None, **options):
    try:
        cursor = connection.execute(query, parameters, **options)
        while True:
            columns = [(c.name, c.type_code, c.internal_size) for c in cursor.description or []]
            rows = cursor.fetchall() if cursor.description else None
            show(name, (cursor.statusmessage, cursor.rowcount, columns, rows))
            if not cursor.nextset():
                return
    except psycopg.Error as error:
        show(name, describe(error))


connection = psycopg.connect("", **arguments)
connection.add_notice_handler(lambda about: show("notice", (about.severity, about.sqlstate, about.message_primary)))
show("server", (connection.info.server_version, connection.info.encoding, connection.info.parameter_status("TimeZone")))
run(connection, "simple", "SELECT 1 AS one, 'zwei' AS two, NULL AS three")
run(connection, "several", "SELECT 1 AS a; SELECT 2 AS b")
run(
    connection,
    "create",
    "CREATE TABLE interop (id int PRIMARY KEY, name text, born date, at timestamptz, price numeric, doc jsonb, raw bytea, tags text[], big int8)",
)
row = (1, "Ångström", date(1980, 2, 29), datetime(2024, 2, 29, 12, tzinfo=timezone.utc), Decimal("12.50"), Jsonb({"k": [1, 2]}), b"\x00\xff", ["a", "b c"], 2**53 + 1)
run(connection, "insert", "INSERT INTO interop VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING *", row)
run(connection, "nulls", "INSERT INTO interop (id, name) VALUES (%s, %s)", (2, None))
run(connection, "text", "SELECT * FROM interop WHERE id = %s", (1,))
run(connection, "binary", "SELECT * FROM interop WHERE id = %s", (1,), binary=True)
run(connection, "binary parameter", "SELECT %b + 1, %t::int + 1", (41, 41))
for turn in range(8):
    # Prepared by the driver from the fifth execution on.
    run(connection, "prepared", "SELECT name FROM interop WHERE id = %s", (1 + turn % 2,))
run(connection, "prepared at once", "SELECT count(*) FROM interop WHERE id < %s", (5,), prepare=True)
run(connection, "prepared at once", "SELECT count(*) FROM interop WHERE id < %s", (2,), prepare=True)
with connection.cursor() as cursor:
    cursor.executemany("INSERT INTO interop (id, name) VALUES (%s, %s) RETURNING id", [(n, f"n{n}") for n in range(10, 15)], returning=True)
    ids = [cursor.fetchone()[0]]
    while cursor.nextset():
        ids.append(cursor.fetchone()[0])
    show("executemany", ids)
with connection.pipeline():
    answers = [connection.execute("SELECT %s::int * 2", (n,)) for n in range(10)]
    show("pipeline", [answer.fetchone() for answer in answers])
try:
    with connection.pipeline() as pipeline:
        connection.execute("INSERT INTO interop (id, name) VALUES (100, 'lost')")
        broken = connection.execute("SELECT 1 / %s::int", (0,))
        after = connection.execute("INSERT INTO interop (id, name) VALUES (101, 'skipped')")
        pipeline.sync()
        show("not reached", broken.fetchone())
except psycopg.Error as error:
    show("pipeline with an error", (type(error).__name__, error.sqlstate))
run(connection, "after the pipeline", "SELECT count(*) FROM interop WHERE id >= 100")
for query in ("SELECT * FROM nowhere", "SELECT 1/0", "INSERT INTO interop (id) VALUES (1)", "SELEC 1", "SELECT 'x'::int"):
    run(connection, "error", query)
run(connection, "extended error", "SELECT %s::int", ("x",))
try:
    with connection.transaction():
        connection.execute("DELETE FROM interop")
        with connection.transaction():
            connection.execute("SELECT 1/0")
except psycopg.Error as error:
    show("transaction", (error.sqlstate, connection.info.transaction_status.name))
run(connection, "rolled back", "SELECT count(*) FROM interop")
with connection.transaction():
    with connection.cursor(name="named") as cursor:
        cursor.itersize = 3
        cursor.execute("SELECT g FROM generate_series(1, 8) g")
        show("named cursor", [r[0] for r in cursor])
    with connection.cursor(name="scrolls", scrollable=True, binary=True) as cursor:
        cursor.execute("SELECT id FROM interop ORDER BY id")
        first = cursor.fetchone()
        cursor.scroll(2)
        show("scrollable cursor", (first, cursor.fetchone(), cursor.fetchall()))
with connection.cursor() as cursor:
    with cursor.copy("COPY interop (id, name) FROM STDIN") as copy:
        for n in range(20, 24):
            copy.write_row((n, f"copied\t{n}"))
    with cursor.copy("COPY interop (id, price) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int4", "numeric"])
        copy.write_row((30, Decimal("1.5")))
    with cursor.copy("COPY (SELECT id, name FROM interop WHERE id >= 20 ORDER BY id) TO STDOUT") as copy:
        show("copy out", b"".join(bytes(part) for part in copy))
    with cursor.copy("COPY (SELECT id, price FROM interop WHERE id >= 20 ORDER BY id) TO STDOUT (FORMAT BINARY)") as copy:
        copy.set_types(["int4", "numeric"])
        show("copy out in binary", list(copy.rows()))
    try:
        with cursor.copy("COPY interop (id, name) FROM STDIN") as copy:
            copy.write("not a number\tx\n")
    except psycopg.Error as error:
        show("copy in with an error", describe(error))
    try:
        with cursor.copy("COPY interop (id, name) FROM STDIN") as copy:
            copy.write_row((99, "x"))
            raise ZeroDivisionError
    except ZeroDivisionError:
        run(connection, "copy given up", "SELECT count(*) FROM interop WHERE id = 99")
run(connection, "notice", "DO $$ BEGIN RAISE NOTICE 'n %', 1; END $$")
run(connection, "listen", "LISTEN interop_psycopg")
run(connection, "notify", "NOTIFY interop_psycopg, 'hi'")
show("notification", [(n.channel, n.payload) for n in connection.notifies(timeout=5, stop_after=1)])
show("wide", len(connection.execute("SELECT repeat('x', 300000), g FROM generate_series(1, 20) g").fetchall()))
show("stream", sum(r[0] for r in connection.cursor().stream("SELECT g FROM generate_series(1, 3000) g")))
raw = psycopg.RawCursor(connection)
show("raw", raw.execute("SELECT $1::int + $2::int", (1, 2)).fetchone())

watcher = psycopg.connect("", **arguments)
sleeper = threading.Thread(target=run, args=(connection, "cancelled", "SELECT pg_sleep(30)"))
sleeper.start()
while not watcher.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()").fetchall():
    pass
connection.cancel_safe() if hasattr(connection, "cancel_safe") and psycopg.pq.version() >= 170000 else connection.cancel()
sleeper.join()
run(connection, "after", "SELECT 1 AS still_here")
run(connection, "drop", "DROP TABLE interop")
watcher.close()
connection.close()
