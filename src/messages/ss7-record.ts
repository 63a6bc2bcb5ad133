import { mncDigits } from '../base/cells.ts';
import { isoTime } from '../base/time.ts';
import { endpointText } from '../network/address.ts';
import { type Payload, TRANSPORT_NAMES, Transport } from '../network/payload.ts';
import { alphabetText } from '../ss7/alphabet.ts';
import { diameterTypeName } from '../ss7/diameter/diameter-names.ts';
import { digitsText, signalsText } from '../ss7/digits.ts';
import { isupTypeName } from '../ss7/isup/isup.ts';
import {
  type Bytes,
  type CellView,
  type Diameter,
  NO_INVOKE,
  type Operation,
  type Radio,
  type Sccp,
  type Sgsap,
  type Ss7Message,
  type Tcap,
} from '../ss7/message.ts';
import { radioTypeName } from '../ss7/radio/bssap.ts';
import { nasTypeName } from '../ss7/radio/nas.ts';
import { sgsapTypeName } from '../ss7/radio/sgsap-names.ts';
import { sccpTypeName } from '../ss7/sccp/sccp.ts';
import { capOperationName } from '../ss7/tcap/cap.ts';
import { inapOperationName } from '../ss7/tcap/inap.ts';
import { mapOperationName } from '../ss7/tcap/map.ts';
import { tcapTypeName } from '../ss7/tcap/tcap.ts';

/** Columns of `catpool.message/1` that SS7 messages fill in besides those they share with SIP. */
export const SS7_COLUMNS = {
  opc: 'integer',
  dpc: 'integer',
  cic: 'integer',
  calling: 'text',
  called: 'text',
  dialled: 'text',
  connected: 'text',
  charge: 'text',
  original_called: 'text',
  redirecting: 'text',
  generic: 'text',
  subsequent: 'text',
  calling_gt: 'text',
  called_gt: 'text',
  calling_ssn: 'integer',
  called_ssn: 'integer',
  connection: 'text',
  otid: 'text',
  dtid: 'text',
  context: 'text',
  component: 'text',
  invoke_id: 'integer',
  operation: 'text',
  opcode: 'integer',
  error: 'integer',
  imsi: 'text',
  msisdn: 'text',
  imei: 'text',
  imeisv: 'text',
  tmsi: 'text',
  roaming: 'text',
  forwarded_to: 'text',
  msc: 'text',
  vlr: 'text',
  sgsn: 'text',
  hlr: 'text',
  gmsc: 'text',
  service_centre: 'text',
  sms_address: 'text',
  sms_length: 'integer',
  cell: 'text',
  mcc: 'text',
  mnc: 'text',
  lac: 'integer',
  ci: 'integer',
  ss_code: 'integer',
  service_key: 'integer',
  event: 'integer',
  leg: 'integer',
  elapsed: 'integer',
  equipment_status: 'integer',
  lu_type: 'integer',
  service: 'integer',
  reject: 'integer',
  classmark: 'text',
  session: 'text',
  origin_host: 'text',
  result: 'integer',
  location_area: 'text',
} as const;

/** Component kinds of Q.773 §4.2.2. */
const COMPONENT_NAMES: Record<number, string> = {
  1: 'invoke',
  2: 'returnResultLast',
  3: 'returnError',
  4: 'reject',
  7: 'returnResultNotLast',
};

/** The record of one SS7 message or component: texts as sent. What is not in the message is null. */
export function ss7Record(
  message: Ss7Message,
  payload: Payload,
  duplicate: boolean,
  capture: string,
): Record<string, unknown> {
  const { protocol, msu } = message;
  const record: Record<string, unknown> = {
    capture,
    frame: payload.frame,
    time: isoTime(payload.seconds, payload.nanoseconds),
    source: endText(payload, true, msu.opc),
    destination: endText(payload, false, msu.dpc),
    protocol,
    type: null,
    duplicate: duplicate ? true : null,
    transport: TRANSPORT_NAMES[payload.transport],
    opc: given(msu.opc),
    dpc: given(msu.dpc),
  };
  switch (protocol) {
    case 'isup':
    case 'bicc':
      isupFields(record, message);
      break;
    case 'tcap':
    case 'map':
    case 'cap':
    case 'inap':
      sccpFields(record, message.sccp);
      tcapFields(record, message);
      break;
    case 'bssap':
    case 'ranap':
      sccpFields(record, message.sccp);
      record.connection = connectionText(message, payload);
      radioFields(record, message.radio);
      break;
    case 'diameter':
      diameterFields(record, message.diameter);
      break;
    case 'sgsap':
      sgsapFields(record, message.sgsap);
      break;
    case 'sccp':
    case 'sua':
      sccpFields(record, message.sccp);
      record.type = sccpTypeName(message.sccp.type);
      record.connection = connectionText(message, payload);
      record.cause = given(message.sccp.cause);
  }
  record.stop = message.stop;
  return record;
}

function isupFields(record: Record<string, unknown>, { isup }: Ss7Message): void {
  record.type = isupTypeName(isup);
  record.cic = given(isup.cic);
  record.calling = signalsText(isup.calling);
  record.called = signalsText(isup.called);
  record.dialled = signalsText(isup.dialled);
  record.connected = signalsText(isup.connected);
  record.charge = signalsText(isup.charge);
  record.original_called = signalsText(isup.originalCalled);
  record.redirecting = signalsText(isup.redirecting);
  record.generic = signalsText(isup.generic);
  record.subsequent = signalsText(isup.subsequent);
  record.event = given(isup.event);
  record.cause = given(isup.cause);
}

function sccpFields(record: Record<string, unknown>, { calling, called }: Sccp): void {
  record.calling_gt = digitsText(calling.title);
  record.called_gt = digitsText(called.title);
  record.calling_ssn = given(calling.ssn);
  record.called_ssn = given(called.ssn);
}

function tcapFields(record: Record<string, unknown>, message: Ss7Message): void {
  const { protocol, tcap, component, operation } = message;
  record.type = tcapTypeName(tcap);
  record.otid = hexText(tcap.originating);
  record.dtid = hexText(tcap.destination);
  record.context = contextText(tcap);
  if (message.index < 0) return;
  record.component = COMPONENT_NAMES[component.type] ?? null;
  record.invoke_id = component.invokeId === NO_INVOKE ? null : component.invokeId;
  record.opcode = given(component.opcode);
  record.error = given(component.error);
  if (protocol === 'tcap') return;
  if (component.opcode >= 0) record.operation = operationName(protocol, component.opcode);
  operationFields(record, operation);
}

function operationName(protocol: string, opcode: number): string | null {
  if (protocol === 'cap') return capOperationName(opcode);
  return protocol === 'inap' ? inapOperationName(opcode) : mapOperationName(opcode);
}

function operationFields(record: Record<string, unknown>, operation: Operation): void {
  record.imsi = digitsText(operation.imsi);
  record.msisdn = digitsText(operation.msisdn);
  record.imei = digitsText(operation.imei);
  record.calling = digitsText(operation.calling);
  record.called = digitsText(operation.called);
  record.original_called = digitsText(operation.originalCalled);
  record.redirecting = digitsText(operation.redirecting);
  record.roaming = digitsText(operation.roaming);
  record.forwarded_to = digitsText(operation.forwardedTo);
  record.msc = digitsText(operation.msc);
  record.vlr = digitsText(operation.vlr);
  record.sgsn = digitsText(operation.sgsn);
  record.hlr = digitsText(operation.hlr);
  record.gmsc = digitsText(operation.gmsc);
  record.service_centre = digitsText(operation.serviceCentre);
  record.sms_address = digitsText(operation.smsAddress) ?? alphabetText(operation.smsName);
  record.sms_length = given(operation.smsLength);
  cellFields(record, operation.cell);
  record.tmsi = hexText(operation.tmsi);
  record.ss_code = given(operation.ssCode);
  record.service_key = given(operation.serviceKey);
  record.event = given(operation.eventType);
  record.leg = given(operation.leg);
  record.cause = given(operation.cause);
  record.elapsed = given(operation.elapsed);
  record.equipment_status = given(operation.equipmentStatus);
  record.classmark = hexText(operation.classmark);
}

function radioFields(record: Record<string, unknown>, radio: Radio): void {
  const { nas } = radio;
  record.type = radioTypeName(radio);
  record.imsi = digitsText(radio.imsi) ?? digitsText(nas.imsi);
  record.imei = digitsText(nas.imei);
  record.imeisv = digitsText(radio.imeisv) ?? digitsText(nas.imeisv);
  const tmsi = radio.tmsi >= 0 ? radio.tmsi : nas.tmsi;
  record.tmsi = tmsi < 0 ? null : tmsi.toString(16).padStart(8, '0');
  record.calling = digitsText(nas.calling);
  record.called = digitsText(nas.called);
  record.redirecting = digitsText(nas.redirecting);
  record.forwarded_to = digitsText(nas.forwardedTo);
  record.sms_address = digitsText(nas.smsAddress) ?? alphabetText(nas.smsName);
  record.sms_length = given(nas.smsLength);
  record.service_centre = digitsText(nas.serviceCentre);
  const { cell } = radio;
  cellFields(record, cell.ci >= 0 || cell.lac >= 0 || cell.mcc >= 0 ? cell : nas.area);
  record.ss_code = given(nas.ssCode);
  record.lu_type = given(nas.luType);
  record.service = given(nas.service);
  record.reject = given(nas.reject);
  record.cause = given(radio.cause >= 0 ? radio.cause : nas.cause);
  record.classmark = hexText(radio.classmark) ?? hexText(nas.classmark);
}

function diameterFields(record: Record<string, unknown>, diameter: Diameter): void {
  record.type = diameterTypeName(diameter.command, diameter.isRequest);
  record.opcode = given(diameter.command);
  record.context = given(diameter.application)?.toString() ?? null;
  record.session = asciiText(diameter.session);
  record.origin_host = asciiText(diameter.originHost);
  record.result = given(diameter.result);
  record.imsi = asciiText(diameter.imsi);
  record.msisdn = digitsText(diameter.msisdn);
  record.imei = asciiText(diameter.imei);
  record.equipment_status = given(diameter.equipmentStatus);
  cellFields(record, diameter.cell);
}

function sgsapFields(record: Record<string, unknown>, sgsap: Sgsap): void {
  const { nas, area, tmsi } = sgsap;
  record.type = sgsapTypeName(sgsap.type);
  if (nas.discriminator >= 0) record.operation = nasTypeName(nas);
  record.origin_host = labelsText(sgsap.mmeName);
  record.vlr = labelsText(sgsap.vlrName);
  record.imsi = digitsText(sgsap.imsi);
  record.imeisv = digitsText(sgsap.imeisv);
  record.tmsi = tmsi < 0 ? null : tmsi.toString(16).padStart(8, '0');
  record.calling = digitsText(sgsap.calling);
  record.sms_address = digitsText(nas.smsAddress) ?? alphabetText(nas.smsName);
  record.sms_length = given(nas.smsLength);
  record.service_centre = digitsText(nas.serviceCentre);
  cellFields(record, sgsap.cell);
  if (area.lac >= 0)
    record.location_area = `${String(area.mcc).padStart(3, '0')}-${String(area.mnc).padStart(area.mncDigits, '0')}-${area.lac}`;
  record.lu_type = given(sgsap.updateType);
  record.service = given(sgsap.service);
  record.reject = given(sgsap.reject);
  record.cause = given(sgsap.cause >= 0 ? sgsap.cause : nas.cause);
  record.classmark = hexText(sgsap.classmark);
}

function cellFields(record: Record<string, unknown>, { mcc, mnc, mncDigits: digits, lac, ci }: CellView): void {
  const country = mcc < 0 ? null : String(mcc).padStart(3, '0');
  const network = mnc < 0 || country === null ? null : String(mnc).padStart(digits || mncDigits(country), '0');
  record.mcc = country;
  record.mnc = network;
  record.lac = given(lac);
  record.ci = given(ci);
  record.cell = network !== null && lac >= 0 && ci >= 0 ? `${country}-${network}-${lac}-${ci}` : null;
}

/**
 * Point code and local reference, `100:5`, of the end of a connection that a message names; of both ends where it names both
 * (`100:5 200:9`), the one that sent it first: so all messages of a connection can be brought together. Null of connectionless ones.
 */
function connectionText({ msu, sccp }: Ss7Message, payload: Payload): string | null {
  const source = sccp.sourceReference < 0 ? null : `${ownerText(payload, true, msu.opc)}:${sccp.sourceReference}`;
  if (sccp.destinationReference < 0) return source;
  const destination = `${ownerText(payload, false, msu.dpc)}:${sccp.destinationReference}`;
  return source === null ? destination : `${source} ${destination}`;
}

function ownerText(payload: Payload, source: boolean, pointCode: number): string {
  return pointCode >= 0 ? String(pointCode) : (endText(payload, source, pointCode) ?? '-');
}

/** IP address and port, or the point code on a link that has none. */
function endText(payload: Payload, source: boolean, pointCode: number): string | null {
  const { header, addressLength, transport } = payload;
  if (transport >= Transport.mtp2) return pointCode < 0 ? null : String(pointCode);
  return source
    ? endpointText(header, payload.sourceAt, addressLength, payload.sourcePort)
    : endpointText(header, payload.destinationAt, addressLength, payload.destinationPort);
}

/** Application context name as dotted arcs (3GPP TS 29.002 §17.1.6, 29.078 §4.4). */
function contextText({ context, contextVersion, contextArc }: Tcap): string | null {
  if (context < 0) return null;
  return contextArc > 0xff
    ? `inap ${context}.${contextVersion}`
    : `0.4.0.0.1.${contextArc}.${context}.${contextVersion}`;
}

/** Characters as sent, those that are no ASCII made `?`. */
function asciiText({ data, start, end }: Bytes): string | null {
  return start < end ? data.toString('latin1', start, end).replaceAll(/[^\x20-\x7e]/g, '?') : null;
}

/** Labels of a domain name (RFC 1035 §3.1) with dots between them; a name that is written out, as it is. */
function labelsText(name: Bytes): string | null {
  const { data, start, end } = name;
  if (start >= end || data[start]! >= 0x20) return asciiText(name);
  const labels: string[] = [];
  for (let at = start; at < end && data[at]! > 0; at += 1 + data[at]!)
    labels.push(data.toString('latin1', at + 1, Math.min(end, at + 1 + data[at]!)));
  return labels.length === 0 ? null : labels.join('.').replaceAll(/[^\x20-\x7e]/g, '?');
}

function hexText({ data, start, end }: Bytes): string | null {
  return start < end ? data.toString('hex', start, end) : null;
}

function given(value: number): number | null {
  return value < 0 ? null : value;
}
