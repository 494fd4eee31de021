/** Hands the user a file. */
export function saveAs(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun when the event loop comes back; browsers ask for some time all the same.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
