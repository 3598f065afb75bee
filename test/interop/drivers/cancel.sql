\set VERBOSITY verbose
\echo started
SELECT pg_sleep(60) /* to be cancelled */;
SELECT 'still connected' AS after;
