"""asyncpg: binary everywhere, prepares everything, introspects types, cursors, COPY, cancels on timeout."""

import asyncio
import os
import ssl
from datetime import date, datetime, timezone
from decimal import Decimal
from uuid import UUID

import asyncpg


def show(name, value):
    print(f"{name}: {value!r}", flush=True)


def describe(error):
    return [type(error).__name__] + [
        getattr(error, name, None)
        for name in "sqlstate severity message detail hint position schema_name table_name column_name constraint_name".split()
    ]


async def run(name, awaitable):
    try:
        result = await awaitable
        show(name, [tuple(r.items()) for r in result] if isinstance(result, list) else result)
    except asyncpg.PostgresError as error:
        show(name, describe(error))


async def main():
    authority = os.environ.get("PGSSLROOTCERT")
    tls = ssl.create_default_context(cafile=authority) if authority else False
    connection = await asyncpg.connect(ssl=tls)
    connection.add_log_listener(lambda _, message: show("log", (message.severity, message.sqlstate, message.message)))
    fetch, execute = connection.fetch, connection.execute
    await run("simple", execute("SELECT 1; SELECT 2"))
    await run("fetch", fetch("SELECT 1 AS one, 'zwei' AS two, NULL AS three"))
    await run(
        "create",
        execute(
            "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (a int, b text); "
            "CREATE TABLE interop (id int PRIMARY KEY, name text, born date, at timestamptz, price numeric, doc jsonb, "
            "raw bytea, tags text[], key uuid, m mood, p pair, r int4range)"
        ),
    )
    await run(
        "insert",
        fetch(
            "INSERT INTO interop VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING *",
            1,
            "Ångström",
            date(1980, 2, 29),
            datetime(2024, 2, 29, 12, tzinfo=timezone.utc),
            Decimal("12.50"),
            '{"k": [1, 2]}',
            b"\x00\xff",
            ["a", "b c"],
            UUID(int=7),
            "ok",
            (1, "x"),
            asyncpg.Range(1, 5),
        ),
    )
    statement = await connection.prepare("SELECT id, name, p, m, r FROM interop WHERE id = $1")
    show("parameters", [t.name for t in statement.get_parameters()])
    show("attributes", [(a.name, a.type.name) for a in statement.get_attributes()])
    for turn in range(3):
        show("prepared", [tuple(r) for r in await statement.fetch(turn)])
    await connection.executemany("INSERT INTO interop (id, name) VALUES ($1, $2)", [(n, f"n{n}") for n in range(10, 20)])
    await run("count", fetch("SELECT count(*), sum(id) FROM interop"))
    await run("executemany with an error", connection.executemany("INSERT INTO interop (id) VALUES ($1)", [(50,), (1,), (51,)]))
    await run("nothing of it", fetch("SELECT count(*) FROM interop WHERE id >= 50"))
    for query in ("SELECT * FROM nowhere", "SELECT 1/0", "INSERT INTO interop (id) VALUES (1)", "SELEC 1"):
        await run("error", fetch(query))
    try:
        async with connection.transaction(isolation="serializable"):
            await execute("DELETE FROM interop")
            raise ZeroDivisionError
    except ZeroDivisionError:
        await run("rolled back", fetch("SELECT count(*) FROM interop"))
    async with connection.transaction():
        try:
            async with connection.transaction():
                await execute("SELECT 1/0")
        except asyncpg.PostgresError as error:
            show("savepoint", error.sqlstate)
        await run("after the savepoint", fetch("SELECT count(*) FROM interop"))
        show("cursor", [r["g"] async for r in connection.cursor("SELECT g FROM generate_series(1, 25) g", prefetch=10)])
        cursor = await connection.cursor("SELECT g FROM generate_series(1, 9) g")
        show("cursor by hand", ([r[0] for r in await cursor.fetch(3)], await cursor.forward(2), (await cursor.fetchrow())[0]))
    copied = []

    async def collect(part):
        copied.append(part)

    await run("copy out", connection.copy_from_query("SELECT id, name FROM interop ORDER BY id", output=collect))
    show("copied out", b"".join(copied))
    copied.clear()
    await run("binary copy out", connection.copy_from_query("SELECT id FROM interop ORDER BY id", output=collect, format="binary"))
    show("copied out in binary", b"".join(copied).hex())
    await run("copy in", connection.copy_records_to_table("interop", records=[(30, "thirty"), (31, None)], columns=["id", "name"]))
    await run("bad copy in", connection.copy_records_to_table("interop", records=[(30, "again")], columns=["id", "name"]))
    await run("after copy", fetch("SELECT id, name FROM interop WHERE id >= 30 ORDER BY id"))
    heard = asyncio.Queue()
    await connection.add_listener("interop_asyncpg", lambda _c, _pid, channel, payload: heard.put_nowait((channel, payload)))
    await execute("SELECT pg_notify('interop_asyncpg', 'hi')")
    show("notification", await asyncio.wait_for(heard.get(), 10))
    await run("notice", execute("DO $$ BEGIN RAISE NOTICE 'n %', 1; END $$"))
    show("wide", sum(len(r[0]) for r in await fetch("SELECT repeat('x', 200000) FROM generate_series(1, 20)")))
    show("schema change", [tuple(r) for r in await statement.fetch(1)])
    await execute("ALTER TABLE interop ADD COLUMN extra int DEFAULT 5")
    await run("after schema change", fetch("SELECT * FROM interop WHERE id = 10"))
    try:
        await fetch("SELECT pg_sleep(30)", timeout=0.5)
    except asyncio.TimeoutError:
        show("timed out", True)
    await run("after the timeout", fetch("SELECT 1 AS still_here"))
    await run("reset", connection.reset())
    await run("drop", execute("DROP TABLE interop; DROP TYPE mood; DROP TYPE pair"))
    await connection.close()


asyncio.run(main())
