/**
 * Bounds of every table that grows with input, per capture. Each is an option of the command line (`--limit name=value`),
 * and each has a counter of what it dropped (see {@link Counters.dropped}).
 */
export const DEFAULT_LIMITS = {
  /** IP datagrams being reassembled at once. */
  fragmentDatagrams: 4096,
  /** Bytes held in IP reassembly. */
  fragmentBytes: 16 * 1024 * 1024,
  /** TCP stream directions followed at once. */
  tcpStreams: 65_536,
  /** Bytes held in one TCP direction: out-of-order segments and an unfinished message together. */
  tcpStreamBytes: 256 * 1024,
  /** Bytes held in all TCP directions. */
  tcpBytes: 64 * 1024 * 1024,
  /** SCTP address pairs followed at once. */
  sctpAssociations: 8192,
  /** SCTP chunks remembered to know a retransmission, beyond a few of each association. */
  sctpChunks: 1_048_576,
  /** Pieces held of SCTP user messages that came in several chunks, and, beside these, messages that wait for one before them in their stream. */
  sctpMessages: 4096,
  /** Encapsulation layers in one packet. */
  tunnelDepth: 8,
  /** Bytes of one SIP message. */
  sipMessageBytes: 65_536,
  /** Header lines read in one SIP message. */
  sipHeaders: 512,
  /** Recent payloads remembered to mark duplicates. */
  duplicates: 65_536,
  /** SIP calls, registrations and message transactions open at once. */
  sipDialogs: 500_000,
  /** ISUP and BICC circuits in use at once. */
  ss7Circuits: 500_000,
  /** Messages with further digits kept of one call on a circuit. */
  digitsPerCircuit: 32,
  /** SCCP connections open at once, by the references of both ends. */
  ss7Connections: 500_000,
  /** Handovers kept of one connection. */
  handoversPerConnection: 256,
  /** Calls of one connection, its short messages, and its services; of each twice as many messages whose beginning was not seen. */
  actsPerConnection: 1024,
  /** TMSIs whose holders are remembered. */
  ss7Tmsis: 500_000,
  /** TCAP dialogues open at once, by the transaction identifiers of both ends. */
  ss7Dialogues: 500_000,
  /** Kept of one TCAP dialogue: of each its invokes, replies, event reports, and components of which it is not known yet what they are. */
  componentsPerDialogue: 1024,
  /** TCAP invokes remembered for the operation of their results. */
  tcapInvokes: 262_144,
  /** TCAP transaction identifiers whose application context is remembered. */
  tcapDialogues: 262_144,
  /** Transactions kept of one call. */
  transactionsPerCall: 64,
  /** Bytes of stream and fragment ends handed over as loose ends. */
  looseBytes: 16 * 1024 * 1024,
  /** SCCP messages being put together from segments at once. */
  sccpMessages: 4096,
  /** Bytes held of SCCP segments. */
  sccpBytes: 16 * 1024 * 1024,
  /** Distinct encrypted flows counted by address. */
  encryptedFlows: 65_536,
} as const;

export type LimitName = keyof typeof DEFAULT_LIMITS;
export type Limits = Readonly<Record<LimitName, number>>;
