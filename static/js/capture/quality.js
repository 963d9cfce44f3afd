// Is a picture of a document good enough to read? The same measures and limits as on the server
// (kiosk/materials/quality.py, which says why; change both), taken before anything is sent.

const FINE = 1600;
const COARSE = 400;
const TINY = 160;
const LEAST_SHORT_EDGE = 600;
const LEAST_PAPER = 0.18;
const SHARP = 0.58;
const LEAST_EDGES = 0.003;
const LEAST_STRUCTURE = 0.02;
const CONTRAST = 0.28;
const DARKEST_PAPER = 100;
const WHITE = 250;
const LEAST_GLARE = 0.004;
const MOST_GLARE = 0.45;
const TOUCH = 0.25;
const LEAST_STEP = 45;

// The faults of what a canvas shows: blur, glare, dark, cut, small; none is the best.
export function faultsOf(canvas) {
  const fine = grey(canvas, FINE);
  const coarse = grey(canvas, COARSE);
  const paper = percentile(coarse, 0.95);
  const found = [];
  if (isBlurred(fine, coarse, paper)) found.push("blur");
  if (hasGlare(coarse)) found.push("glare");
  if (paper < DARKEST_PAPER) found.push("dark");
  const place = paperPlace(canvas);
  const isSmall = Math.min(canvas.width, canvas.height) < LEAST_SHORT_EDGE;
  if (place && place.touched > 0 && place.touched < 4) found.push("cut");
  if (isSmall || (place && place.touched === 0 && place.share < LEAST_PAPER)) found.push("small");
  return found;
}

// Where the paper lies: its box in parts of the picture, its share, how many sides it goes beyond.
// Null where paper and table cannot be told apart.
export function paperPlace(canvas) {
  const tiny = grey(canvas, TINY);
  const limit = between(tiny.levels);
  if (limit === null) return null;
  const mask = map(tiny, (level) => (level > limit ? 255 : 0));
  let paper = mask;
  for (const stride of ["row", "column"]) paper = run(paper, stride, 5, true);
  for (const stride of ["row", "column"]) paper = run(paper, stride, 5, false, -1);
  const { width, height, levels } = paper;
  const touched = [
    (x, y) => y < 2,
    (x, y) => y >= height - 2,
    (x) => x < 2,
    (x) => x >= width - 2,
  ].filter((side) => shareWithin(paper, side) >= TOUCH).length;
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      if (!levels[at] || !levels[at - 1] || !levels[at + 1] || !levels[at - width] || !levels[at + width]) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) return null;
  return {
    touched,
    share: ((right - left + 1) * (bottom - top + 1)) / (width * height),
    left: left / width,
    top: top / height,
    right: (right + 1) / width,
    bottom: (bottom + 1) / height,
  };
}

function grey(canvas, edge) {
  const scale = Math.min(1, edge / Math.max(canvas.width, canvas.height));
  const width = Math.max(8, Math.round(canvas.width * scale));
  const height = Math.max(8, Math.round(canvas.height * scale));
  const small = document.createElement("canvas");
  small.width = width;
  small.height = height;
  const brush = small.getContext("2d", { willReadFrequently: true });
  brush.imageSmoothingQuality = "high";
  brush.drawImage(canvas, 0, 0, width, height);
  const { data } = brush.getImageData(0, 0, width, height);
  const levels = new Uint8Array(width * height);
  for (let at = 0, from = 0; at < levels.length; at += 1, from += 4) {
    levels[at] = (data[from] * 299 + data[from + 1] * 587 + data[from + 2] * 114) / 1000;
  }
  return { width, height, levels };
}

function isBlurred(fine, coarse, paper) {
  const least = Math.max(20, Math.floor(CONTRAST * paper));
  const ratios = ["row", "column"].map((axis) => steepness(fine, axis, least)).filter(Boolean);
  if (ratios.length > 0) return Math.min(...ratios) < SHARP;
  const [rows, columns] = ["row", "column"].map((axis) => range(coarse, axis, 9).levels);
  const structure = rows.filter((level, at) => Math.max(level, columns[at]) >= least);
  return structure.length / rows.length > LEAST_STRUCTURE;
}

// Of the contrast within 9 pixels of a line, how much lies within 3; 0 without any contrast.
function steepness(fine, axis, least) {
  const contrast = range(fine, axis, 9).levels;
  const steepest = run(range(fine, axis, 3), axis, 7, true).levels;
  let [count, whole, part] = [0, 0, 0];
  for (let at = 0; at < contrast.length; at += 1) {
    if (contrast[at] < least) continue;
    count += 1;
    whole += contrast[at];
    part += steepest[at];
  }
  return count / contrast.length < LEAST_EDGES ? 0 : part / whole;
}

function range(image, axis, width) {
  const most = run(image, axis, width, true).levels;
  const least = run(image, axis, width, false).levels;
  for (let at = 0; at < most.length; at += 1) most[at] -= least[at];
  return { ...image, levels: most };
}

// The brightest (or darkest) of so many pixels of a line, from each one on (back, with -1), in
// doublings. Two million pixels ten times over: plain loops, no function for a pixel.
function run(image, axis, width, wantsMost, way = 1) {
  let { levels } = image;
  for (let reach = 1; reach < width; ) {
    const step = Math.min(reach, width - reach);
    levels = picked(image, levels, axis, step * way, wantsMost);
    reach += step;
  }
  return { ...image, levels };
}

function picked(image, levels, axis, step, wantsMost) {
  const { width, height } = image;
  const out = levels.slice();
  const shift = axis === "row" ? step : step * width;
  const [left, right] = axis === "row" ? bounds(step, width) : [0, width];
  const [top, bottom] = axis === "row" ? [0, height] : bounds(step, height);
  for (let y = top; y < bottom; y += 1) {
    const end = y * width + right;
    for (let at = y * width + left; at < end; at += 1) {
      const other = levels[at + shift];
      if (wantsMost ? other > out[at] : other < out[at]) out[at] = other;
    }
  }
  return out;
}

function bounds(step, length) {
  return step > 0 ? [0, length - step] : [-step, length];
}

function hasGlare(coarse) {
  const white = map(coarse, (level) => (level >= WHITE ? 255 : 0));
  const spots = run(run(white, "row", 7, false), "column", 7, false);
  return shareWithin(white, () => true) <= MOST_GLARE && shareWithin(spots, () => true) >= LEAST_GLARE;
}

// Otsu's method; null where there is only one kind of brightness.
function between(levels) {
  const counts = histogram(levels);
  const whole = levels.length;
  const all = counts.reduce((sum, count, level) => sum + count * level, 0);
  let [below, sum, best, limit, step] = [0, 0, 0, null, 0];
  counts.forEach((count, level) => {
    below += count;
    sum += level * count;
    if (below < 0.05 * whole || below > 0.95 * whole) return;
    const gap = (all - sum) / (whole - below) - sum / below;
    const variance = below * (whole - below) * gap * gap;
    if (variance > best) [best, limit, step] = [variance, level, gap];
  });
  return step >= LEAST_STEP ? limit : null;
}

function percentile(image, share) {
  let left = share * image.levels.length;
  const counts = histogram(image.levels);
  return Math.max(0, counts.findIndex((count) => (left -= count) <= 0));
}

function histogram(levels) {
  const counts = new Array(256).fill(0);
  for (const level of levels) counts[level] += 1;
  return counts;
}

function map(image, change) {
  return { ...image, levels: image.levels.map(change) };
}

function shareWithin(mask, belongs) {
  let [count, set] = [0, 0];
  for (let y = 0, at = 0; y < mask.height; y += 1) {
    for (let x = 0; x < mask.width; x += 1, at += 1) {
      if (!belongs(x, y)) continue;
      count += 1;
      if (mask.levels[at]) set += 1;
    }
  }
  return set / count;
}
