/**
 * What a name in a text stands for depends on requests under way: whoever judges waits until they have ended
 * (`ClientSide.settle`) and judges then.
 */
export class UndecidedName extends Error {
  constructor() {
    super('what a name stands for is not decided yet');
    this.name = 'UndecidedName';
  }
}
