-- Every command of psql 15 that looks at the catalog, on the objects of objects.sql.
\set VERBOSITY verbose
\pset pager off
SET search_path TO shop, public;
\echo == relations
\d
\d+
\dS pg_cl*
\d customers
\d+ customers
\d+ shop.*
\d orders
\d events
\d+ events_2024
\d happy
\d+ fenced
\d+ totals
\d numbers
\d+ typed
\d hosts
\d+ customers_tags
\d nowhere
\d pg_catalog.pg_class
\d+ pg_catalog.pg_settings
\d information_schema.tables
\dt
\dt+ *.*
\dtvmsE shop.*
\dv+
\dm+
\di+
\ds+
\dE+
\dP
\dP+
\dPn+ shop.*
\dPt
\dPi
\echo == functions
\df
\df+
\df shop.*
\dfa+
\dfn shop.*
\dfp+
\dft+
\dfw pg_catalog.r*
\df+ pg_catalog.array_*
\df pg_catalog.abs integer
\da shop.*
\da+ pg_catalog.s*
\sf shop.greet
\sf+ shop.greet(text)
\sf shop.stamp
\sf shop.nothing
\sf shop.missing
\sv shop.happy
\sv+ shop.fenced
\sv shop.customers
\echo == types and operators
\dT
\dT+ shop.*
\dTS+ pg_catalog.int*
\dD
\dD+ shop.*
\do
\do+ shop.*
\do pg_catalog.+ integer
\doS+ =
\dC
\dC+ *
\dc
\dc+ shop.*
\dO
\dO+ shop.*
\dOS pg_catalog.C*
\dA
\dA+
\dAc
\dAc+ btree integer
\dAf
\dAf+ btree shop.*
\dAo btree shop.*
\dAo+ hash integer_ops
\dAp
\dAp+ btree integer_ops
\echo == text search
\dF
\dF+ shop.*
\dF+ english
\dFd
\dFd+ shop.*
\dFp
\dFp+
\dFt
\dFt+
\echo == access
\dn
\dn+
\dnS+
\dp
\dp shop.*
\z shop.customers
\ddp
\ddp shop
\du nobody*
\du+ pg_read*
\dg pg_w*
\drds nobody*
\echo == the rest
\dx
\dx+ hstore
\dL
\dLS+
\dX
\dX shop.*
\dy
\dy+
\dRp
\dRp+
\dRs
\dRs+
\des
\des+
\det
\det+ shop.*
\deu
\deu+
\dew
\dew+
\dd
\dd shop.*
\dl
\dl+
\lo_list
\lo_list+
\db
\db+
\dconfig search_path
\dconfig+ *work_mem
\l template0
\l+ template0
\echo == other forms
\dt nowhere.*
\d "no ""such"" thing"
\dt "shop"."cust*"
\dt ""
\d other.shop.customers
\pset format unaligned
\pset tuples_only on
\dt+ shop.orders
\pset tuples_only off
\x on
\d shop.orders
\dn shop
\x off
