export function TrainView() { return <p>…</p>; }
