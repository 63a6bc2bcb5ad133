/** The shape of a dictionary: which texts there are, and what each is given. */
export type Loose<T> = T extends (...given: infer G) => string
  ? (...given: G) => string
  : T extends string
    ? string
    : T extends readonly string[]
      ? readonly string[]
      : { [P in keyof T]: Loose<T[P]> };
