import { useCommand } from '../live.tsx';
import { PlainButton } from '../parts/button.tsx';
import { Failure } from '../parts/notice.tsx';
import { words } from '../words.ts';

const text = words.settings;

/** Lets the person read and save the support bundle. */
export function Diagnostics() {
  const diagnostics = useCommand('diagnostics');
  const save = async () => {
    const done = await diagnostics.run({});
    if (!done.ok) return;
    const bytes = Uint8Array.from(atob(done.value.zip), (character) => character.charCodeAt(0));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/zip' }));
    link.download = done.value.name;
    link.click();
    // The download holds on to what it needs from its first moment.
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return (
    <div className="card">
      <p>{text.diagnosticsHint}</p>
      <Failure text={diagnostics.failure} />
      <PlainButton onPress={() => void save()}>{text.saveDiagnostics}</PlainButton>
    </div>
  );
}
