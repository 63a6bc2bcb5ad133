import { Choice } from './parts/parts.tsx';
import { type Theme, useTheme } from './parts/use-theme.ts';
import { type Language, useSpeech } from './words/words.tsx';

const LANGUAGES: readonly Language[] = ['en', 'zh'];
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** Language and theme; kept in this browser. */
export function Preferences() {
  const { t, language, speak } = useSpeech();
  const [theme, setTheme] = useTheme();
  return (
    <div className="preferences">
      <Choice
        label={t.language}
        value={language}
        options={LANGUAGES.map((key) => [key, t.languages[key]] as const)}
        onChoose={speak}
      />
      <Choice
        label={t.theme}
        value={theme}
        options={THEMES.map((key) => [key, t.themes[key]] as const)}
        onChoose={setTheme}
      />
    </div>
  );
}
