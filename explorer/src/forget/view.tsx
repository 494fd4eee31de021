export function ForgetView() { return <p>…</p>; }
