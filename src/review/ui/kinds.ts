import type { ApiError, BodyGiven, CaseRow, CaseView, QueueLine, Reply, Session, Upload } from '../server/api.ts';

/** Words of the desk that the server gives as codes. */
export type Tier = QueueLine['tier'];
export type State = CaseRow['state'];
export type Measure = CaseRow['measure'];
export type Clock = NonNullable<CaseRow['clock']>['kind'];
export type Action = CaseView['actions'][number]['action'];
export type Level = NonNullable<CaseView['level']>;
export type Reason = BodyGiven<'act'>['reason'];
export type DecisionState = CaseView['decisions'][number]['state'];
export type OrderAction = CaseView['orders'][number]['action'];
export type OrderState = CaseView['orders'][number]['state'];
export type Label = Reply<'labels'>['items'][number]['label'];
export type Role = NonNullable<Session['user']>['role'];
export type Waiting = Reply<'overview'>['waiting'][number]['what'];
export type NodeKind = Reply<'gateway'>['nodes'][number]['kind'];
export type UploadState = Upload['state'];
export type ErrorCode = ApiError['code'];

const RANK: Readonly<Record<Role, number>> = { viewer: 0, investigator: 1, approver: 2, administrator: 3 };

/** Whether a role may do what another may. */
export function isAtLeast(role: Role, wanted: Role): boolean {
  return RANK[role] >= RANK[wanted];
}
