import { useEffect } from 'react';
import type { Words } from '../words/en.ts';

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function isControl(target: EventTarget | null): target is Control {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement
  );
}

/** What is wrong with what stands in a field; null where the browser finds nothing. */
function wrongWith(control: Control, words: Words['invalid']): string | null {
  const { validity } = control;
  const { minLength, maxLength, min, max } = control as HTMLInputElement;
  if (validity.badInput) return words.number;
  if (validity.valueMissing) return words.missing;
  if (validity.tooShort) return words.short(minLength, control.value.length);
  if (validity.tooLong) return words.long(maxLength);
  if (validity.rangeUnderflow) return words.least(min);
  if (validity.rangeOverflow) return words.most(max);
  return null;
}

/** Has the browser say in these words, and not in its own language, what is wrong with a field of a form. */
export function useValidity(words: Words['invalid']): void {
  useEffect(() => {
    /** Fields that hold words of ours; others say of themselves what is wrong. */
    const told = new Set<Control>();
    const clear = (control: Control): void => {
      if (told.delete(control)) control.setCustomValidity('');
    };
    const say = ({ target }: Event): void => {
      if (!isControl(target)) return;
      const wrong = wrongWith(target, words);
      if (wrong === null) return;
      target.setCustomValidity(wrong);
      told.add(target);
    };
    const take = ({ target }: Event): void => {
      if (isControl(target)) clear(target);
    };
    document.addEventListener('invalid', say, true);
    document.addEventListener('input', take, true);
    return () => {
      document.removeEventListener('invalid', say, true);
      document.removeEventListener('input', take, true);
      for (const control of told) clear(control);
    };
  }, [words]);
}
