/** A number as Chinese writes it. */
export const n = (value: number) => value.toLocaleString('zh-CN');
