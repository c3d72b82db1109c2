/** The standard normal law: Φ, its quantile, and the scaled tail that keeps digits far out. */

const SQRT_HALF = Math.SQRT1_2;
/** Below this |z|/√2 the error function is a polynomial in its square, above the tail is scaled. */
export const TAIL_FROM = 0.46875;

/** P(Z ≤ z). Relative error below 1e-13 for z ≥ −12, 2e-13 for z ≥ −37. */
export function normalCdf(z: number): number {
  const y = Math.abs(z) * SQRT_HALF;
  if (y <= TAIL_FROM) return 0.5 + 0.5 * erfNearZero(z * SQRT_HALF);
  const tail = 0.5 * Math.exp(-y * y) * scaledTail(y);
  return z > 0 ? 1 - tail : tail;
}

/** erf(x) for |x| ≤ TAIL_FROM (Cody 1969, "Rational Chebyshev approximations for the error function", table I). */
export function erfNearZero(x: number): number {
  const q = x * x;
  const over =
    (((0.18577770618460315 * q + 3.1611237438705655) * q + 113.86415415105016) * q + 377.485237685302) * q +
    3209.3775891384694;
  const under = (((q + 23.601290952344122) * q + 244.02463793444417) * q + 1282.6165260773723) * q;
  return (x * over) / (under + 2844.236833439171);
}

/** e^(y²) · erfc(y) for y ≥ TAIL_FROM (Cody 1969, tables II and III). */
export function scaledTail(y: number): number {
  if (y > 4) return farTail(y);
  const over =
    (((((((2.1531153547440383e-8 * y + 0.5641884969886701) * y + 8.883149794388377) * y + 66.11919063714163) * y +
      298.6351381974001) *
      y +
      881.952221241769) *
      y +
      1712.0476126340707) *
      y +
      2051.0783778260716) *
      y +
    1230.3393547979972;
  const under =
    (((((((y + 15.744926110709835) * y + 117.6939508913125) * y + 537.1811018620099) * y + 1621.3895745666903) * y +
      3290.7992357334597) *
      y +
      4362.619090143247) *
      y +
      3439.3676741437216) *
      y +
    1230.3393548037495;
  return over / under;
}

function farTail(y: number): number {
  const q = 1 / (y * y);
  const over =
    ((((0.016315387137302097 * q + 0.30532663496123236) * q + 0.36034489994980445) * q + 0.12578172611122926) * q +
      0.016083785148742275) *
      q +
    0.0006587491615298378;
  const under =
    ((((q + 2.568520192289822) * q + 1.8729528499234673) * q + 0.5279051029514285) * q + 0.06051834131244132) * q +
    0.0023352049762686918;
  return (0.5641895835477563 - (q * over) / under) / y;
}

/**
 * z with Φ(z) = p, for 0 < p < 1: algorithm AS 241, PPND16 (Wichura 1988), relative error about 1e-16. The language
 * does not pin down Math.log (p within .075 of an end); see docs/adr/0002-propensity.md.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratioOf(CENTRE, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const z = r <= 5 ? ratioOf(TAIL, r - 1.6) : ratioOf(FAR, r - 5);
  return q < 0 ? -z : z;
}

/** Two polynomials of degree 7, coefficients from the highest power down. */
type Ratio = readonly [readonly number[], readonly number[]];

function ratioOf([over, under]: Ratio, x: number): number {
  let a = over[0];
  let b = under[0];
  for (let i = 1; i < over.length; i++) {
    a = a * x + over[i];
    b = b * x + under[i];
  }
  return a / b;
}

const CENTRE: Ratio = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
    133.14166789178438, 3.3871328727963665,
  ],
  [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
    42.31333070160091, 1,
  ],
];
const TAIL: Ratio = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1,
  ],
];
const FAR: Ratio = [
  [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1,
  ],
];
