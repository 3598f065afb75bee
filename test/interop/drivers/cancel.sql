\set VERBOSITY verbose
\echo started
SELECT pg_sleep(60) /* to be cancelled */;
