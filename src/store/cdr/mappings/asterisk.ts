/** Records of an Asterisk server. */
export const ASTERISK = `# Master.csv of Asterisk's cdr_csv: no line of names, these columns in this order (comment in cdr/cdr_csv.c; the fields are
# described at docs.asterisk.org, "CDR"). uniqueid and userfield follow where cdr.conf says loguniqueid and loguserfield.
# The record is the caller's; the line that was called is given the same call by its number. Give --own-prefixes when scoring.
# Times are the server's local time, or UTC with usegmtime=yes: say which with time_zone here or with --time-zone.
schema: catpool.cdr-mapping/1
describe: Master.csv of Asterisk's cdr_csv, caller's view; needs --time-zone
file:
  encoding: utf-8
  delimiter: ","
  quote: '"'
  header:
    - accountcode
    - src
    - dst
    - dcontext
    - clid
    - channel
    - dstchannel
    - lastapp
    - lastdata
    - start
    - answer
    - end
    - duration
    - billsec
    - disposition
    - amaflags
    - uniqueid
    - userfield
interface: sip
records: { kind: leg, direction: originating }
columns:
  line: src
  counterpart: dst
  time: { column: start, format: yyyy-MM-dd HH:mm:ss }
  answer_time: { column: answer, format: yyyy-MM-dd HH:mm:ss }
  end_time: { column: end, format: yyyy-MM-dd HH:mm:ss }
  duration: { column: billsec, unit: s }
  outcome:
    column: disposition
    values: { ANSWERED: answered, NO ANSWER: no_answer, BUSY: busy, FAILED: failed, CONGESTION: failed }
`;
