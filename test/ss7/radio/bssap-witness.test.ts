import { describe, expect, it } from 'vitest';
import { tsharkLayers } from '../../support/layers.ts';
import { SubsystemNumber, unitdata } from '../../support/radio.ts';
import { BSSAP, RANAP } from '../../support/radio-messages.ts';
import { compareRadio } from '../../support/radio-witness.ts';
import { sharedCapture } from '../../support/shared.ts';
import { withCapture } from '../../support/ss7.ts';
import { tsharkFields } from '../../support/tshark.ts';

const WIRESHARK = 'ajbanjara+Wireshark';

/** Counts that the README of the capture gives. */
const OSMOCOM_NAMES = {
  reset: 2,
  resetAcknowledge: 2,
  completeLayer3Information: 62 + 8,
  authenticationRequest: 62,
  authenticationResponse: 62,
  classmarkUpdate: 62,
  commonId: 62,
  identityRequest: 10,
  identityResponse: 10,
  locationUpdatingAccept: 10,
  tmsiReallocationComplete: 10,
  clearCommand: 70,
  clearComplete: 70,
  cmServiceAccept: 28,
  setup: 45,
  callProceeding: 23,
  callConfirmed: 21,
  paging: 24,
  assignmentRequest: 44,
  assignmentComplete: 43,
  alerting: 42,
  connect: 36,
  connectAcknowledge: 36,
  disconnect: 42,
  release: 45,
  releaseComplete: 44,
  startDtmf: 1,
  startDtmfReject: 1,
  hold: 1,
  holdReject: 1,
  cpData: 12,
  cpAck: 12,
  ssRegister: 2,
  ssReleaseComplete: 2,
  cipherModeCommand: 1,
  cipherModeComplete: 1,
};

describe('BSSAP and layer 3 as tshark reads them', () => {
  it.each([
    ['osmocom-virtual', 'a-interface-main-msc.pcap', 1009],
    ['osmocom-virtual', 'a-interface-main-bsc1.pcap', 500],
    ['osmocom-virtual', 'a-interface-main-bsc2.pcap', 500],
    [WIRESHARK, 'GSM_BCC.pcap', 4],
    [WIRESHARK, 'GSM_GCC.pcapng', 5],
    [WIRESHARK, 'gsm-r.uus1.pcap', 9],
  ])('%s/%s', (folder, name, least) => {
    const layers = tsharkLayers(sharedCapture('ss7', folder, name), 'bssap', 'bssap');
    const { messages, fields, wrong, names } = compareRadio(layers, 'bssap');
    console.info(`${name}: ${fields} fields of ${messages} messages compared`);
    expect(wrong).toEqual([]);
    expect(messages).toBeGreaterThanOrEqual(least);
    expect(fields).toBeGreaterThan(messages);
    expect(names).not.toHaveProperty('unknown');
    if (name === 'a-interface-main-msc.pcap') expect(names).toEqual(OSMOCOM_NAMES);
  });

  it('what is written here: every field, and nothing that it marks as wrong', () => {
    const units = BSSAP.map(([, bytes]) => unitdata(SubsystemNumber.bssap, bytes));
    withCapture(142, units, (file) => {
      const { messages, fields, wrong } = compareRadio(tsharkLayers(file, 'bssap', 'bssap'), 'bssap');
      console.info(`written BSSAP: ${fields} fields of ${messages} messages compared`);
      expect(wrong).toEqual([]);
      expect(messages).toBe(BSSAP.length);
      expect(
        tsharkFields(file, '_ws.expert.severity >= "Note" || _ws.malformed', ['frame.number', '_ws.expert.message']),
      ).toEqual([]);
    });
  });
});

describe('layer 3 from nearer to the phone, as tshark reads it', () => {
  /** Mobility management and calls; what has no number in it is named elsewhere. */
  const filter = '(gsm_a.dtap.msg_mm_type || (gsm_a.dtap.msg_cc_type && gsm_a.dtap.msg_cc_type != 0x3a)) && !bssap';

  it.each([
    ['osmocom-virtual', 'raw-main.pcap', 577],
    ['osmocom+libosmo-netif', 'rtp-nanobts-2-phones-amr.pcap', 15],
    ['P1sec+QCSuper', 'sample_2g_3g_4g_xperia_with_sib_and_nas.pcap', 40],
    [WIRESHARK, 'iPhone_A_bis_card.pcap', 6],
  ])('%s/%s', (folder, name, least) => {
    const layers = tsharkLayers(sharedCapture('ss7', folder, name), 'gsm_a.dtap', filter);
    const { messages, fields, wrong, names } = compareRadio(layers, 'gsm_a.dtap');
    console.info(`${name}: ${fields} fields of ${messages} messages compared`);
    expect(wrong).toEqual([]);
    expect(messages).toBeGreaterThanOrEqual(least);
    expect(names).not.toHaveProperty('unknown');
  });
});

describe('RANAP as tshark reads it', () => {
  it.each([
    [WIRESHARK, 'Mobile-Originating-Call(AMR).pcap', 15],
    [WIRESHARK, 'RUA.pcap', 1],
  ])('%s/%s', (folder, name, least) => {
    const layers = tsharkLayers(sharedCapture('ss7', folder, name), 'ranap', 'ranap');
    const { messages, fields, wrong, names } = compareRadio(layers, 'ranap');
    console.info(`${name}: ${fields} fields of ${messages} messages compared`);
    expect(wrong).toEqual([]);
    expect(messages).toBeGreaterThanOrEqual(least);
    expect(names).not.toHaveProperty('unknown');
  });

  it('what is written here: every field, and nothing that it marks as wrong', () => {
    const units = RANAP.map(([, bytes]) => unitdata(SubsystemNumber.ranap, bytes));
    withCapture(142, units, (file) => {
      const { messages, fields, wrong } = compareRadio(tsharkLayers(file, 'ranap', 'ranap'), 'ranap');
      console.info(`written RANAP: ${fields} fields of ${messages} messages compared`);
      expect(wrong).toEqual([]);
      expect(messages).toBe(RANAP.length);
      expect(
        tsharkFields(file, '_ws.expert.severity >= "Note" || _ws.malformed', ['frame.number', '_ws.expert.message']),
      ).toEqual([]);
    });
  });
});
