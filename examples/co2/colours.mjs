// The colours of the lines in both pictures: the terminal's and the SVG's.

export const SERIES = {
  truth: [38, 38, 46],
  oneMonth: [217, 72, 15],
  free: [128, 60, 190],
  naive: [66, 133, 190],
};
