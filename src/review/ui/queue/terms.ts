const TERM = /[!-]?(?:[a-z]+:)?(?:>=|<=|>|<)?(?:"[^"]*"|\S+)/g;

/** Terms of a query as they are written, in order. */
export function termsOf(query: string): string[] {
  return query.match(TERM) ?? [];
}

export function isNegated(term: string): boolean {
  return /^[!-]/.test(term);
}

/** The query without one of its terms, by place. */
export function without(query: string, at: number): string {
  return termsOf(query)
    .filter((_, index) => index !== at)
    .join(' ');
}

/** The query with one of its terms turned round. */
export function turned(query: string, at: number): string {
  return termsOf(query)
    .map((term, index) => (index !== at ? term : isNegated(term) ? term.slice(1) : `!${term}`))
    .join(' ');
}

/** The query with one more term; one of the same key and value, negated or not, goes. */
export function withTerm(query: string, term: string): string {
  const bare = (text: string) => text.replace(/^[!-]/, '');
  return [...termsOf(query).filter((known) => bare(known) !== bare(term)), term].join(' ');
}

/** `key:value`, in quotes where the value has spaces. */
export function termOf(key: string, value: string): string {
  return /[\s",]/.test(value) ? `${key}:"${value.replaceAll('"', '*')}"` : `${key}:${value}`;
}
