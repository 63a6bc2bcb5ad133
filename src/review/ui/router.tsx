import { type MouseEvent, type ReactNode, useSyncExternalStore } from 'react';

/** Where the reader is: all that a page shows is told by its address. */
export interface Place {
  path: string[];
  query: URLSearchParams;
}

const MOVED = 'catpool:moved';

function listen(call: () => void): () => void {
  window.addEventListener('popstate', call);
  window.addEventListener(MOVED, call);
  return () => {
    window.removeEventListener('popstate', call);
    window.removeEventListener(MOVED, call);
  };
}

export function usePlace(): Place {
  const address = useSyncExternalStore(listen, () => window.location.pathname + window.location.search);
  const url = new URL(address, window.location.origin);
  return { path: url.pathname.split('/').filter((part) => part !== ''), query: url.searchParams };
}

/** Goes to an address of the desk. `replace` leaves no trace for the back button. */
export function go(address: string, replace = false): void {
  if (replace) window.history.replaceState(null, '', address);
  else window.history.pushState(null, '', address);
  window.dispatchEvent(new Event(MOVED));
}

/** Changes parts of the query of where one is; null takes a part out. */
export function change(parts: Readonly<Record<string, string | null>>, replace = false): void {
  const url = new URL(window.location.href);
  for (const [key, value] of Object.entries(parts)) {
    if (value === null || value === '') url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  }
  go(url.pathname + url.search, replace);
}

export function Link({
  to,
  children,
  className,
  current,
}: {
  to: string;
  children: ReactNode;
  className?: string;
  current?: boolean;
}) {
  const follow = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} onClick={follow} className={className} aria-current={current ? 'page' : undefined}>
      {children}
    </a>
  );
}
