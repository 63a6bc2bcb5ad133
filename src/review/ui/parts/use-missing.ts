import { useEffect } from 'react';

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function isControl(target: EventTarget | null): target is Control {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement
  );
}

/** Has the browser say in these words, and not in its own language, that a field must be filled in. */
export function useMissing(words: string): void {
  useEffect(() => {
    const say = ({ target }: Event): void => {
      if (isControl(target) && target.validity.valueMissing) target.setCustomValidity(words);
    };
    const take = ({ target }: Event): void => {
      if (isControl(target) && target.validationMessage === words) target.setCustomValidity('');
    };
    document.addEventListener('invalid', say, true);
    document.addEventListener('input', take, true);
    return () => {
      document.removeEventListener('invalid', say, true);
      document.removeEventListener('input', take, true);
    };
  }, [words]);
}
