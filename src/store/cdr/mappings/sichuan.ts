/** What both files of the layout have in common. */
const HEAD = `# Layout of the 2020 Digital Sichuan Innovation Competition (telecom fraud), as the public solutions read it: train_voc.csv and
# train_sms.csv. Numbers and IMEIs are digests, so nothing is known of neighbouring numbers or of makes of device.
# calltype_id: 1 by the subscriber, 2 to the subscriber, 3 (calls) forwarded.
`;
const FILE = `file: { encoding: utf-8, delimiter: ",", quote: '"', header: true }
interface: bssap
time_zone: Asia/Shanghai
numbers: opaque
`;

/** Its calls. */
export const SICHUAN_VOICE = `${HEAD}# city_name and county_name are left out: a county is no cell, and everybody seems to stand still in one. For a model of your
# own add under columns:   cell: county_name
schema: catpool.cdr-mapping/1
describe: Calls of the Sichuan layout, phone_no_m to imei_m
${FILE}columns:
  line: phone_no_m
  counterpart: opposite_no_m
  imei: imei_m
  time: { column: start_datetime, format: yyyy-MM-dd HH:mm:ss }
  duration: { column: call_dur, unit: s }
records:
  column: calltype_id
  types:
    "1": { kind: leg, direction: originating }
    "2": { kind: leg, direction: terminating }
    "3": { kind: leg, direction: terminating, outcome: redirected }
`;

/** Its short messages. */
export const SICHUAN_SMS = `${HEAD}schema: catpool.cdr-mapping/1
describe: Short messages of the Sichuan layout, phone_no_m to request_datetime
${FILE}columns:
  line: phone_no_m
  counterpart: opposite_no_m
  time: { column: request_datetime, format: yyyy-MM-dd HH:mm:ss }
records:
  column: calltype_id
  types:
    "1": { kind: sms, direction: originating }
    "2": { kind: sms, direction: terminating }
`;
