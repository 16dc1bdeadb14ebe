/** One measured figure, as `npm run bench` prints it: one JSON line each. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  target: number;
  holds: boolean;
}

/** One bench, by the name that `npm run bench -- NAME` takes. */
export interface Bench {
  name: string;
  run(): Promise<Figure[]>;
}
