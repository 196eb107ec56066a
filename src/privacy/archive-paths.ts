/** Gives files places in an archive that unpacks anywhere: no two alike, also where capitals do not count. */
export class ArchivePaths {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /**
   * @param top folder of the archive.
   * @param folder path of a folder below it, such as `/2026/tax`.
   * @param id tells the file from another one in the same place.
   */
  place(top: string, folder: string, name: string, id: string): string {
    const inside = [top, ...folder.split('/').filter((part) => part !== '')];
    const dot = name.lastIndexOf('.');
    const end = dot > 0 ? dot : name.length;
    const marked = `${name.slice(0, end)} (${id})${name.slice(end)}`;
    for (const way of [
      [...inside, name],
      [...inside, marked],
      // Where a file has the name of a folder above.
      [top, id, name],
    ]) {
      // What is no separator here is one on Windows.
      const path = way.map((part) => part.replaceAll('\\', '_'));
      if (this.#take(path)) return path.join('/');
    }
    throw new RangeError(`two files have the id ${id}`);
  }

  #take(path: readonly string[]): boolean {
    const keys = path.map((_part, i) =>
      path
        .slice(0, i + 1)
        .join('/')
        .normalize('NFC')
        .toLowerCase(),
    );
    const own = keys.pop() ?? '';
    if (this.#files.has(own) || this.#folders.has(own) || keys.some((key) => this.#files.has(key)))
      return false;
    for (const key of keys) this.#folders.add(key);
    this.#files.add(own);
    return true;
  }
}
