/** Answers later than this are none, milliseconds. */
const PATIENCE = 120_000;

/** Somebody who asks a desk over the network, as a browser does. */
export class Caller {
  private readonly origin: string;
  private readonly cookies = new Map<string, string>();
  private csrf: string | null = null;

  /** @param origin of the address that the desk printed */
  constructor(origin: string) {
    this.origin = origin;
  }

  /** Makes the first user by the address that the desk printed, and signs him in. */
  async setUp(address: string, name: string, password: string): Promise<void> {
    await this.send('GET', address);
    this.csrf = (await this.need('GET', '/api/session')).csrf as string;
    this.csrf = (await this.need('POST', '/api/setup', { name, display: name, password })).csrf as string;
  }

  async signIn(name: string, password: string): Promise<void> {
    this.csrf = (await this.need('POST', '/api/login', { name, password })).csrf as string;
  }

  /** What comes back, JSON read; of anything else, nothing but the status. */
  async ask(method: string, url: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }> {
    const reply = await this.send(method, url, body);
    const bytes = await reply.arrayBuffer();
    const isJson = reply.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: reply.status, body: isJson ? JSON.parse(Buffer.from(bytes).toString()) : {} };
  }

  async send(
    method: string,
    url: string,
    body?: object,
    signal: AbortSignal = AbortSignal.timeout(PATIENCE),
  ): Promise<Response> {
    const isForm = body instanceof FormData;
    const reply = await fetch(`${this.origin}${url}`, {
      method,
      redirect: 'manual',
      signal,
      headers: {
        // A connection of its own: one that is kept may be ended as the next request is sent on it, which a browser repeats by itself.
        connection: 'close',
        origin: this.origin,
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(this.csrf === null ? {} : { 'x-catpool-csrf': this.csrf }),
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    for (const cookie of reply.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      this.cookies.set(name!, value!);
    }
    return reply;
  }

  private async need(method: string, url: string, body?: object): Promise<Record<string, unknown>> {
    const answer = await this.ask(method, url, body);
    if (answer.status !== 200) throw new Error(`${method} ${url}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}
