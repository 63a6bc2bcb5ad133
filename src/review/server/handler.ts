import type { MultipartFile } from '@fastify/multipart';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Doer } from '../../store/cases/cases.ts';
import { Refusal } from '../../store/cases/refusal.ts';
import type { Body, Params, Query, Reply, RouteName, Routes } from './api.ts';
import type { Eyes } from './eyes.ts';
import type { Who } from './guard.ts';

/** What a route is called with: all of it checked. */
export interface Call<N extends RouteName> {
  params: Params<N>;
  query: Query<N>;
  body: Body<N>;
  who: Routes[N]['role'] extends null ? Who | null : Who;
  /** Which numbers the caller sees. */
  eyes: Eyes;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Answers of the routes named. A route that gives bytes sends them itself, and returns the reply. */
export type Handlers<N extends RouteName = RouteName> = {
  [K in N]: (call: Call<K>) => Reply<K> | Promise<Reply<K>>;
};

/** Whoever calls, as the workflow knows him. */
export function doerOf({ user, actor }: Who): Doer {
  return { id: user.id, name: user.name, actor, role: user.role };
}

/** The file of a form. @throws Refusal where there is none */
export async function filePart(request: FastifyRequest, largest: number): Promise<MultipartFile> {
  const part = request.isMultipart() ? await request.file({ limits: { fileSize: largest } }) : undefined;
  if (part === undefined) throw new Refusal('invalid', 'there is no file', { field: 'file' });
  return part;
}

/** Sends a file to keep under a name. */
export function sendFile(reply: FastifyReply, name: string, type: string, body: unknown): FastifyReply {
  const plain = name.replace(/[^\w.-]/g, '_');
  return reply
    .header('content-type', type)
    .header('content-disposition', `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`)
    .send(body);
}
