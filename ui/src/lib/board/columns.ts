// How wide the board's columns are: services, environments, and the promotion between two of them. Pure.

/** From so many environments on, cells are as narrow as they read: three fit into the smallest window. */
export const isTight = (environments: number): boolean => environments > 2;

/** A word for each column: `repeat(0, …)` is no length, and a board may have one environment. */
export function columnsFor(environments: number): string {
  const [service, between, cell] = isTight(environments) ? ['112px', '104px', 'minmax(264px, 1fr)'] : ['132px', '128px', 'minmax(300px, 1fr)'];
  return [service, ...Array.from({ length: environments }, (_, at) => (at > 0 ? `${between} ${cell}` : cell))].join(' ');
}
