import { useEffect, useId, useRef, useState } from 'react';
import { useSpeech } from '../words/words.tsx';
import { dayOf, dayText, momentOf, momentText } from './dates.ts';

const KINDS = {
  day: { read: dayOf, write: dayText, form: 'YYYY-MM-DD' },
  moment: { read: momentOf, write: momentText, form: 'YYYY-MM-DD HH:MM' },
} as const;

/**
 * A day, or a minute, that is typed: the same in every language, where the field of the browser speaks the browser's. What is no date
 * is said in words beside it, and keeps the form from being sent.
 */
export function DateField({
  label,
  kind = 'day',
  value,
  required = false,
  onTime,
}: {
  label: string;
  kind?: keyof typeof KINDS;
  /** Null: none. */
  value: Date | null;
  required?: boolean;
  onTime: (time: Date | null) => void;
}) {
  const { t } = useSpeech();
  const { read, write, form } = KINDS[kind];
  const input = useRef<HTMLInputElement>(null);
  const hint = useId();
  const [text, setText] = useState(value === null ? '' : write(value));
  const [isLeft, setLeft] = useState(false);
  const time = read(text);
  const isWrong = text.trim() !== '' && time === null;
  useEffect(() => {
    // The form was emptied, or filled, by what stands around it.
    if (value?.getTime() !== read(text)?.getTime()) setText(value === null ? '' : write(value));
  }, [value, read, write, text]);
  useEffect(() => {
    input.current?.setCustomValidity(isWrong ? t.dates.wrong(form) : '');
  }, [isWrong, form, t]);
  return (
    <label className="field">
      <span>{label}</span>
      <input
        ref={input}
        type="text"
        size={form.length + 2}
        placeholder={form}
        autoComplete="off"
        value={text}
        required={required}
        aria-invalid={isWrong && isLeft}
        aria-describedby={isWrong && isLeft ? hint : undefined}
        onChange={({ target }) => {
          setText(target.value);
          onTime(read(target.value));
        }}
        onFocus={() => setLeft(false)}
        onBlur={() => {
          setLeft(true);
          if (time !== null) setText(write(time));
        }}
      />
      {isWrong && isLeft && (
        <small id={hint} className="wrong" role="alert">
          {t.dates.wrong(form)}
        </small>
      )}
    </label>
  );
}
