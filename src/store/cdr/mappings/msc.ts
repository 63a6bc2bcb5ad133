/** Records of a mobile switching centre. */
export const MSC = `# Call and message records of a mobile switching centre, one row a record and one column a field, with the field names of
# 3GPP TS 32.298 §5.1.2 (CS domain CDR parameters; which records there are: TS 32.250 §5 and §6.1). The standard prescribes
# ASN.1; this is the CSV that decoders and mediation make of it. Change names, bases and the time format to what yours writes.
schema: catpool.cdr-mapping/1
describe: Records of an MSC server with the field names of 3GPP TS 32.298 (MOC, MTC, SMS)
file:
  encoding: utf-8
  delimiter: ","
  quote: '"'
  header: true
  missing: ["NULL"]
interface: bssap
# TimeStamp is YYMMDDhhmmssShhmm: it says its own offset from UTC.
columns:
  line: servedMSISDN
  imsi: servedIMSI
  imei: { column: servedIMEI, optional: true }
  lac: { column: locationAreaCode, optional: true }
  cell: { column: cellIdentifier, optional: true }
  visited: { column: recordingEntity, optional: true }
records:
  # CallEventRecordType: 0 moCallRecord, 1 mtCallRecord, 6 moSMSRecord, 7 mtSMSRecord; the others are of trunks and of services.
  column: recordType
  unlisted: skip
  types:
    # seizureTime may be there for attempts alone, answerTime for answered calls alone: a call began with the first that is there.
    "0":
      kind: leg
      direction: originating
      columns: &call
        counterpart: calledNumber
        time: { column: seizureTime, format: yyMMddHHmmssZ, optional: true }
        answer_time: { column: answerTime, format: yyMMddHHmmssZ, optional: true }
        end_time: { column: releaseTime, format: yyMMddHHmmssZ, optional: true }
        duration: { column: callDuration, unit: s }
        # CauseForTerm. Partial records (1, 2) of a long call must have been put together before.
        outcome:
          column: causeForTerm
          optional: true
          values: { "0": answered, "1": answered, "2": answered, "3": failed, "4": answered, "5": answered }
    "1":
      kind: leg
      direction: terminating
      columns:
        <<: *call
        counterpart: callingNumber
    "6":
      kind: sms
      direction: originating
      columns:
        counterpart: { column: destinationNumber, optional: true }
        time: { column: originationTime, format: yyMMddHHmmssZ, optional: true }
    "7":
      kind: sms
      direction: terminating
      columns:
        # Not in the standard's record; many write it.
        counterpart: { column: originatingNumber, optional: true }
        time: { column: deliveryTime, format: yyMMddHHmmssZ, optional: true }
`;
