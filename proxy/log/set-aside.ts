/** Where a file that cannot be used is moved: beside itself, under a name with the time, so that none replaces another. */
export function setAsideName(path: string): string {
  return `${path}.unusable-${new Date().toISOString().replace(/[:.]/g, '-')}`;
}
