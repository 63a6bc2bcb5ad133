import { useState } from 'react';
import { useSpeech } from '../words/words.tsx';

/** A field for a file. What a browser writes on its own is in the browser's language: this one speaks that of the page. */
export function FileField({
  label,
  accept,
  disabled = false,
  keeps = false,
  onFile,
}: {
  label: string;
  accept?: string;
  disabled?: boolean;
  /** The name of the file stays: it is sent later, by a button. */
  keeps?: boolean;
  onFile: (file: File) => void;
}) {
  const { t } = useSpeech();
  const [name, setName] = useState<string | null>(null);
  return (
    <label className="field file">
      <span>{label}</span>
      <span className="file-row">
        <input
          type="file"
          className="unseen"
          accept={accept}
          disabled={disabled}
          onChange={({ target }) => {
            const file = target.files?.[0];
            if (file === undefined) return;
            if (keeps) setName(file.name);
            onFile(file);
            // The same file may be chosen once more.
            target.value = '';
          }}
        />
        <span className="button" aria-hidden="true">
          {t.chooseFile}
        </span>
        {keeps && <bdi className="hint">{name ?? t.noFile}</bdi>}
      </span>
    </label>
  );
}
