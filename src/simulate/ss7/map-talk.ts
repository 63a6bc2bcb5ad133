import {
  encodeCancelLocation,
  encodeCheckImei,
  encodeCheckImeiResult,
  encodeInsertSubscriberData,
  encodeMoForwardSM,
  encodeMtForwardSM,
  encodeProvideRoamingNumber,
  encodeProvideRoamingNumberResult,
  encodePurgeMS,
  encodeSendAuthenticationInfo,
  encodeSendAuthenticationInfoResult,
  encodeSendRoutingInfo,
  encodeSendRoutingInfoForSM,
  encodeSendRoutingInfoForSMResult,
  encodeSendRoutingInfoResult,
  encodeUpdateLocation,
  encodeUpdateLocationResult,
  encodeUssd,
  MapContext,
} from '../../ss7/tcap/map-encode.ts';
import type { ContextName } from '../../ss7/tcap/tcap-encode.ts';
import { encodeInvoke, encodeResult } from '../../ss7/tcap/tcap-encode.ts';
import { bytes } from './connection.ts';
import type { Ss7Context } from './context.ts';
import { Dialogue, Subsystem } from './dialogue.ts';
import type { Node } from './link.ts';
import type { Mobile } from './mobile.ts';
import type { Exchange } from './nodes.ts';
import type { Script } from './script.ts';

const MS = 1000;
/** Operation codes (3GPP TS 29.002 §17.5). */
const Operation = {
  updateLocation: 2,
  cancelLocation: 3,
  provideRoamingNumber: 4,
  insertSubscriberData: 7,
  sendRoutingInfo: 22,
  checkIMEI: 43,
  mtForwardSM: 44,
  sendRoutingInfoForSM: 45,
  moForwardSM: 46,
  sendAuthenticationInfo: 56,
  processUssd: 59,
  purgeMS: 67,
} as const;

/** Dialogues of MAP, each from its time (microseconds) to the time that is given back. */
export class MapTalk {
  private readonly context: Ss7Context;

  constructor(context: Ss7Context) {
    this.context = context;
  }

  /** The exchange asks for authentication vectors. */
  vectors(script: Script, time: number, exchange: Exchange, imsi: string): number {
    const { random, nodes } = this.context;
    const triplets = Array.from({ length: random.integer(1, 5) }, () => ({
      rand: bytes(random, 16),
      sres: bytes(random, 4),
      kc: bytes(random, 8),
    }));
    return this.ask(
      script,
      time,
      exchange,
      { node: exchange, ssn: Subsystem.vlr },
      { node: nodes.homeRegister, ssn: Subsystem.hlr },
      MapContext.infoRetrieval,
      Operation.sendAuthenticationInfo,
      encodeSendAuthenticationInfo({ imsi, vectors: triplets.length }),
      encodeSendAuthenticationInfoResult(triplets),
    );
  }

  /** A new register: location update with the subscriber's data, and the old one is told. */
  updateLocation(
    script: Script,
    time: number,
    mobile: Mobile,
    exchange: Exchange,
    before: Exchange | null,
    imeisv: boolean,
  ): number {
    const { random, nodes, numbers } = this.context;
    const { line, equipment } = mobile;
    const vlr = { node: exchange, ssn: Subsystem.vlr };
    const hlr = { node: nodes.homeRegister, ssn: Subsystem.hlr };
    const dialogue = new Dialogue(script, 'map', exchange, vlr, hlr, MapContext.networkLocUp, numbers, random);
    const argument = encodeUpdateLocation({
      imsi: line.imsi,
      msc: exchange.title,
      vlr: exchange.title,
      ...(imeisv ? { imeisv: equipment.imei + equipment.softwareVersion } : {}),
    });
    let at = dialogue.begin(time, [encodeInvoke(1, Operation.updateLocation, argument)]);
    at += random.between(15, 60) * MS;
    if (before !== null) {
      this.ask(
        script,
        at,
        before,
        hlr,
        { node: before, ssn: Subsystem.vlr },
        MapContext.locationCancellation,
        Operation.cancelLocation,
        encodeCancelLocation({ imsi: line.imsi }),
        undefined,
      );
    }
    const data = encodeInsertSubscriberData({ imsi: line.imsi, msisdn: line.number });
    at = dialogue.more(at, false, [encodeInvoke(1, Operation.insertSubscriberData, data)]);
    at = dialogue.more(at + random.between(8, 30) * MS, true, [encodeResult(1, Operation.insertSubscriberData)]);
    const result = encodeUpdateLocationResult({ hlr: nodes.homeRegister.title });
    return dialogue.finish(at + random.between(15, 50) * MS, false, [
      encodeResult(1, Operation.updateLocation, result),
    ]);
  }

  checkImei(script: Script, time: number, mobile: Mobile, exchange: Exchange): number {
    const { nodes } = this.context;
    return this.ask(
      script,
      time,
      exchange,
      { node: exchange, ssn: Subsystem.msc },
      { node: nodes.equipmentRegister, ssn: Subsystem.eir },
      MapContext.equipmentMngt,
      Operation.checkIMEI,
      encodeCheckImei({ imei: `${mobile.equipment.imei}0` }),
      encodeCheckImeiResult({ status: 0 }),
    );
  }

  purge(script: Script, time: number, imsi: string, exchange: Exchange): number {
    const { nodes } = this.context;
    return this.ask(
      script,
      time,
      exchange,
      { node: exchange, ssn: Subsystem.vlr },
      { node: nodes.homeRegister, ssn: Subsystem.hlr },
      MapContext.msPurging,
      Operation.purgeMS,
      encodePurgeMS({ imsi, vlr: exchange.title }),
      undefined,
    );
  }

  /** Where a call goes to: the home register asks the visited one for a roaming number. */
  route(script: Script, time: number, mobile: Mobile): number {
    const { random, nodes, numbers, numbering } = this.context;
    const { gateway, homeRegister } = nodes;
    const { exchange } = mobile.registered.controller;
    const { imsi, number } = mobile.line;
    const hlr = { node: homeRegister, ssn: Subsystem.hlr };
    const gmsc = { node: gateway, ssn: Subsystem.msc };
    const dialogue = new Dialogue(script, 'map', gateway, gmsc, hlr, MapContext.locationInfoRetrieval, numbers, random);
    let at = dialogue.begin(time, [
      encodeInvoke(1, Operation.sendRoutingInfo, encodeSendRoutingInfo({ msisdn: number, gmsc: gateway.title })),
    ]);
    const roaming = exchange.title.slice(0, numbering.home.code.length + 3) + random.digits(7);
    at = this.ask(
      script,
      at + random.between(8, 30) * MS,
      exchange,
      hlr,
      { node: exchange, ssn: Subsystem.vlr },
      MapContext.roamingNumberEnquiry,
      Operation.provideRoamingNumber,
      encodeProvideRoamingNumber({ imsi, msc: exchange.title, msisdn: number, gmsc: gateway.title }),
      encodeProvideRoamingNumberResult({ roaming }),
    );
    return dialogue.finish(at + random.between(8, 30) * MS, false, [
      encodeResult(1, Operation.sendRoutingInfo, encodeSendRoutingInfoResult({ imsi, roaming, vmsc: exchange.title })),
    ]);
  }

  /** A short message on its way to the service centre. */
  submit(script: Script, time: number, mobile: Mobile, exchange: Exchange, tpdu: Buffer): number {
    const { nodes } = this.context;
    const { imsi, number } = mobile.line;
    return this.ask(
      script,
      time,
      exchange,
      { node: exchange, ssn: Subsystem.msc },
      { node: nodes.serviceCentre, ssn: Subsystem.msc },
      MapContext.shortMsgMoRelay,
      Operation.moForwardSM,
      encodeMoForwardSM({ serviceCentre: nodes.serviceCentre.title, msisdn: number, tpdu, imsi }),
      undefined,
    );
  }

  /** The service centre asks where a short message goes. */
  routeText(script: Script, time: number, mobile: Mobile): number {
    const { nodes } = this.context;
    const { serviceCentre, homeRegister } = nodes;
    const { imsi, number } = mobile.line;
    return this.ask(
      script,
      time,
      serviceCentre,
      { node: serviceCentre, ssn: Subsystem.msc },
      { node: homeRegister, ssn: Subsystem.hlr },
      MapContext.shortMsgGateway,
      Operation.sendRoutingInfoForSM,
      encodeSendRoutingInfoForSM({ msisdn: number, serviceCentre: serviceCentre.title }),
      encodeSendRoutingInfoForSMResult({ imsi, msc: mobile.registered.controller.exchange.title }),
    );
  }

  /** The service centre hands a short message to the exchange. @returns a function that ends it at a time */
  deliver(script: Script, time: number, mobile: Mobile, tpdu: Buffer): (end: number) => void {
    const { random, nodes, numbers } = this.context;
    const { serviceCentre } = nodes;
    const { exchange } = mobile.registered.controller;
    const dialogue = new Dialogue(
      script,
      'map',
      exchange,
      { node: serviceCentre, ssn: Subsystem.msc },
      { node: exchange, ssn: Subsystem.msc },
      MapContext.shortMsgMtRelay,
      numbers,
      random,
    );
    const argument = encodeMtForwardSM({ imsi: mobile.line.imsi, serviceCentre: serviceCentre.title, tpdu });
    dialogue.begin(time, [encodeInvoke(1, Operation.mtForwardSM, argument)]);
    return (end) => {
      dialogue.finish(end, false, [encodeResult(1, Operation.mtForwardSM)]);
    };
  }

  ussd(script: Script, time: number, mobile: Mobile, exchange: Exchange, code: string, answer: string): number {
    const { nodes } = this.context;
    return this.ask(
      script,
      time,
      exchange,
      { node: exchange, ssn: Subsystem.vlr },
      { node: nodes.homeRegister, ssn: Subsystem.hlr },
      MapContext.networkUnstructuredSs,
      Operation.processUssd,
      encodeUssd({ text: code, msisdn: mobile.line.number }),
      encodeUssd({ text: answer }),
      mobile.line.imsi,
    );
  }

  /** One question and its answer. */
  private ask(
    script: Script,
    time: number,
    exchange: Exchange,
    from: { node: Node; ssn: number },
    to: { node: Node; ssn: number },
    context: ContextName,
    operation: number,
    argument: Buffer,
    result: Buffer | undefined,
    referenceImsi?: string,
  ): number {
    const { random, numbers } = this.context;
    const dialogue = new Dialogue(script, 'map', exchange, from, to, context, numbers, random);
    dialogue.begin(time, [encodeInvoke(1, operation, argument)], referenceImsi);
    const at = time + random.between(12, 70) * MS;
    return dialogue.finish(at, false, [encodeResult(1, operation, result)]);
  }
}
