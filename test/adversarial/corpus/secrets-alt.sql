-- Other values in the secret columns, and nothing else: what a client sees must not change.
SET session_replication_role = replica;
UPDATE crm.client SET mail = 'othr' || (9 - id) || '@place.example', tax = 'TX-83' || (20 - id) || '-WWKM',
  born = make_date(1990 - id, 7, 20 - id), balance = 1230000 - id * 3.5, score = 424000 - id, ratio = 0.125 * id,
  vip = id % 2 = 1, doc = jsonb_build_object('diagnosis', 'OTHRDOC' || (9 - id), 'deep', jsonb_build_array(jsonb_build_object('k', 'OTHRDEEP' || (9 - id)))),
  phones = ARRAY['+41-OTHR-' || (9 - id), '+39-OTHR-' || (9 - id)], home = ROW('OTHRSTREET ' || (9 - id), 11000 - id)::crm.address,
  photo = convert_to('OTHRPHOTO' || (9 - id), 'UTF8'), token = ('feedface-0000-4000-8000-00000000000' || (9 - id))::uuid,
  host = ('10.11.22.' || 50 - id)::inet, span = int4range(331000 - id, 332000 - id),
  seen = timestamptz '2001-01-01 01:01:00+00' - id * interval '1 minute', attrs = hstore('pin', 'OTHRPIN' || (9 - id)),
  memo = xmlelement(name m, 'OTHRXML' || (9 - id)), bits = (9999 - id)::bit(16), fee = (52525 - id)::money;
UPDATE crm.account SET pan = '5222-OTHR-00' || (40 - id);
UPDATE crm.visit SET remark = 'OTHRREMARK' || (9 - id);
UPDATE hr.person SET badge = 'OTHRBADGE' || (9 - id);
UPDATE hr.staff SET salary = 660000 - id;
SELECT lo_put(515151, 0, convert_to('OTHRLOB', 'UTF8'));
SET session_replication_role = DEFAULT;
REFRESH MATERIALIZED VIEW crm.copy;
