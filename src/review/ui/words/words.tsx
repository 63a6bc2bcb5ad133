import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { type Format, formatOf } from '../format.ts';
import { sayerOf } from './answers.ts';
import { en, type Words } from './en.ts';
import { answers } from './zh/answers.ts';
import { zh } from './zh.ts';

export type Language = 'en' | 'zh';
const DICTIONARIES: Readonly<Record<Language, Words>> = { en, zh };
/** The server speaks English. */
const SAYERS: Readonly<Record<Language, (text: string) => string>> = {
  en: (text) => text,
  zh: sayerOf(answers, () => zh),
};

interface Speech {
  t: Words;
  language: Language;
  format: Format;
  /** A text of the server. */
  said: (text: string) => string;
  speak: (language: Language) => void;
}

const Context = createContext<Speech | null>(null);
const KEPT = 'catpool.language';

function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'en' || kept === 'zh') return kept;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function Speaking({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }, [language]);
  const speech = useMemo(
    () => ({
      t: DICTIONARIES[language],
      language,
      format: formatOf(language),
      said: SAYERS[language],
      speak: (next: Language) => {
        localStorage.setItem(KEPT, next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <Context value={speech}>{children}</Context>;
}

/** Texts, and how numbers and times are written, in the language of the reader. */
export function useSpeech(): Speech {
  const speech = useContext(Context);
  if (speech === null) throw new Error('outside of Speaking');
  return speech;
}

/** A word of a record in the reader's language; one that the dictionary lacks as it is. */
export function wordOf(table: Readonly<Record<string, string>>, value: string): string {
  return Object.hasOwn(table, value) ? table[value]! : value;
}
