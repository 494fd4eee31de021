export function MapsView() { return <p>…</p>; }
