/** A cell that is not of its type, or a value that the type cannot hold. Names the type and the fault, never bytes. */
export class ValueError extends Error {
  readonly typeName: string;

  constructor(typeName: string, fault: string) {
    super(`${typeName}: ${fault}`);
    this.name = 'ValueError';
    this.typeName = typeName;
  }
}
