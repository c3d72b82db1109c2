/** The 16-point Gauss–Legendre rule on [−1, 1]: exact for polynomials up to degree 31. Nodes ascend. */

const HALF: readonly (readonly [number, number])[] = [
  [0.09501250983763744, 0.1894506104550685],
  [0.2816035507792589, 0.18260341504492358],
  [0.45801677765722737, 0.16915651939500254],
  [0.6178762444026438, 0.14959598881657674],
  [0.755404408355003, 0.12462897125553388],
  [0.8656312023878318, 0.09515851168249279],
  [0.9445750230732326, 0.062253523938647894],
  [0.9894009349916499, 0.027152459411754096],
];

export const NODES_16 = Float64Array.from([...HALF.map(([x]) => -x).reverse(), ...HALF.map(([x]) => x)]);
export const WEIGHTS_16 = Float64Array.from([...HALF.map(([, w]) => w).reverse(), ...HALF.map(([, w]) => w)]);
