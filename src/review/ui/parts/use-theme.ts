import { useEffect, useState } from 'react';

export type Theme = 'system' | 'light' | 'dark';
const KEPT = 'catpool.theme';

/** Light or dark: as the system has it, unless the reader said otherwise. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => {
    const kept = localStorage.getItem(KEPT);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  });
  useEffect(() => {
    localStorage.setItem(KEPT, theme);
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  return [theme, setTheme];
}
